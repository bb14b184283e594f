"""``python -m infra.diff [BASE]``: the templates against those of a commit, in words, without AWS.

BASE is any commit, HEAD when it is absent; it is synthesized from a git worktree of its own, which
is removed again, with the viewer of its own sources: the built files are a part of the templates.
CloudFormation's own resource schemas, of which cfn-lint has a copy, say which
properties cannot change without a replacement. They do not cover everything: a property of which
they say nothing is told as changed, and CloudFormation may still replace the resource.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, Final

from cfnlint.schema import ResourceNotFoundError
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from infra import web
from infra.rules.assembly import Assembly, StackTemplate
from infra.rules.reading import read_assembly
from infra.shared.deployment import ROOT

Definition = Mapping[str, Any]

# The property by which a person knows the resource, where the template gives it a name.
_NAMES: Final = ("FunctionName", "BucketName", "TableName", "QueueName", "StateMachineName")
_MORE_NAMES: Final = ("TopicName", "AliasName", "LogGroupName", "Name", "AlarmName")
_KEPT: Final = ("Retain", "RetainExceptOnCreate")


class NotSynthesized(Exception):
    """The base has no templates; the message says why."""


def differences(before: Assembly, after: Assembly) -> Iterator[str]:
    """One line for each stack that differs, and under it one for each difference."""
    old = {stack.name: stack for stack in before.stacks}
    new = {stack.name: stack for stack in after.stacks}
    taken = {_named(one.logical_id, one.definition) for one in before.resources()}
    for name in sorted({*old, *new}):
        lines = list(_of_stack(old.get(name), new.get(name), taken))
        if name not in old:
            yield f"{name}: the stack is added, with {len(_resources(new[name]))} resources"
        elif name not in new:
            yield f"{name}: the stack is removed; AWS keeps it until somebody deletes it"
        elif lines:
            yield f"{name}:"
        yield from lines


def _of_stack(
    old: StackTemplate | None, new: StackTemplate | None, taken: Set[str]
) -> Iterator[str]:
    """``taken``: the existing named resources, in any stack."""
    before, after = _resources(old), _resources(new)
    for logical_id in sorted(before.keys() - after.keys()):
        fate = "kept outside of any stack" if _kept(before[logical_id]) else "deleted"
        yield f"  removed   {_named(logical_id, before[logical_id])}: {fate}"
    if old is not None and new is not None:
        for logical_id in sorted(after.keys() - before.keys()):
            what = _named(logical_id, after[logical_id])
            clash = what in taken and not what.endswith(f" {logical_id}")
            yield f"  added     {what}" + (
                ": refused while a resource of that name exists" if clash else ""
            )
        for logical_id in sorted(before.keys() & after.keys()):
            if before[logical_id] != after[logical_id]:
                yield _changed(logical_id, before[logical_id], after[logical_id], new.region)


def _changed(logical_id: str, old: Definition, new: Definition, region: str) -> str:
    what = _named(logical_id, new)
    if old["Type"] != new["Type"]:
        return f"  refused   {what}: it was a {old['Type']}, and CloudFormation changes no type"
    before, after = old.get("Properties", {}), new.get("Properties", {})
    names = sorted(
        name for name in {*before, *after} if before.get(name) != after.get(name)
    ) or sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    always, perhaps = replacing(str(new["Type"]), region)
    for paths, word in ((always, "replaced"), (perhaps, "replaced?")):
        ours = sorted({path for path in paths if _at(before, path) != _at(after, path)})
        if ours:
            fate = "" if word == "replaced?" else f"; the former one is {_fate(old)}"
            return f"  {word:9} {what}: {', '.join('/'.join(path) for path in ours)}{fate}"
    return f"  changed   {what}: {', '.join(names)}"


def replacing(kind: str, region: str) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The paths of properties whose change replaces a resource: always, and under conditions."""
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
    except ResourceNotFoundError:
        return [], []
    always, perhaps = (
        [tuple(path.split("/")[2:]) for path in schema.get(name) or []]
        for name in ("createOnlyProperties", "conditionalCreateOnlyProperties")
    )
    return always, perhaps


def _at(value: Any, path: tuple[str, ...]) -> Any:
    """The value at ``path``; of every item of a list where the path says ``*``."""
    if not path:
        return value
    if path[0] == "*":
        return [_at(one, path[1:]) for one in value] if isinstance(value, list) else value
    return _at(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else None


def _resources(stack: StackTemplate | None) -> Mapping[str, Definition]:
    found: Mapping[str, Definition] = {} if stack is None else stack.template.get("Resources", {})
    return found


def _kept(definition: Definition) -> bool:
    return definition.get("DeletionPolicy") in _KEPT


def _fate(definition: Definition) -> str:
    kept = definition.get("UpdateReplacePolicy") in _KEPT
    return "kept outside of any stack" if kept else "deleted"


def _named(logical_id: str, definition: Definition) -> str:
    properties = definition.get("Properties", {})
    names = (properties.get(name) for name in (*_NAMES, *_MORE_NAMES))
    name = next((one for one in names if isinstance(one, str)), logical_id)
    return f"{definition['Type']} {name}"


def synthesize(tree: Path, out: Path) -> Assembly:
    """The templates of the sources in ``tree``, with the layer that this one has built."""
    context = out.with_suffix(".json")
    context.write_text(json.dumps({"layers": str(ROOT / "layers")}), "utf-8")
    command = ["-m", "infra.synth", "--out", str(out), "--context", str(context)]
    done = subprocess.run(
        [sys.executable, *command], cwd=tree, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise NotSynthesized(done.stderr.strip() or "the synthesis failed")
    return read_assembly(out)


def build_viewer(tree: Path) -> None:
    """Build the viewer of the sources in ``tree``; a build of equal sources is copied. A tree of
    before the viewer needs none. Raises NotSynthesized.
    """
    folder, ours = tree / web.VIEWER.relative_to(ROOT), web.VIEWER
    if not folder.is_dir():
        return
    try:
        web.build(ours)
        if web.sources_stamp(folder) == web.sources_stamp(ours):
            shutil.copytree(ours / web.BUILT, folder / web.BUILT)
            return
        modules = folder / "node_modules"
        modules.symlink_to(ours / "node_modules")
        if not web.installed(folder):
            # npm would change ours through the link.
            modules.unlink()
        web.build(folder)
    except web.NotBuilt as error:
        raise NotSynthesized(str(error)) from error


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise NotSynthesized(done.stderr.strip())
    return done.stdout.strip()


def main(arguments: list[str]) -> int:
    """Print the differences; the process's status, 1 when a synthesis fails."""
    base = next(iter(arguments), "") or "HEAD"
    with tempfile.TemporaryDirectory(prefix="drimbox-diff-") as folder:
        tree = Path(folder) / "base"
        try:
            commit = _git("rev-parse", "--verify", "--end-of-options", f"{base}^{{commit}}")
            _git("worktree", "add", "--detach", str(tree), commit)
            try:
                build_viewer(tree)
                before = synthesize(tree, Path(folder) / "before")
            finally:
                _git("worktree", "remove", "--force", str(tree))
            lines = list(differences(before, synthesize(ROOT, Path(folder) / "after")))
        except NotSynthesized as error:
            print(f"nothing can be compared: {error}", file=sys.stderr)
            return 1
    print(f"The templates against those of {commit[:12]}:")
    print("\n".join(lines or ["no difference"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
