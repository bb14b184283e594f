"""Two small assemblies, told apart in words; a commit is synthesized from a worktree of its own."""

from __future__ import annotations

import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra import diff, web
from infra.rules.assembly import Assembly, StackTemplate
from infra.shared.deployment import ROOT

TABLE = "AWS::DynamoDB::GlobalTable"
KEPT = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}


def stack(name: str = "S", **resources: Any) -> StackTemplate:
    return StackTemplate(name, "eu-west-3", {"Resources": resources})


def table(name: str = "drimbox-studies", **more: Any) -> dict[str, Any]:
    return {"Type": TABLE, "Properties": {"TableName": name, **more}, **KEPT}


def told(before: StackTemplate, after: StackTemplate) -> list[str]:
    """The differences of one stack, without the line of the stack."""
    _, *lines = diff.differences(Assembly((before,)), Assembly((after,)))
    return lines


def test_the_same_templates_differ_in_nothing() -> None:
    same = Assembly((stack(T=table()),))
    assert list(diff.differences(same, same)) == []


def test_a_stack_that_comes_or_goes() -> None:
    queue = {"Type": "AWS::SQS::Queue"}
    found = diff.differences(Assembly((stack("A", Q=queue),)), Assembly((stack("B", T=table()),)))
    assert list(found) == [
        "A: the stack is removed; AWS keeps it until somebody deletes it",
        "  removed   AWS::SQS::Queue Q: deleted",
        "B: the stack is added, with 1 resources",
    ]


def test_added_and_removed() -> None:
    assert told(stack(A=table("a")), stack(B=table("b"))) == [
        f"  removed   {TABLE} a: kept outside of any stack",
        f"  added     {TABLE} b",
    ]


def test_a_name_that_moves_to_another_resource_is_refused() -> None:
    """CloudFormation makes the new resource before it deletes the former one."""
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q"}}
    before = Assembly((stack("A", Former=queue), stack("B")))
    after = Assembly((stack("A"), stack("B", Latter=queue)))
    assert list(diff.differences(before, after)) == [
        "A:",
        "  removed   AWS::SQS::Queue q: deleted",
        "B:",
        "  added     AWS::SQS::Queue q: refused while a resource of that name exists",
    ]


def test_another_name_replaces() -> None:
    assert told(stack(T=table("a")), stack(T=table("b"))) == [
        f"  replaced  {TABLE} b: TableName; the former one is kept outside of any stack"
    ]


def test_another_key_may_replace() -> None:
    assert told(stack(T=table(KeySchema=["a"])), stack(T=table(KeySchema=["b"]))) == [
        f"  replaced? {TABLE} drimbox-studies: KeySchema"
    ]


def test_a_replaced_resource_that_is_not_kept_is_deleted() -> None:
    def queue(name: str) -> dict[str, Any]:
        return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}

    [line] = told(stack(Q=queue("a")), stack(Q=queue("b")))
    assert line.endswith("QueueName; the former one is deleted")


def test_other_properties_change_in_place() -> None:
    before, after = stack(T=table(BillingMode="A")), stack(T=table(BillingMode="B", Tags=[]))
    assert told(before, after) == [f"  changed   {TABLE} drimbox-studies: BillingMode, Tags"]


def test_a_policy_of_deletion_is_a_change() -> None:
    assert told(stack(T=table()), stack(T={**table(), "DeletionPolicy": "Delete"})) == [
        f"  changed   {TABLE} drimbox-studies: DeletionPolicy"
    ]


def test_another_type_is_refused() -> None:
    [line] = told(stack(T=table()), stack(T={"Type": "AWS::SQS::Queue"}))
    assert line == (
        f"  refused   AWS::SQS::Queue T: it was a {TABLE}, and CloudFormation changes no type"
    )


def test_paths_within_properties() -> None:
    assert ("KeySchema",) in diff.replacing(TABLE, "eu-west-3")[1]
    assert diff.replacing("Ours::Of::Nobody", "eu-west-3") == ([], [])
    assert diff._at({"a": [{"b": 1}, {"b": 2}]}, ("a", "*", "b")) == [1, 2]
    assert diff._at({"a": {"Ref": "x"}}, ("a", "*", "b")) == {"Ref": "x"}
    assert diff._at({"a": "text"}, ("a", "b")) is None


