"""One template on every machine: same bytes twice, offline, and only URLs change locally."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from infra.layers import BUILT
from infra.rules.assembly import Assembly, resource_counts
from infra.rules.reading import read_assembly
from infra.shared.deployment import ROOT
from infra.synth import main, synthesize
from tests.infra.conftest import NO_RULES_OF_THE_CDK

LOCAL = {
    "in_url": "https://127.0.0.1:18441",
    "db_url": "https://127.0.0.1:18442",
    "vi_url": "https://127.0.0.1:18443",
    "dmp_url": "https://127.0.0.1:18444/si-dmp-server/v2/services",
    "psc_introspection_url": "https://127.0.0.1:18445/token/introspect",
    "psc_userinfo_url": "https://127.0.0.1:18445/userinfo",
    "tenant_pacs_url": "http://127.0.0.1:18446/dicom-web",
}


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_app_py_alone_gives_the_same_bytes(assembly_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "cdk.out"
    # No Node in PATH, no proxy that answers: neither is needed.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CDK_OUTDIR": str(out)}
    environment |= {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}
    environment |= NO_RULES_OF_THE_CDK
    # Of the home, the unpacked packages of the CDK alone: they are what the wheels hold.
    unpacked = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
    environment["JSII_RUNTIME_PACKAGE_CACHE_ROOT"] = str(unpacked)
    subprocess.run(
        [sys.executable, str(ROOT / "app.py")], cwd=tmp_path, env=environment, check=True
    )
    assert digests(out) == digests(assembly_folder)
    assert {"manifest.json", "DrimboxIn.template.json"} <= set(digests(out))


def test_no_path_of_this_machine(assembly_folder: Path) -> None:
    texts = [path.read_text("utf-8") for path in assembly_folder.glob("*.json")]
    assert texts
    assert not [text for text in texts if str(ROOT) in text or os.environ["HOME"] in text]


def test_local_context_changes_urls_only(
    assembly_folder: Path, tmp_path: Path, assembly: Assembly, capfd: pytest.CaptureFixture[str]
) -> None:
    layers = tmp_path / "layers"
    (layers / BUILT / "python").mkdir(parents=True)
    (layers / BUILT / "python" / "package.py").write_text("here = True\n")
    (layers / "python-deps.sha256").write_text("ab" * 32 + "\n")
    context = tmp_path / "local.json"
    context.write_text(json.dumps({**LOCAL, "layers": str(layers)}))
    out = tmp_path / "cdk.out"
    assert main(["--out", str(out), "--context", str(context)]) == 0
    changed: set[str] = set()
    for stack in assembly.stacks:
        name = f"{stack.name}.template.json"
        before, after = (
            Counter((folder / name).read_text("utf-8").splitlines())
            for folder in (assembly_folder, out)
        )
        changed |= {line for line in after - before if "127.0.0.1" not in line}
    assert "127.0.0.1" in (out / "DrimboxIn.template.json").read_text("utf-8")
    # The layer that was built is the one that is used; a new deployment of an API has a new name.
    assert [line for line in changed if '"S3Key"' in line]
    assert not [
        line for line in changed if not re.search(r'"S3Key"|ApiDeployment|^ +[}"]?,?$', line)
    ]
    layers_of_stacks = list(read_assembly(out).resources("AWS::Lambda::LayerVersion"))
    assert len(layers_of_stacks) == 5
    [key] = {one.properties["Content"]["S3Key"].removesuffix(".zip") for one in layers_of_stacks}
    assert (out / f"asset.{key}" / "python" / "package.py").is_file()
    said = capfd.readouterr()
    assert "Warning" not in said.err
    assert said.out.splitlines() == [
        f"7 templates in {out}; resources of each (limit 500):",
        *(f"{count:5} {name}" for name, count in resource_counts(assembly).items()),
    ]
    urls = {
        name: output["Value"]
        for stack in read_assembly(out).stacks
        for name, output in stack.template.get("Outputs", {}).items()
        if name.endswith("Url")
    }
    assert urls == {name: LOCAL[f"{name[:2].lower()}_url"] for name in ("InUrl", "DbUrl", "ViUrl")}


@pytest.mark.parametrize(
    ("key", "value"), [("region", "eu-west-2"), ("region", "us-east-1"), ("tenants", "docs")]
)
def test_refuses(tmp_path: Path, key: str, value: str) -> None:
    done = synthesize(tmp_path / "cdk.out", {key: value})
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert ("region" if key == "region" else "no tenant") in line
    assert not list((tmp_path).glob("cdk.out/*.template.json"))


def test_a_tenant_that_only_this_machine_reaches_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    context = tmp_path / "real.json"
    context.write_text(json.dumps({"account": "111122223333", "alarm_email": "a@example.org"}))
    assert main(["--out", str(tmp_path / "cdk.out"), "--context", str(context)]) == 1
    said = capfd.readouterr()
    assert said.out == ""
    [line] = said.err.splitlines()
    assert line.startswith("nothing is synthesized: demo.yaml: pacs_url is a private address")
    assert "cdk.json" in line
