"""Finding a publication again: by its patient, its exam or its message (decision 0080).

There is no plain index of patients. A term of a message (an INS, a name, a number) is kept as a
hash under the tenant's own secret: without the secret, nobody can even try a name.
The facts that a list shows beside a publication are sealed under the same secret.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from functions.drimbox.identity.titles import readings
from functions.drimbox.identity.traits import plain_name
from functions.drimbox.publication.message_entry import SHOWN, shown_id
from functions.drimbox.publication.messages import (
    Message,
    OrderChangeMessage,
    RejectionNoteMessage,
    RepairMessage,
    ReportMessage,
    SiteAcceptedMessage,
    WithdrawalMessage,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from functions.drimbox.identity.parties import Patient
    from functions.drimbox.identity.sealing import Seal
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.report.model import Report

# The purpose of the seal of the facts.
PURPOSE: Final = "exam facts"


class Term(StrEnum):
    """The kinds of terms by which a publication is found."""

    INS = "ins"
    NAME = "name"
    IPP = "ipp"
    ACCESSION = "accession"
    ORDER = "order"
    CONTROL_ID = "control_id"
    STUDY = "study"
    PUBLICATION = "publication"


# The terms that say who the patient is.
OF_PATIENTS: Final = frozenset({Term.INS, Term.NAME, Term.IPP})
# A number may be each of these: sites number patients, orders and exams as they like.
_NUMBERS: Final = (Term.IPP, Term.ACCESSION, Term.ORDER, Term.CONTROL_ID)
# Terms whose letters count as they are; the others are compared without blanks and case.
_AS_WRITTEN: Final = frozenset({Term.CONTROL_ID, Term.STUDY, Term.PUBLICATION})
_INS: Final = re.compile(r"[0-9AB]{15}")
_UID: Final = re.compile(r"[0-9]+(\.[0-9]+){3,}")
_SHOWN_ID: Final = re.compile(rf"[0-9a-f]{{{SHOWN}}}")


@frozen
class ExamFacts:
    """The facts of a report that a list shows. ``patient`` is the birth name and the first name,
    ``birth_date`` is YYYYMMDD as the report writes it, ``days`` are those of the exams (YYYYMMDD).
    """

    patient: str
    birth_date: str
    accessions: tuple[str, ...]
    modalities: tuple[str, ...]
    days: tuple[str, ...]

    def __repr__(self) -> str:
        return "ExamFacts(…)"

    def encode(self) -> bytes:
        """JSON."""
        whose = self.patient, self.birth_date
        return json.dumps([*whose, self.accessions, self.modalities, self.days]).encode()

    @classmethod
    def decode(cls, data: bytes) -> ExamFacts:
        """The facts that :meth:`encode` wrote."""
        patient, birth_date, accessions, modalities, days = json.loads(data)
        return cls(patient, birth_date, tuple(accessions), tuple(modalities), tuple(days))


class LookupStore(Protocol):
    """The terms and the sealed facts of one tenant's messages."""

    def keep(
        self, message_id: str, received_at: datetime, marks: Iterable[str], sealed: str
    ) -> None:
        """Keep the marks of a message and its facts ("" for none); a second call changes nothing
        but the facts. Raises StorageUnavailable.
        """
        ...

    def find(self, mark: str, *, limit: int) -> tuple[tuple[str, str], ...]:
        """The messages with that mark, latest first, at most ``limit``: the time at which each was
        received (ISO 8601, UTC), and its identifier.
        """
        ...

    def sealed(self, message_ids: Collection[str]) -> Mapping[str, str]:
        """The facts of these messages (at most 100), of those that have any."""
        ...


@frozen
class Found:
    """``message_ids`` is the latest first, each with the kinds of terms that met it. ``complete``:
    there are no others."""

    message_ids: Mapping[str, tuple[Term, ...]]
    complete: bool