@pytest.fixture
def trees(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The trees that were synthesized: the base has a table less."""
    seen: list[Path] = []

    def synthesize(tree: Path, out: Path) -> Assembly:
        assert (tree / "app.py").is_file()
        seen.append(tree)
        return Assembly((stack(T=table()),) if tree == ROOT else (stack(),))

    def build_viewer(tree: Path) -> None:
        assert seen == [], "the viewer is a part of the templates"
        assert (tree / "app.py").is_file()

    monkeypatch.setattr(diff, "synthesize", synthesize)
    monkeypatch.setattr(diff, "build_viewer", build_viewer)
    return seen


def worktrees() -> str:
    return subprocess.run(
        ["git", "worktree", "list"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_the_base_is_synthesized_and_its_worktree_goes(
    trees: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert diff.main([""]) == 0
    base, here = trees
    assert here == ROOT
    assert not base.exists()
    assert "drimbox-diff-" not in worktrees()
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith("The templates against those of ")
    assert lines == ["S:", f"  added     {TABLE} drimbox-studies"]


@pytest.mark.parametrize("base", ["no-such-commit", "--upload-pack=x"])
def test_no_such_commit(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff.main([base]) == 1
    assert capsys.readouterr().err.startswith("nothing can be compared: ")


def test_a_base_that_cannot_be_synthesized_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(diff.NotSynthesized, match="infra"):
        diff.synthesize(tmp_path, tmp_path / "out")


@pytest.fixture
def viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own with a built viewer and its packages; the base's tree stands beside."""
    root = tmp_path / "project"
    ours = root / "web" / "viewer"
    monkeypatch.setattr(diff, "ROOT", root)
    monkeypatch.setattr(web, "VIEWER", ours)
    lay_out(ours)
    (ours / web.BUILT).mkdir()
    (ours / web.BUILT / "viewer-1.js").write_text("built")
    (ours / web.BUILT / "sources.sha256").write_text(web.sources_stamp(ours))
    (ours / "node_modules").mkdir()
    (ours / "node_modules" / ".installed").write_text(sha256(b"lock").hexdigest())
    return ours


def lay_out(folder: Path, source: str = "one", lock: str = "lock") -> Path:
    """The sources of a viewer."""
    (folder / "src").mkdir(parents=True)
    for name in ("package.json", "vite.config.js", "manifest.mjs"):
        (folder / name).write_text(name)
    (folder / "package-lock.json").write_text(lock)
    (folder / "src" / "main.js").write_text(source)
    return folder


def built(folder: Path, monkeypatch: pytest.MonkeyPatch, tree: Path) -> list[tuple[str, str]]:
    """The programs that ran in ``folder`` for the base in ``tree``, and where its packages were."""
    ran: list[tuple[str, str]] = []

    def run(name: str, where: Path, *_: str) -> None:
        assert where == folder
        (folder / "node_modules").mkdir(exist_ok=True)
        (folder / web.BUILT).mkdir(exist_ok=True)
        ran.append((name, str((folder / "node_modules").resolve())))

    monkeypatch.setattr(web, "_run", run)
    diff.build_viewer(tree)
    return ran


def test_a_viewer_of_equal_sources_is_not_built_again(
    viewer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two changes were told between equal trees: the base had no built viewer."""
    folder = lay_out(tmp_path / "base" / "web" / "viewer")
    assert built(folder, monkeypatch, tmp_path / "base") == []
    assert (folder / web.BUILT / "viewer-1.js").read_text() == "built"
    assert web.is_built(folder)


def test_a_viewer_of_other_sources_is_built_with_our_packages(
    viewer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out(tmp_path / "base" / "web" / "viewer", source="two")
    ran = built(folder, monkeypatch, tmp_path / "base")
    assert [where for _, where in ran] == [str(viewer / "node_modules")] * 2
    assert web.is_built(folder)
    assert not (folder / web.BUILT / "viewer-1.js").exists()


def test_a_viewer_of_other_packages_gets_its_own(
    viewer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lay_out(tmp_path / "base" / "web" / "viewer", lock="other")
    (name, where), *_ = built(folder, monkeypatch, tmp_path / "base")
    assert name == "the installation of the viewer's packages"
    assert where == str(folder / "node_modules")
    assert (viewer / "node_modules" / ".installed").read_text() == sha256(b"lock").hexdigest()


def test_a_base_of_before_the_viewer_needs_none(viewer: Path, tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    diff.build_viewer(tmp_path / "base")
    assert list((tmp_path / "base").iterdir()) == []


def test_a_viewer_that_cannot_be_built_is_told(
    viewer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path / "base" / "web" / "viewer", source="two")

    def fail(*_: object) -> None:
        raise web.NotBuilt("no registry")

    monkeypatch.setattr(web, "_run", fail)
    with pytest.raises(diff.NotSynthesized, match="no registry"):
        diff.build_viewer(tmp_path / "base")
