"""Check a message without sending it: the answer that it would get, and the publication that would
follow.

The acknowledgement is made by the very code that receives messages, at a desk that keeps nothing:
it sees earlier messages, and stores, queues and records nothing. Neither the PACS nor the DMP is
asked: facts that depend on them (the study's images, the order that they answer) are not known
here. The studies' records tell what the gateway has published so far.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, Protocol

from functions.drimbox.dmp import metadata
from functions.drimbox.errors import Held, MessageError, NotHl7
from functions.drimbox.feed_check.fault_values import Seen, look
from functions.drimbox.feed_check.holds import Hold, holds_of
from functions.drimbox.feed_check.identity import SendingIdentity, sending_identity
from functions.drimbox.feed_check.turn import ENDS, HOLDS, foresee
from functions.drimbox.publication.match_images import exam_of
from functions.drimbox.publication.receive import Desk, receive
from functions.drimbox.publication.sharing_rules import ignored_sender, not_shared
from functions.drimbox.report.header import read_header
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.report.order_change import (
    OrderChange,
    inspect_order_change,
    is_order_change,
)
from functions.drimbox.report.reading import Reading, inspect
from functions.drimbox.report.segment import Segment
from functions.drimbox.values import frozen
from functions.drimbox.wording.accepted_values import ACCEPTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from functions.drimbox.identity.certificate_findings import FoundCertificates
    from functions.drimbox.identity.parties import Code
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Clock
    from functions.drimbox.publication.record import Admission, StudyRecord
    from functions.drimbox.publication.refused import RefusedMessage
    from functions.drimbox.report.model import Exam, MessageHeader, Order, Report
    from functions.drimbox.tenants.model import Structure, Tenant
    from functions.drimbox.wording.text import Text

# A report has one order and a code or two of each kind; more are not worked out.
MAX_ORDERS: Final = 20
MAX_CODES: Final = 50


class Inbox(Protocol):
    """The messages received earlier, read-only."""

    def get(self, key: str) -> bytes | None:
        """The object's bytes, None when absent; StorageUnavailable."""
        ...


class Records(Protocol):
    """The studies' records, read-only."""

    def get(self, study_instance_uid: Uid) -> StudyRecord:
        """The record; one of revision 0 when the study was never seen. StorageUnavailable."""
        ...


@frozen
class Fault:
    """One fault. ``location`` is ERR-2, ``condition`` ERR-3 (table 0357, 0 without an
    acknowledgement), ``application_code`` ERR-5 or ""; ``detail`` names a field, never its value.

    ``answered``: it is the one that the acknowledgement names. ``value``: the message's own, at
    that place; ``accepted``: those that may stand there (``fault_values``).
    """

    code: str
    location: str
    condition: int
    application_code: str
    detail: str
    answered: bool
    value: str | None = None
    accepted: Text | None = None

    def __repr__(self) -> str:
        return f"Fault({self.code!r}, {self.location!r})"


@frozen
class Answer:
    """The answer that the sender would get: HTTP ``status``; MSA-1 and the bytes, both empty when
    not 200.
    """

    status: Literal[200, 400]
    code: Literal["AA", "AE", "AR", ""]
    ack: bytes = b""


@frozen
class Study:
    """The publication that would follow for one study.

    ``references``: (accession number, referenceIdList) for each order that the images may answer;
    the PACS tells which. ``hold``: the first reason for which it would be held, None when the check
    sees none.
    """

    study_instance_uid: Uid
    event_codes: tuple[Code, ...]
    references: tuple[tuple[str, tuple[str, ...]], ...]
    hold: Held | None


@frozen
class Publication:
    """The outcome of the message if it were sent.

    ``unpublished``: the code of the obstacle to any publication (``message_faults.UNPUBLISHED``;
    ``studies`` is then empty; where each study ends without a change, the code of the first), or
    "". ``studies``: without those of which nothing would be sent. ``structure``: the one whose
    certificates would be used, None when the tenant does not declare it; ``identity`` gives the
    reason. A withdrawal publishes nothing: it withdraws its studies.

    ``holds``: every reason for which the report itself would hold its studies, each with them; also
    where nothing would be published now, unless the message or its sender is never published.
    """

    unpublished: str
    confidentiality: tuple[Code, ...] = ()
    structure: Structure | None = None
    studies: tuple[Study, ...] = ()
    identity: SendingIdentity | None = None
    holds: tuple[tuple[Hold, tuple[Uid, ...]], ...] = ()


