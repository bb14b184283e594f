"""The site's RIS: it sends as the site is linked, over MLLP to the agent or over HTTPS to us."""

from __future__ import annotations

import ssl
from typing import Any
from urllib.parse import urlsplit

import httpx

from functions.drimbox.tenants.model import Link
from infra.demo.layout import ROOT
from simulators.ris import mllp


class NotAcknowledged(Exception):
    """The message was not accepted (AA); the message of this error says what came instead."""


def client(endpoints: dict[str, Any], *, identity: str = "") -> httpx.Client:
    """A client that trusts the local authority and shows the certificate ``<identity>_cert`` of
    ``endpoints``, if asked.
    """
    context = ssl.create_default_context(cafile=str(ROOT / endpoints["ca"]))
    if identity:
        context.load_cert_chain(
            ROOT / endpoints[f"{identity}_cert"], ROOT / endpoints[f"{identity}_key"]
        )
    return httpx.Client(verify=context, trust_env=False, timeout=30)


def send(endpoints: dict[str, Any], body: bytes) -> str:
    """The acknowledgement of the first tenant's message, its lines ended by LF.

    Raises NotAcknowledged; httpx.HTTPError where nobody answers over HTTPS.
    """
    if endpoints["link"] == Link.AGENT:
        return _over_mllp(endpoints, body)
    return post(endpoints, endpoints["tenant"], body)


def post(endpoints: dict[str, Any], tenant: str, body: bytes, *, identity: str = "ris") -> str:
    """The acknowledgement over HTTPS, as ``send``."""
    with client(endpoints, identity=identity) as http:
        answer = http.post(
            f"{endpoints['in']}/v1/tenants/{tenant}/hl7v2",
            content=body,
            headers={"Content-Type": "application/hl7-v2"},
        )
    return _accepted(answer.text, f"HTTP {answer.status_code}\n")


def _over_mllp(endpoints: dict[str, Any], body: bytes) -> str:
    agent = urlsplit(endpoints["mllp"])
    try:
        ack = mllp.send(str(agent.hostname), int(agent.port or 0), body)
    except (OSError, mllp.NoAcknowledgement) as error:
        raise NotAcknowledged(f"MLLP: {error}") from error
    return _accepted(ack.decode("utf-8", "replace"))


def _accepted(text: str, status: str = "") -> str:
    ack = text.replace("\r", "\n").strip()
    if "MSA|AA|" not in ack:
        raise NotAcknowledged(f"{status}{ack}")
    return ack
