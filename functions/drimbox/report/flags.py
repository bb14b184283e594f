"""The MetaDMPMSS flags 1 to 6 of a message: masks, secret connection, destination.

They are found by OBX-3, wherever they stand. Nothing that may be one of them is left unread: a flag
that we do not understand refuses the message, and is never taken as absent (decision 0044). Not
looked at, because they mask nothing: the codes 7 to 12 of the same table, and any OBX that neither
resembles the table's name or a flag's code, nor answers yes or no under an unknown nomenclature.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import MessageError
from functions.drimbox.report.conditions import Condition
from functions.drimbox.report.masking import FLAGS
from functions.drimbox.report.model import Visibility

if TYPE_CHECKING:
    from functions.drimbox.report.hl7 import Message
    from functions.drimbox.report.segment import Repetition, Segment

# OBX-3.3 of every flag, in capitals: letters' case is free in codes, systems and values.
SYSTEM: Final = "METADMPMSS"
MAIL_BODY: Final = "CORPSMAIL_"
# Flags 7 to 12: MSSanté's, and receipts that a DRIMbox does not send.
_NOT_OURS: Final = frozenset(
    {
        "DESTMSSANTEPS",
        "DESTMSSANTEPAT",
        "ACK_RECEPTION",
        "ACK_LECTURE_MSS",
        "CORPSMAIL_PS",
        "CORPSMAIL_PATIENT",
    }
)
_CODED: Final = frozenset({"CE", "CWE"})
_YES_NO: Final = {"Y": True, "N": False}
# OBX-5.3: the volet's table, the same under its HL7 number, or none: OBX-3 leaves no other.
_TABLE: Final = "EXPANDEDYES-NOINDICATOR"
_TABLES: Final = frozenset({_TABLE, "HL70136", ""})
_FINAL: Final = "F"

# How a flag may be recognised although its OBX-3 is wrong.
_ANSWERS: Final = frozenset({"Y", "N", "O", "YES", "NO", "OUI", "NON"})
_WHERE: Final = (
    (1, _ANSWERS),
    (2, _ANSWERS),
    (4, _ANSWERS),
    (3, _TABLES - {""}),
    (6, _TABLES - {""}),
)
# OBX-2 of documents, free text, numbers and times: no answer to yes or no.
_NO_ANSWERS: Final = frozenset({"ED", "RP", "TX", "FT", "NM", "SN", "DT", "TM", "TS", "DTM"})
# LOINC and SNOMED CT: their codes are other people's questions.
_NOMENCLATURES: Final = frozenset({"LN", "SCT"})


def _letters(code: str) -> str:
    """Its letters and digits, without accents and in their usual width."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", code)))


_LETTERS: Final = frozenset({*map(_letters, FLAGS), "INVISIBLEREPRESENTANTSLEGAUX"})
_SYSTEM_LETTERS: Final = ("METADMP", "DMPMSS")


def _resembles(code: str, system: str) -> bool:
    letters = _letters(system)
    return _letters(code) in _LETTERS or any(part in letters for part in _SYSTEM_LETTERS)


def read_visibility(message: Message) -> Visibility:
    """The flags of ``message``, all six; said several times, each must say the same.

    Raises the first of the faults of :func:`inspect_visibility`.
    """
    visibility, faults = inspect_visibility(message)
    if visibility is None:
        raise faults[0]
    return visibility


def inspect_visibility(message: Message) -> tuple[Visibility | None, tuple[MessageError, ...]]:
    """The flags, or None and a fault for each OBX that is at fault, and one for all absent flags.

    ``flag_unknown`` (OBX-3), ``flag_type`` (OBX-2), ``flag_value`` and ``flag_missing`` (OBX-5, or
    the OBX that should follow when a flag is absent), ``flag_status`` (OBX-11),
    ``flag_contradiction`` (OBX-5), ``field_repeated``, ``too_many_repetitions``.
    """
    flags: dict[str, bool] = {}
    named: set[str] = set()
    faults: list[MessageError] = []
    segments = message.all("OBX")
    for segment in segments:
        try:
            name = _name(segment)
            if name is None:
                continue
            named.add(name)
            if flags.setdefault(name, value := _value(segment)) is not value:
                raise _contradiction(segment)
        except MessageError as error:
            # The traceback's frames hold parts of the message: they end here.
            faults.append(error.with_traceback(None))
    missing = [code for code, name in FLAGS.items() if name not in named]
    if missing:
        faults.append(
            MessageError(
                "flag_missing",
                location=f"OBX^{len(segments) + 1}",
                condition=Condition.REQUIRED_FIELD,
                detail=f"no OBX for {', '.join(missing)}",
            )
        )
    return None if faults else Visibility(**flags), tuple(faults)


def _contradiction(segment: Segment) -> MessageError:
    return segment.error("flag_contradiction", 5, Condition.OTHER, "a flag says Y and N")


def _name(segment: Segment) -> str | None:
    """The field of Visibility that an OBX sets, None for an OBX that is not looked at."""
    codings = {
        (identifier.whole(code).upper(), identifier.whole(system).upper())
        for identifier in segment.repetitions(3)
        for code, system in ((1, 3), (4, 6))
    } - {("", "")}
    ours = {one for one in codings if _resembles(*one)}
    if not ours and not _answers_unknown(segment, codings):
        return None
    code, system = ours.pop() if len(ours) == 1 else ("", "")
    if system == SYSTEM and code in FLAGS:
        return FLAGS[code]
    if system == SYSTEM and code in _NOT_OURS:
        return None
    raise segment.error(
        "flag_unknown", 3, Condition.TABLE_VALUE, "OBX-3 is not a code of the table MetaDMPMSS"
    )


def _answers_unknown(segment: Segment, codings: set[tuple[str, str]]) -> bool:
    """Whether an OBX answers yes or no to a question that is not understood."""
    if codings and all(code in _NOT_OURS or system in _NOMENCLATURES for code, system in codings):
        return False
    if segment.text(2).upper() in _NO_ANSWERS:
        return False
    return any(
        value.whole(part).upper() in words
        for value in segment.repetitions(5)
        for part, words in _WHERE
    )


def _value(segment: Segment) -> bool:
    if segment.single(2).alone().upper() not in _CODED:
        raise segment.error("flag_type", 2, Condition.DATA_TYPE, "OBX-2 of a flag is CE or CWE")
    if segment.single(11).alone() != _FINAL:
        raise segment.error("flag_status", 11, Condition.TABLE_VALUE, "OBX-11 of a flag is F")
    # There is one at least: OBX-11 follows OBX-5.
    values = {_answer(segment, one) for one in segment.repetitions(5)}
    if len(values) > 1:
        raise _contradiction(segment)
    return values.pop()


def _answer(segment: Segment, value: Repetition) -> bool:
    """Y or N in the first component, of the table; label and alternate must not contradict it."""
    if not value.alone():
        raise segment.error("flag_missing", 5, Condition.REQUIRED_FIELD, "OBX-5 of a flag is empty")
    code, label, alternate = (value.whole(part).upper() for part in (1, 2, 4))
    tables = {value.whole(part).upper() for part in (3, 6)}
    if code not in _YES_NO or not tables <= _TABLES or alternate not in ("", *_YES_NO):
        raise segment.error("flag_value", 5, Condition.TABLE_VALUE, "OBX-5 of a flag is Y or N")
    if {label, alternate} & (_YES_NO.keys() - {code}):
        raise _contradiction(segment)
    return _YES_NO[code]
