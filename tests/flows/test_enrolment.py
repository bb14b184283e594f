"""An agent enrols at the local stack, over TLS, with its own commands; an operator removes it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from agent.__main__ import SystemClock
from agent.cloud.door import Door
from agent.cloud.opening import open_cloud
from agent.config.model import AgentConfig, Cloud, Identity
from agent.config.reading import read_config
from agent.enrol.asking import renewal
from agent.enrol.enrolling import enrol
from agent.enrol.files import read_key
from functions.drimbox.identity.session import form_token
from simulators.ris.cases import CASES
from simulators.ris.messages import message
from tests.agent.config.samples import DICOMWEB
from tests.flows.stack import LocalStack
from tests.matrix.scene import open_session

pytestmark = [pytest.mark.stack, pytest.mark.slow]
CLOCK = SystemClock()
OPERATOR = "operator-1"
BEAT: dict[str, Any] = {
    "version": "1.0.0",
    "protocols": [1],
    "credentials": False,
    "health": {
        "at": "2026-11-24T09:00:00Z",
        "pacs": "unknown",
        "spool": {"messages": 0, "oldest_at": None},
        "disk_free_bytes": 1,
    },
}


class Operator:
    """The forms of the page of agents, in a session of its own."""

    def __init__(self, stack: LocalStack) -> None:
        tenant, vi = stack.endpoints["tenant"], stack.endpoints["vi"]
        self.cookie = open_session(
            stack.aws["dynamodb"],
            stack.table("Sessions"),
            tenant,
            secret=stack.secret(tenant, "sessions"),
            subject=OPERATOR,
            at=datetime.now(UTC),
        )
        self.stack = stack
        self.headers = {"Cookie": f"__Host-operator-{tenant}={self.cookie}", "Origin": vi}
        self.url = f"{vi}/v1/tenants/{tenant}/operations/agents"

    def act(self, verb: str, **fields: str) -> httpx.Response:
        """The answer to a form."""
        facts = {"token": form_token(self.cookie), "verb": verb, **fields}
        with self.stack.client() as http:
            return http.post(self.url, data=facts, headers=self.headers)

    def invite(self, name: str) -> str:
        """A code."""
        answer = self.act("invite_agent", name=name)
        assert answer.status_code == 200, answer.text
        found = re.search(r"--code ([0-9A-Z-]{29})", answer.text)
        assert found
        return found[1]

    def page(self) -> str:
        """The page of the agents."""
        with self.stack.client() as http:
            return http.get(self.url, headers=self.headers).text


def config_of(stack: LocalStack, folder: Path) -> AgentConfig:
    cloud = Cloud(
        stack.endpoints["in"],
        Identity(folder / "agent.pem", folder / "agent.key"),
        stack.layout.pki / "ca.pem",
    )
    made = replace(read_config(DICOMWEB), tenant=stack.endpoints["tenant"], folder=folder)
    return replace(made, cloud=cloud)


def said(door: Door, path: str, body: bytes) -> tuple[int, str]:
    reply = door.post(path, body)
    return reply.status, reply.code


def test_an_agent_is_let_in_and_put_out(stack: LocalStack, tmp_path: Path) -> None:
    operator, config = Operator(stack), config_of(stack, tmp_path)
    tenant, vi = stack.endpoints["tenant"], stack.endpoints["vi"]
    code = operator.invite("salle-1")
    findings = list(enrol(config, vi, tenant, code, CLOCK))
    assert [one.code for one in findings] == ["host_reached", "enrolled", "certificate_good"]
    again = list(enrol(config, vi, tenant, code, CLOCK))
    assert [one.code for one in again] == ["host_reached", "enrol_code_refused"]
    with open_cloud(config, CLOCK) as way:
        beat = json.dumps(BEAT).encode()
        key = read_key(config.cloud.identity.private_key)
        assert said(way.door, "/loan", beat)[0] == 200
        assert said(way.door, "/renew", renewal(key)) == (409, "renewal_not_due")
        url = f"{config.cloud.in_url}/v1/tenants/{tenant}/hl7v2"
        raw = message(CASES["A"], control_id=uuid4().hex[:20], at=datetime.now(UTC))
        answer = way.client.post(url, content=raw, headers={"Content-Type": "application/hl7-v2"})
        assert "MSA|AE" in answer.text, "it speaks for no declared sender"
        assert "undeclared_sender" in answer.text
        page = operator.page()
        assert "salle-1" in page
        assert "1.0.0" in page
        assert operator.act("remove_agent", name="salle-1", confirm="yes").status_code == 303
        assert said(way.door, "/loan", beat)[0] == 404
        assert said(way.door, "/renew", renewal(key))[0] == 404
    assert "salle-1" not in operator.page()
    events = ("agent.invited", "agent.enrolled", "agent.refused", "agent.removed")
    assert [len(stack.audited(event, for_agent="salle-1")) for event in events] == [1, 1, 1, 1]
