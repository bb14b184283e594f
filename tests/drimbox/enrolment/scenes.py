"""Our authority with a key of this machine, agents that ask it, and the desk of one tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from functions.drimbox.enrolment.code import Code, fresh_code
from functions.drimbox.enrolment.enrolling import Asked, EnrolmentDesk
from functions.drimbox.enrolment.profile import AgentName, issue, make_authority
from functions.drimbox.enrolment.register import CODE_VALID, Invitation, change
from functions.drimbox.enrolment.remote_key import RemoteKey
from functions.drimbox.enrolment.request import read_request
from tests.fakes.memory import MemoryAgentRegister, MemoryAudit, MemoryTries, VirtualClock

TENANT: Final = "demo"
AGENT: Final = "salle-1"
# A declared sender's name, which a request may well claim.
CLAIMED: Final = "CN=ris.ambroise.example,OU=1750803447,O=Centre de radiologie Ambroise,C=FR"


def remote(key: ec.EllipticCurvePrivateKey) -> RemoteKey:
    """A store's key, which here is ``key``."""
    return RemoteKey(key.public_key(), lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))


def request(key: Any, name: str = CLAIMED, digest: Any = hashes.SHA256) -> str:
    """A request for the key's certificate (PEM)."""
    builder = x509.CertificateSigningRequestBuilder()
    builder = builder.subject_name(x509.Name.from_rfc4514_string(name))
    return builder.sign(key, digest and digest()).public_bytes(Encoding.PEM).decode()


def pem(certificate: x509.Certificate) -> str:
    """The certificate as a text."""
    return certificate.public_bytes(Encoding.PEM).decode()


@dataclass
class Authority:
    """Implements ``Issuer`` for a tenant; ``spoil`` changes the arguments of its next answers."""

    clock: VirtualClock
    tenant: str = TENANT
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    issued: int = 0
    spoil: Callable[[dict[str, Any]], None] = lambda _: None
    certificate: str = ""

    def __post_init__(self) -> None:
        self.certificate = pem(make_authority(remote(self.key), self.clock.now(), bytes(16)))

    def issue(self, agent: str, asked: str) -> str:
        """Implements ``Issuer``; each serial number is another."""
        self.issued += 1
        facts: dict[str, Any] = {
            "key": remote(self.key),
            "name": AgentName(self.tenant, agent, f"https://in.example/{agent}"),
            "public_key": read_request(asked),
            "at": self.clock.now(),
            "random": self.issued.to_bytes(16),
        }
        self.spoil(facts)
        return pem(issue(**facts))


@dataclass
class Office:
    """The desk of one tenant, whose operator gives codes out."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    tenant: str = TENANT
    register: MemoryAgentRegister = field(default_factory=MemoryAgentRegister)
    tries: MemoryTries = field(default_factory=MemoryTries)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    seed: int = 1

    def __post_init__(self) -> None:
        self.authority = Authority(self.clock, self.tenant)

    @property
    def desk(self) -> EnrolmentDesk:
        return EnrolmentDesk(
            self.tenant,
            self.register,
            self.authority,
            self.tries,
            self.audit,
            self.clock,
            self.authority.certificate,
        )

    def invite(self, name: str = AGENT) -> Code:
        """A code, as the operators' page gives it."""
        self.seed += 1
        code = fresh_code(lambda count: bytes((at * self.seed) % 251 for at in range(count)))
        at = self.clock.now()
        invitation = Invitation(code.place, code.digest(self.tenant), at + CODE_VALID)
        change(self.register, name, lambda record: record.invited(invitation, at))
        return code

    def enrol(self, code: object, key: Any = None, address: str = "192.0.2.1") -> dict[str, Any]:
        """An agent shows that text."""
        typed = code.shown if isinstance(code, Code) else code
        return self.desk.enrol(typed, asked(key, address))

    def renew(self, shown: str, key: Any = None, agent: str = AGENT) -> dict[str, Any]:
        """An agent shows the certificate of that serial number."""
        return self.desk.renew(agent, shown, asked(key, "agent"))


KEY: Final = ec.generate_private_key(ec.SECP256R1())


def asked(key: Any = None, who: str = "192.0.2.1") -> Asked:
    """A request for a key, by default always the same one."""
    return Asked(request(key or KEY), who, "request-1")


def serial(answer: dict[str, Any]) -> str:
    """The number of the certificate of an answer, as the register has it."""
    found = x509.load_pem_x509_certificate(answer["certificate"].encode())
    return f"{found.serial_number:x}"


def ends(answer: dict[str, Any]) -> datetime:
    """When that certificate ends."""
    return x509.load_pem_x509_certificate(answer["certificate"].encode()).not_valid_after_utc
