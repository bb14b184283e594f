"""The HL7 acknowledgement: ACK with MSA and, on a fault, ERR (HL7 v2.5 2.9.2, 2.15.5, 2.15.8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from functions.drimbox.report.conditions import APPLICATION_TEXT, CONDITION_TEXT
from functions.drimbox.report.header import CHARACTER_SETS
from functions.drimbox.report.segment import escape
from functions.drimbox.wording.acknowledged import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.errors import MessageError
    from functions.drimbox.report.model import MessageHeader

_OLDEST_VERSION: Final = "2.5"
_MSH_18: Final = {codec: name for name, codec in reversed(CHARACTER_SETS.items()) if name}


def acknowledge(
    raw_header: MessageHeader,
    *,
    code: Literal["AA", "AE", "AR"],
    at: datetime,
    control_id: str,
    error: MessageError | None,
    sending: tuple[str, str],
) -> bytes:
    """The acknowledgement of the message whose header is ``raw_header``, segments ended by CR.

    It is in the message's version, character set and delimiters, and goes back from ``sending``
    (our application and facility) to its sender; ``control_id`` is our MSH-10, ``at`` our MSH-7.
    With an ``error``, MSA-3 says it in one French sentence (at most 80 characters), ERR-2 is its
    location, ERR-3 and ERR-5 its codes, ERR-4 E, ERR-7 our stable code and ERR-8 its detail, which
    names a field and never quotes one; ERR-8 is never empty. A character that the message's set
    does not have is written ``?``.
    """
    kind, event, _structure = raw_header.event
    answer = ("ACK", event, "ACK") if kind and event else ("ACK",)
    segments: list[list[tuple[str, ...]]] = [
        _msh(raw_header, answer, at, control_id, sending),
        [
            ("MSA",),
            (code,),
            (raw_header.control_id,),
            *([(sentence(error.code),)] if error else []),
        ],
    ]
    if error is not None:
        segments.append(_err(error))
    field, component = raw_header.separators[0], raw_header.separators[1]
    lines = (
        field.join(
            component.join(escape(part, raw_header.separators) for part in parts)
            for parts in segment
        )
        for segment in segments
    )
    # MSH-1 and MSH-2 are the delimiters themselves: written last, never escaped.
    message = "".join(f"{line}\r" for line in lines).replace(
        "MSH", f"MSH{field}{raw_header.separators[1:]}", 1
    )
    return message.encode(raw_header.encoding, errors="replace")


def _msh(
    header: MessageHeader,
    answer: tuple[str, ...],
    at: datetime,
    control_id: str,
    sending: tuple[str, str],
) -> list[tuple[str, ...]]:
    """MSH without MSH-1 and MSH-2: MSH-3 follows the name."""
    return [
        ("MSH",),
        (sending[0],),
        (sending[1],),
        (header.sending_application,),
        (header.sending_facility,),
        (f"{at:%Y%m%d%H%M%S%z}",),
        ("",),
        answer,
        (control_id,),
        (header.processing_id or "P",),
        (header.version or _OLDEST_VERSION,),
        ("",),
        ("",),
        ("",),
        ("",),
        ("FRA",),
        (_MSH_18[header.encoding],),
    ]


def _err(error: MessageError) -> list[tuple[str, ...]]:
    application = (
        (error.application_code, APPLICATION_TEXT.get(error.application_code, ""), "HL70533")
        if error.application_code
        else ("",)
    )
    return [
        ("ERR",),
        ("",),
        tuple(error.location.split("^")),
        (str(int(error.condition)), CONDITION_TEXT.get(error.condition, ""), "HL70357"),
        ("E",),
        application,
        ("",),
        (error.code,),
        (error.detail or CONDITION_TEXT.get(error.condition, "") or error.code,),
    ]
