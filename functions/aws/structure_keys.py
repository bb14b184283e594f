"""The certificates and keys of one structure of a tenant, checked each time they are to serve.

They are kept for a few minutes (:mod:`functions.aws.tenant_secrets`): a new certificate is followed
without a deployment, and one that is put in place before its date waits beside the former one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from functions.aws import secrets, tenant_secrets
from functions.aws.secrets import PemSigner, open_signer
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.certificate_choice import choose, require
from functions.drimbox.identity.certificate_findings import Judgement, Use
from functions.drimbox.tls import TlsIdentity
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.ports import Clock
    from functions.drimbox.tenants.model import Structure


@frozen
class TenantKeys:
    """The structures of one tenant; implements ``building.Signers``."""

    bucket: str
    tenant: str
    trust_anchors_secret: str
    clock: Clock

    def of(self, structure: Structure) -> StructureKeys:
        """Those of one structure."""
        return StructureKeys(self, structure)

    def signer(self, structure: Structure) -> PemSigner:
        """ORG_SIGN of ``structure``; Held ``no_certificate_for_structure`` when none may serve."""
        return self.of(structure).signer()


class StructureKeys:
    """The two identities under which ``structure`` speaks: TLS and signature (EX_GEN-1450)."""

    def __init__(self, keys: TenantKeys, structure: Structure) -> None:
        self._keys = keys
        self._structure = structure

    def tls(self) -> TlsIdentity:
        """ORG_AUTH_CLI; Held ``no_certificate_for_structure`` when none may serve."""
        return self._require(Use.AUTH)

    def signer(self) -> PemSigner:
        """ORG_SIGN; Held ``no_certificate_for_structure`` when none may serve."""
        pair = self._require(Use.SIGN)
        return open_signer(pair.certificate, pair.private_key)

    def judgement(self, use: Use) -> Judgement:
        """The finding on the certificate that serves ``use`` now, or the reason why none does."""
        return self._choose(use)[1]

    def _require(self, use: Use) -> TlsIdentity:
        return require(self._choose(use), self._structure.holder, use)

    def _choose(self, use: Use) -> tuple[TlsIdentity | None, Judgement]:
        keys, holder = self._keys, self._structure.holder
        name = tenant_secrets.of_structure(holder, use)
        kept = tenant_secrets.read(keys.bucket, keys.tenant, name)
        return choose(
            _pair(name, kept.value) if kept else None,
            lambda: _pair(name, kept.former) if kept and kept.former else None,
            holder=holder,
            use=use,
            trust_anchors=secrets.anchors(keys.trust_anchors_secret, "structures"),
            at=keys.clock.now(),
        )


def signing_authorities(trust_anchors_secret: str) -> tuple[x509.Certificate, ...]:
    """The authorities that issue the structures' certificates; none where they are not in place."""
    try:
        pem = secrets.anchors(trust_anchors_secret, "structures")
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except (ConfigurationError, ValueError):
        return ()


def _pair(name: str, value: str) -> TlsIdentity:
    try:
        facts = secrets.fields_of(name, value, ("certificate", "private_key"))
    except ConfigurationError:
        return TlsIdentity("", "")  # the secret has a value that nobody can read
    return TlsIdentity(facts["certificate"], facts["private_key"])
