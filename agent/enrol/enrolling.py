"""``drimbox-agent enrol``: the code of the operators' page becomes this agent's certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agent.check.certificate import judged
from agent.check.cloud import try_host
from agent.check.finding import Finding
from agent.cloud.door import Door
from agent.cloud.opening import open_plain
from agent.enrol.asking import CREATED, AnswerWrong, enrolment, issued
from agent.enrol.files import own_key, write_certificate
from agent.work.ports import CloudAway, NotServed
from functions.drimbox.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.config.model import AgentConfig
    from functions.drimbox.ports import Clock

# Of refusals, by their status.
_REFUSED: Final = {400: "enrol_code_unreadable", 404: "enrol_tenant_unknown"}
_TOO_OFTEN: Final = "status 429"


def enrol(config: AgentConfig, url: str, tenant: str, code: str, clock: Clock) -> Iterator[Finding]:
    """Each finding as it is made: the host, the code, the end of the certificate.

    ``url`` is the base of the operators' host; ``tenant`` must be that of ``agent.yaml``. The key
    that is there stays: an agent may enrol again. Raises ConfigurationError for files that cannot
    be used.
    """
    if tenant != config.tenant:
        raise ConfigurationError("tenant: another one than that of the code")
    with open_plain(config) as client:
        reached = try_host(client, url)
        yield reached
        if reached.is_good:
            door = Door(client, f"{url}/v1/tenants/{tenant}/agents")
            yield from _enrol(config, door, code, clock)


def _enrol(config: AgentConfig, door: Door, code: str, clock: Clock) -> Iterator[Finding]:
    identity = config.cloud.identity
    key = own_key(identity.private_key)
    try:
        reply = door.post("/enrol", enrolment(key, code))
    except NotServed:
        yield Finding("enrol_code_refused")
        return
    except CloudAway as error:
        too_often = error.detail == _TOO_OFTEN
        yield Finding("enrol_too_often" if too_often else "beat_fails", detail=error.detail)
        return
    if reply.status != CREATED:
        yield Finding(_REFUSED.get(reply.status, "beat_fails"), detail=f"status {reply.status}")
        return
    try:
        certificate = issued(reply, key)
    except AnswerWrong:
        yield Finding("beat_fails", detail="no certificate for this key")
        return
    write_certificate(identity.certificate, certificate)
    yield Finding("enrolled", str(identity.certificate))
    yield judged(certificate, clock.now())