@frozen
class Check:
    """The outcome of a check. ``header`` is None when there is no readable MSH.

    ``faults``: the answered one first, then the others, at most one of each part. ``order_change``:
    the content of an OMI^O23, which holds no report.
    """

    answer: Answer
    faults: tuple[Fault, ...]
    header: MessageHeader | None
    reading: Reading
    publication: Publication
    order_change: OrderChange | None = None

    def __repr__(self) -> str:
        return f"Check({self.answer.code or self.answer.status}, {len(self.faults)} faults)"


def check_message(
    raw: bytes,
    certificate_subject: str,
    *,
    tenant: Tenant,
    inbox: Inbox,
    records: Records,
    certificates: FoundCertificates,
    clock: Clock,
) -> Check:
    """Check one message (HL7 v2, bytes as they would be sent), for any bytes whatever.

    ``certificate_subject`` is that of the caller's client certificate (RFC 4514): the answer is the
    one that this caller would get now. Raises nothing of its own.
    """
    try:
        header = read_header(raw)
        reading, order = _read(raw, header)
    except NotHl7 as error:
        return Check(
            Answer(400, ""),
            (_without_msh(error),),
            None,
            Reading(()),
            Publication("not_accepted"),
        )
    desk = _Desk(inbox)
    reception = receive(raw, certificate_subject, Desk(tenant, desk, desk, desk, clock, desk))
    answer = Answer(200, reception.code, reception.ack)

    seen = partial(look, raw, reading.document, tenant, certificate_subject)
    return Check(
        answer,
        _with_values(_faults(answer, header, reading), seen),
        header,
        reading,
        _publication(
            answer,
            reading,
            order,
            tenant,
            certificates,
            turn=lambda report, uid: foresee(
                records.get(uid), report, tenant.time_zone, clock.now()
            ),
            already_received=desk.known,
        ),
        order,
    )


def _without_msh(error: NotHl7) -> Fault:
    accepted = ACCEPTED[error.code]
    return Fault(error.code, "", 0, "", error.detail, answered=True, accepted=accepted)


def _read(raw: bytes, header: MessageHeader) -> tuple[Reading, OrderChange | None]:
    """As far as the message can be read. Raises NotHl7."""
    if not is_order_change(header):
        return inspect(raw), None
    order, faults = inspect_order_change(raw)
    return Reading(faults), order


class _Desk:
    """Inbox, queue, audit and notes at once: it shows the inbox's objects, and stores nothing."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.known = False

    def get(self, key: str) -> bytes | None:
        found = self._inbox.get(key)
        self.known = self.known or found is not None
        return found

    def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:  # noqa: ARG002
        return True

    def put(self, key: str, data: bytes, content_type: str = "") -> None:
        """Keep nothing."""

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        """Queue nothing."""

    def record(
        self, event: str, *, key: str, result: str, who: str, facts: Mapping[str, str]
    ) -> None:
        """Record nothing: the caller of the check records the check itself."""

    def note(self, refused: RefusedMessage) -> None:
        """Note nothing: a message that is tried was not refused."""

    def keep_last(self, refused: RefusedMessage) -> None:
        """The same: its sender has the answer of the check."""


def _faults(answer: Answer, header: MessageHeader, reading: Reading) -> tuple[Fault, ...]:
    answered = _answered(answer.ack, header)
    others = [_fault(error) for error in reading.faults]
    # The reader's first fault is the answered one, unless another rule came before it.
    told = {(fault.code, fault.location) for fault in answered}
    return (*answered, *(one for n, one in enumerate(others) if n or _place(one) not in told))


def _place(fault: Fault) -> tuple[str, str]:
    return fault.code, fault.location


def _with_values(faults: tuple[Fault, ...], look_again: Callable[[], Seen]) -> tuple[Fault, ...]:
    """The faults with the values at their places; a message without a fault is not read again."""
    if not faults:
        return ()
    seen = look_again()
    return tuple(
        replace(
            one,
            value=seen.value(one.code, one.location, one.detail),
            accepted=seen.accepted(one.code, one.location, one.detail),
        )
        for one in faults
    )


def _answered(ack: bytes, header: MessageHeader) -> tuple[Fault, ...]:
    """The content of the acknowledgement's ERR, empty for AA."""
    lines = ack.decode(header.encoding).split("\r")
    errors = [
        Segment.of(line, 1, header.separators, header.encoding)
        for line in lines
        if line.startswith("ERR")
    ]
    return tuple(
        Fault(
            code=error.text(7),
            location="^".join(error.text(2, part) for part in (1, 2, 3)).rstrip("^"),
            condition=int(error.text(3)),
            application_code=error.text(5),
            detail=error.text(8),
            answered=True,
        )
        for error in errors
    )


