"""The DMP simulator for thousands of runs: in memory, and no exchange judged twice.

A registry's answer depends on its earlier requests, the request and the time, and on nothing else.
Two runs that are alike so far are therefore given the same answer and left with the same holdings,
without checking the same signatures again; the first of them was judged in full.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.serialization import Encoding

from simulators.dmp import submission as xds
from simulators.dmp.certificates import Authorities
from simulators.dmp.ebrim import read_object
from simulators.dmp.errors import RegistryError
from simulators.dmp.markup import parse
from simulators.dmp.registry import Answer, Registry
from simulators.dmp.store import Store, StoredDocument
from tests.fakes.memory import VirtualClock
from tests.fakes.world import keys

_MOST = 6000


@dataclass(frozen=True, slots=True)
class Holdings:
    """The DMP's holdings at one moment; ``history`` is a digest of all its requests."""

    documents: Mapping[str, StoredDocument] = field(default_factory=dict)
    sets: frozenset[str] = frozenset()
    assertions: frozenset[str] = frozenset()
    history: bytes = b""


@dataclass(frozen=True, slots=True)
class Entry:
    """One document entry, as an invariant reads it. ``status`` without its prefix."""

    unique_id: str
    entry_uuid: str
    status: str
    type_code: str
    references: tuple[str, ...]
    content: bytes

    @property
    def is_active_manifest(self) -> bool:
        """An entry that a professional finds."""
        return self.type_code == "IMG-KOS" and self.status == "Approved"


class _Memory(Store):
    """The store's promises, kept by ``holdings``; assertions are never forgotten."""

    def __init__(self) -> None:
        self.holdings = Holdings()

    def close(self) -> None:
        """Nothing is open."""

    def remember_assertion(self, assertion_id: str, at: datetime, forget_before: datetime) -> bool:
        seen = self.holdings.assertions
        self.holdings = replace(self.holdings, assertions=seen | {assertion_id})
        return assertion_id not in seen

    def knows_submission_set(self, unique_id: str) -> bool:
        return unique_id in self.holdings.sets

    def register(
        self,
        submission_set_id: str,
        documents: Sequence[StoredDocument],
        restated: Mapping[str, bytes],
        at: datetime,
    ) -> None:
        assert submission_set_id not in self.holdings.sets
        held = {**self.holdings.documents, **{d.entry_uuid: d for d in documents}}
        held |= {
            entry_uuid: replace(held[entry_uuid], entry=e) for entry_uuid, e in restated.items()
        }
        sets = self.holdings.sets | {submission_set_id}
        self.holdings = replace(self.holdings, documents=held, sets=sets)

    def all(self) -> list[StoredDocument]:
        return list(self.holdings.documents.values())

    def of_patient(self, patient: str) -> list[StoredDocument]:
        return [d for d in self.all() if d.patient == patient]

    def of_unique_id(self, unique_id: str) -> list[StoredDocument]:
        return [d for d in self.all() if d.unique_id == unique_id]

    def of_entry_uuid(self, entry_uuid: str) -> StoredDocument | None:
        return self.holdings.documents.get(entry_uuid)


_judged: dict[bytes, tuple[Answer, Holdings]] = {}


@lru_cache(1)
def _authorities() -> tuple[Authorities, bytes]:
    """The authorities that the DMP trusts, and the certificate that we show it."""
    root = keys().authority.root.certificate_pem.encode()
    return Authorities.from_pem(root), keys().auth.certificate.public_bytes(Encoding.DER)


@lru_cache(4096)
def _read(entry: bytes) -> tuple[str, str, tuple[str, ...]]:
    found = read_object(parse(entry))
    status = found.status.rpartition(":")[2]
    return status, found.codes(xds.TYPE_CODE)[0].code, tuple(found.slot(xds.REFERENCE_IDS))


class Dmp:
    """The registry, with its past at hand."""

    def __init__(self, clock: VirtualClock) -> None:
        authorities, self._peer = _authorities()
        self._clock = clock
        self._store = _Memory()
        self._made = 0
        self._registry = Registry(self._store, authorities, clock=clock.now, new_uuid=self._uuid)
        self._past: list[Holdings] = [self._store.holdings]
        self.sends = 0

    @property
    def holdings(self) -> Holdings:
        """The DMP's holdings now."""
        return self._store.holdings

    @holdings.setter
    def holdings(self, holdings: Holdings) -> None:
        if holdings.sets != self._store.holdings.sets:
            self._past.append(holdings)
        self._store.holdings = holdings

    def _uuid(self) -> uuid.UUID:
        self._made += 1
        seed = self._store.holdings.history + self._made.to_bytes(4, "big")
        return uuid.UUID(bytes=hashlib.sha256(seed).digest()[:16], version=4)

    def exchange(
        self, service: str, body: bytes, kind: str, *, received_at: datetime | None = None
    ) -> Answer:
        """One request; ``received_at`` judges it by the time it came."""
        before = self._store.holdings
        at = received_at or self._clock.now()
        key = hashlib.sha256(b"\x1f".join((before.history, body, kind.encode(), str(at).encode())))
        known = _judged.get(key.digest())
        if known is None:
            known = self._judge(service, body, kind, at, key.digest())
            if len(_judged) >= _MOST:
                _judged.clear()
            _judged[key.digest()] = known
        self._store.holdings = before
        answer, self.holdings = known
        return answer

    def _judge(
        self, service: str, body: bytes, kind: str, at: datetime, key: bytes
    ) -> tuple[Answer, Holdings]:
        self._made = 0
        transaction = self._registry.transaction_of(service, body, kind)
        answer = self._registry.execute(transaction, body, kind, self._peer, received_at=at)
        return answer, replace(self._store.holdings, history=key)

    def stale(self, service: str, body: bytes, kind: str) -> Answer:
        """A query's answer as it was before the last change."""
        present = self._store.holdings
        self._store.holdings = self._past[max(len(self._past) - 2, 0)]
        try:
            return self.exchange(service, body, kind)
        finally:
            self._store.holdings = present

    def refuse(self, service: str, body: bytes, kind: str, *, code: str) -> Answer:
        """A refusal, whatever the request is."""
        self._made = 0
        transaction = self._registry.transaction_of(service, body, kind)
        return self._registry.refuse(transaction, body, kind, RegistryError(code, "injected"))

    def entries(self) -> list[Entry]:
        """Every document entry, oldest first."""
        return [
            Entry(d.unique_id, d.entry_uuid, *_read(d.entry), d.content) for d in self._store.all()
        ]
