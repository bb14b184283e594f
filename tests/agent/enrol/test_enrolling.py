"""``enrol``: the code becomes a certificate, or each trouble is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from agent.check.finding import Finding
from agent.config.model import AgentConfig, Identity
from agent.config.reading import read_config
from agent.enrol import enrolling
from agent.enrol.enrolling import enrol
from agent.enrol.files import read_certificate, read_key
from functions.drimbox.errors import ConfigurationError
from tests.agent.config.samples import DICOMWEB
from tests.agent.enrol.scenes import Cloud, mode, pem

CODE = "01234-56789-ABCDE-FGHJK-MNPQR"


def config(folder: Path) -> AgentConfig:
    read = read_config(DICOMWEB)
    identity = Identity(folder / "agent.pem", folder / "agent.key")
    return replace(read, folder=folder, cloud=replace(read.cloud, identity=identity))


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()

    @contextmanager
    def plain(_: AgentConfig) -> Iterator[httpx.Client]:
        yield made.client

    monkeypatch.setattr(enrolling, "open_plain", plain)
    return made


def found(cloud: Cloud, folder: Path, **changes: Any) -> list[Finding]:
    asked = {"tenant": "demo", "code": CODE, **changes}
    made = config(folder)
    return list(enrol(made, "https://vi.example", asked["tenant"], asked["code"], cloud.clock))


def test_a_code_becomes_a_certificate(cloud: Cloud, tmp_path: Path) -> None:
    assert found(cloud, tmp_path) == [
        Finding("host_reached", "vi.example"),
        Finding("enrolled", str(tmp_path / "agent.pem")),
        Finding("certificate_good", "2027-02-28"),
    ]
    key = read_key(tmp_path / "agent.key")
    assert mode(tmp_path / "agent.key") == 0o600
    assert read_certificate(tmp_path / "agent.pem").public_key() == key.public_key()
    ((path, body),) = cloud.asked
    assert (path, body["code"]) == ("enrol", CODE)
    assert "PRIVATE" not in str(body)


def test_it_enrols_again_with_the_key_that_is_there(cloud: Cloud, tmp_path: Path) -> None:
    found(cloud, tmp_path)
    key = (tmp_path / "agent.key").read_bytes()
    assert found(cloud, tmp_path)[-1].is_good
    assert (tmp_path / "agent.key").read_bytes() == key


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "enrol_code_unreadable"),
        (403, "enrol_code_refused"),
        (404, "enrol_tenant_unknown"),
        (429, "enrol_too_often"),
        (503, "beat_fails"),
        (500, "beat_fails"),
        (409, "beat_fails"),
    ],
)
def test_each_refusal_is_told(cloud: Cloud, tmp_path: Path, status: int, code: str) -> None:
    cloud.status = status
    last = found(cloud, tmp_path)[-1]
    assert (last.code, last.is_good) == (code, False)
    assert not (tmp_path / "agent.pem").exists()


def test_a_certificate_for_another_key_is_not_kept(cloud: Cloud, tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    cloud.spoil = {"certificate": pem(cloud.certificate(other))}
    assert found(cloud, tmp_path)[-1] == Finding("beat_fails", detail="no certificate for this key")
    assert not (tmp_path / "agent.pem").exists()


def test_a_host_that_is_not_reached_is_told(cloud: Cloud, tmp_path: Path) -> None:
    cloud.down = True
    assert [one.code for one in found(cloud, tmp_path)] == ["host_unreachable"]
    assert not (tmp_path / "agent.key").exists()


def test_the_code_of_another_site_is_not_shown(cloud: Cloud, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="tenant"):
        found(cloud, tmp_path, tenant="other")
    assert cloud.asked == []