def _fault(error: MessageError) -> Fault:
    return Fault(
        code=error.code,
        location=error.location,
        condition=int(error.condition),
        application_code=error.application_code,
        detail=error.detail,
        answered=False,
    )


def _publication(
    answer: Answer,
    reading: Reading,
    order: OrderChange | None,
    tenant: Tenant,
    certificates: FoundCertificates,
    *,
    turn: Callable[[Report, Uid], Admission],
    already_received: bool,
) -> Publication:
    report, draft = reading.report, reading.draft
    holds = _Holds(tenant, draft, certificates) if draft else None
    if answer.code == "AA" and already_received:
        return Publication("already_received", holds=holds.all if holds else ())
    if answer.code == "AA" and order is not None:
        return Publication(ignored_sender(tenant, order.header) or "order_change")
    if answer.code != "AA" or report is None or holds is None:
        return Publication("not_accepted", holds=holds.all if holds else ())
    unpublished = ignored_sender(tenant, report.header) or not_shared(report)
    if unpublished:
        return Publication(unpublished)
    document = report.document
    turns = {uid: turn(report, uid) for uid in holds.by_study}
    ended = [one for one in turns.values() if one in ENDS]
    if ended and len(ended) == len(turns):
        return Publication(str(ended[0]), holds=holds.all)
    return Publication(
        unpublished="",
        confidentiality=confidentiality_codes(report.visibility),
        structure=holds.identity.structure,
        studies=tuple(
            _study(exam_of(document, uid), document.orders[:MAX_ORDERS], holds.by_study[uid], one)
            for uid, one in turns.items()
            if one not in ENDS
        ),
        identity=holds.identity,
        holds=holds.all,
    )


class _Holds:
    """The reasons for which a report would be held: by study, and each with its studies."""

    def __init__(self, tenant: Tenant, report: Report, certificates: FoundCertificates) -> None:
        document = report.document
        self.identity = sending_identity(tenant, report, certificates)
        self.by_study = {
            uid: holds_of(
                tenant, report, _shown(exam_of(document, uid)), document.orders[0], self.identity
            )
            for uid in dict.fromkeys(exam.study_instance_uid for exam in document.exams)
        }
        told = not not_shared(report)
        found: dict[tuple[str, str], tuple[Hold, list[Uid]]] = {}
        for uid, holds in self.by_study.items() if told else ():
            for one in holds:
                found.setdefault((one.held.code, one.held.detail), (one, []))[1].append(uid)
        self.all = tuple((one, tuple(uids)) for one, uids in found.values())


def _shown(exam: Exam) -> Exam:
    return replace(exam, modalities=exam.modalities[:MAX_CODES], regions=exam.regions[:MAX_CODES])


def _study(
    exam: Exam, orders: tuple[Order, ...], holds: tuple[Hold, ...], turn: Admission
) -> Study:
    exam = _shown(exam)
    first = Held(turn.value) if turn in HOLDS else next((one.held for one in holds), None)
    return Study(
        study_instance_uid=exam.study_instance_uid,
        event_codes=metadata.event_codes(exam),
        references=tuple(
            (order.accession.extension, metadata.reference_ids(exam, order)) for order in orders
        ),
        hold=first,
    )