@frozen
class Finder:
    """One tenant's lookups. ``secret`` and ``seal`` are opened when they are needed; a nonce is
    used once."""

    store: LookupStore
    secret: Callable[[], bytes]
    seal: Callable[[], Seal]
    nonce: Callable[[], bytes]

    def keep(self, entry: MessageEntry, message: Message | SiteAcceptedMessage) -> None:
        """The message can be found from now on. Raises StorageUnavailable."""
        terms = (*_terms(message), (Term.PUBLICATION, shown_id(entry.message_id)))
        marks = {self._mark(kind, text) for kind, text in terms if text}
        facts = _facts(message.report) if isinstance(message, ReportMessage) else None
        sealed = ""
        if facts is not None:
            sealed = self.seal().close(entry.message_id, facts.encode(), self.nonce())
        self.store.keep(entry.message_id, entry.received_at, sorted(marks), sealed)

    def find(self, text: str, kinds: Collection[Term], *, limit: int) -> Found:
        """The messages of which ``text`` is a whole term of one of ``kinds``, at most ``limit``. A
        name is read as it stands, and without the civil titles before it.
        """
        met: dict[tuple[str, str], list[Term]] = {}
        complete = True
        for kind in _possible(text):
            if kind not in kinds:
                continue
            places: set[tuple[str, str]] = set()
            for term in _readings(kind, text):
                placed = self.store.find(self._mark(kind, term), limit=limit + 1)
                complete = complete and len(placed) <= limit
                places.update(placed)
            for place in places:
                met.setdefault(place, []).append(kind)
        ordered = sorted(met, reverse=True)
        return Found(
            {message_id: tuple(met[at, message_id]) for at, message_id in ordered[:limit]},
            complete and len(ordered) <= limit,
        )

    def facts(self, message_ids: Collection[str]) -> dict[str, ExamFacts]:
        """The facts of these messages, of those that have any. Facts that do not open (moved,
        changed, or of another secret) are not shown.
        """
        found = self.store.sealed(message_ids) if message_ids else {}
        opened = {one: self.seal().open(one, sealed) for one, sealed in found.items()}
        return {one: ExamFacts.decode(data) for one, data in opened.items() if data is not None}

    def _mark(self, kind: Term, text: str) -> str:
        said = "\x1f".join(("search", kind, text)).encode()
        return hmac.new(self.secret(), said, hashlib.sha256).hexdigest()[:32]


def normal(kind: Term, text: str) -> str:
    """``text`` as a term of that kind is kept: names without accents, case and order of words."""
    if kind is Term.NAME:
        return " ".join(sorted(plain_name(text).split()))
    return text.strip() if kind in _AS_WRITTEN else "".join(text.split()).upper()


def _readings(kind: Term, text: str) -> frozenset[str]:
    """The terms of that kind that the text may be."""
    read = readings(text) if kind is Term.NAME else (text,)
    return frozenset(normal(kind, one) for one in read)


def _possible(text: str) -> tuple[Term, ...]:
    """The kinds of terms that the text may be. No form of a number tells its kind: an accession
    number may look like a UID."""
    plain = "".join(text.split()).upper()
    kinds: tuple[Term, ...] = _NUMBERS
    if _SHOWN_ID.fullmatch(text.strip()):
        kinds = (*kinds, Term.PUBLICATION)
    if _UID.fullmatch(plain):
        return (Term.STUDY, *kinds)
    if _INS.fullmatch(plain):
        return (Term.INS, *kinds)
    return (Term.NAME, *kinds) if plain_name(text) else kinds


def _terms(message: Message | SiteAcceptedMessage) -> Iterator[tuple[Term, str]]:
    """The terms of a message, as they are kept."""
    for kind, text in _said(message):
        yield kind, normal(kind, text)


def _said(message: Message | SiteAcceptedMessage) -> Iterator[tuple[Term, str]]:
    match message:
        case ReportMessage(report=report):
            document = report.document
            yield Term.CONTROL_ID, report.header.control_id
            yield from _of_patient(document.patient)
            for order in document.orders:
                yield Term.ACCESSION, order.accession.extension
                yield Term.ORDER, order.placer.extension
            for exam in document.exams:
                yield Term.STUDY, exam.study_instance_uid
        case SiteAcceptedMessage(header=header):
            yield Term.CONTROL_ID, header.control_id
        case OrderChangeMessage(order=order) | RepairMessage(order=order):
            yield Term.CONTROL_ID, order.header.control_id
            yield Term.INS, order.patient.value
            for study in order.studies:
                yield Term.STUDY, study
        case RejectionNoteMessage():
            for study in message.studies:
                yield Term.STUDY, study
        case WithdrawalMessage(order=order):
            yield Term.STUDY, order.study_instance_uid
        case _:
            assert_never(message)


def _of_patient(patient: Patient) -> Iterator[tuple[Term, str]]:
    """The patient's terms: each name alone, and with each first name beside it."""
    yield Term.INS, patient.ins.value
    for local in patient.local_ids:
        yield Term.IPP, local.extension
    for family in (patient.birth_family, patient.used_family):
        if not family:
            continue
        yield Term.NAME, family
        for given in (patient.birth_given, patient.birth_givens, patient.used_given):
            yield Term.NAME, f"{family} {given}"


def _facts(report: Report) -> ExamFacts:
    document, patient = report.document, report.document.patient
    starts = (exam.period.low for exam in document.exams)
    return ExamFacts(
        patient=f"{patient.birth_family} {patient.birth_given}".strip(),
        birth_date=patient.birth_date,
        accessions=_once(order.accession.extension for order in document.orders),
        modalities=_once(one.code for exam in document.exams for one in exam.modalities),
        days=_once(f"{start:%Y%m%d}" for start in starts if start is not None),
    )


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
