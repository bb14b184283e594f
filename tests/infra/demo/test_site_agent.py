"""The agent of the demonstration: whether it is enrolled, and how it is."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.demo import operator, site_agent
from infra.demo.layout import Layout
from infra.demo.site_agent import NotEnrolled, SiteAgent
from simulators.pki import CLIENT, Authority

CODE = "01234-56789-ABCDE-FGHJK-MNPQR"


@pytest.fixture
def agent(tmp_path: Path) -> SiteAgent:
    return SiteAgent(Layout.read({"DRIMBOX_HOME": str(tmp_path)}))


def have_certificate(agent: SiteAgent, at: datetime) -> None:
    issued = Authority.create(at).issue("CN=salle-serveur-1,OU=demo,O=DRIMbox agents", CLIENT, at)
    agent.folder.mkdir(parents=True)
    (agent.folder / "agent.pem").write_text(issued.certificate_pem)
    (agent.folder / "agent.key").write_text(issued.key_pem)


def gateway(monkeypatch: pytest.MonkeyPatch, status: int) -> list[httpx.Request]:
    """A gateway that answers so; its requests."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status)

    def client(_: dict[str, Any], *, identity: str) -> httpx.Client:
        assert identity == "agent"
        return httpx.Client(transport=httpx.MockTransport(answer))

    monkeypatch.setattr(site_agent, "client", client)
    return asked


@pytest.mark.parametrize(("status", "enrolled"), [(400, True), (404, False)])
def test_the_gateway_says_whether_it_knows_the_certificate(
    agent: SiteAgent, monkeypatch: pytest.MonkeyPatch, status: int, enrolled: bool
) -> None:
    """A removed agent has its certificate still."""
    have_certificate(agent, datetime.now(UTC))
    asked = gateway(monkeypatch, status)
    assert agent.is_enrolled() is enrolled
    assert [str(one.url) for one in asked] == ["https://127.0.0.1:8441/v1/tenants/demo/agents/loan"]


def test_without_a_certificate_that_lasts_nobody_is_asked(
    agent: SiteAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = gateway(monkeypatch, 400)
    assert not agent.is_enrolled()
    have_certificate(agent, datetime.now(UTC) - timedelta(days=20_000))
    assert not agent.is_enrolled()
    (agent.folder / "agent.pem").write_text("no certificate")
    assert not agent.is_enrolled()
    assert asked == []


@pytest.mark.parametrize("status", [0, 1])
def test_the_agent_enrols_by_its_own_command_with_the_operator_s_code(
    agent: SiteAgent, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess(command, status, "!! enrol_code_refused", "")

    monkeypatch.setattr(operator, "invite", lambda _, name: f"{CODE} of {name}")
    monkeypatch.setattr(subprocess, "run", run)
    if status:
        with pytest.raises(NotEnrolled, match="enrol_code_refused"):
            agent.enrol()
    else:
        agent.enrol()
    [command] = ran
    assert command[1:4] == ["-m", "agent", "enrol"]
    asked = dict(zip(command[4::2], command[5::2], strict=True))
    assert asked["--code"] == f"{CODE} of salle-serveur-1"
    assert (asked["--url"], asked["--tenant"]) == ("https://127.0.0.1:8443", "demo")
    assert asked["--config"] == str(agent.file)


def test_an_agent_that_does_not_run_is_not_ready(agent: SiteAgent) -> None:
    port = {"DRIMBOX_HOME": str(agent.layout.home), "DRIMBOX_PORT_AGENT": "1024"}
    assert not SiteAgent(Layout.read(port)).is_ready()
