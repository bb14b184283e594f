"""The real application, synthesized once for all processes of a run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from unittest import mock

import pytest
import yaml

from infra import bytecode, layers
from infra.rules.assembly import Assembly
from infra.rules.reading import read_assembly
from infra.shared.deployment import ROOT
from infra.synth import synthesize

AGENT: Final = {
    "name": "salle-1",
    "certificate_subject": "CN=salle-1,C=FR",
    "certificate_issuer": "CN=AC de test locale,C=FR",
}
NETWORK: Final = "10.64.0.0/24"
# The CDK's own rules give warnings alone, and take a third of the time: tests/infra/test_synth.py
# has them once, and accepts no warning.
NO_RULES_OF_THE_CDK: Final = {"CDK_VALIDATION": "false"}
# A tenant of each link.
LINKS: Final[dict[str, dict[str, Any]]] = {
    "demo": {"link": "agent", "agents": [AGENT]},
    "public-one": {"link": "public", "pacs_url": "https://pacs.site.example:8443/rs"},
    "vpn-one": {
        "link": "vpn",
        "pacs_url": "https://pacs.other.example:9443/rs",
        "import_exams": True,
        "pacs_store_url": "https://100.64.3.4/stow",
        "pacs_range": "100.64.3.0/28",
        "vpn_gateway": "93.184.215.14",
    },
}


FRONT: Final = {
    "db_api_url": "https://db-api.drimbox.example",
    "db_truststore_uri": "s3://drimbox-truststore.example/front.pem",
    "db_truststore_version": "version-of-the-front",
    "peer_certificates": "required",
}


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the project's own context; the tests only read it."""
    return _once(tmp_path_factory, "assembly", lambda _: {})


@pytest.fixture(scope="session")
def other_assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of another deployment, which has a tenant of each link, a network and a front, and whose
    code is compiled where a Python of Lambda's version is at hand. The tests only read it."""
    return _once(tmp_path_factory, "other-assembly", _other)


@pytest.fixture(scope="session")
def assembly(assembly_folder: Path) -> Assembly:
    """Its stacks, as the rules see them."""
    return read_assembly(assembly_folder)


@pytest.fixture(scope="session")
def linked(other_assembly_folder: Path) -> Assembly:
    """The stacks of the other deployment; its rules were judged as it was made."""
    return read_assembly(other_assembly_folder)


def _once(
    factory: pytest.TempPathFactory, name: str, overlay: Callable[[Path], Mapping[str, Any]]
) -> Path:
    """The first process of pytest-xdist synthesizes, the others wait for it."""
    base = factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / name
    shared.mkdir(exist_ok=True)
    out = shared / "cdk.out"
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (out / "manifest.json").is_file():
            with mock.patch.dict(os.environ, NO_RULES_OF_THE_CDK):
                done = synthesize(out, overlay(shared))
            assert done.returncode == 0, done.stderr
    return out


def _other(folder: Path) -> dict[str, Any]:
    facts = yaml.safe_load((ROOT / "infra" / "tenants" / "demo.yaml").read_text("utf-8"))
    del facts["pacs_url"], facts["import_exams"]
    tenants = folder / "tenants"
    tenants.mkdir(exist_ok=True)
    for name, own in LINKS.items():
        text = yaml.safe_dump({**facts, "tenant": name, **own})
        (tenants / f"{name}.yaml").write_text(text, "utf-8")
    built = folder / "layers"
    overlay = {"tenants": str(tenants), "pacs_network": NETWORK, **FRONT}
    try:
        layers.build_code(built)
    except bytecode.NoInterpreter:
        return overlay
    return {**overlay, "layers": str(built)}
