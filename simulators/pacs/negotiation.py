"""Which transfer syntax a retrieve request accepts (PS3.18 8.7.3 and 8.7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydicom.uid import ExplicitVRLittleEndian

from simulators.pacs.multipart import parameters

_DICOM: Final = "application/dicom"


@dataclass(frozen=True, slots=True)
class Range:
    """An acceptable form. ``transfer_syntax``: a UID, "*" for the stored one."""

    transfer_syntax: str


def dicom_ranges(accept: Sequence[str]) -> tuple[Range, ...]:
    """The multipart/related application/dicom forms that the Accept lines allow.

    No Accept, or ``*/*``, is the default of PS3.18 8.7.3.4: Explicit VR Little Endian.
    """
    texts = [text for line in accept for text in _members(line)] or ["*/*"]
    ranges = []
    for text in texts:
        media_type, found = parameters(text)
        wanted = media_type == "multipart/related" and found.get("type", _DICOM).lower() == _DICOM
        if (wanted or media_type in {"*/*", "multipart/*"}) and _quality(found) > 0:
            ranges.append(Range(found.get("transfer-syntax", str(ExplicitVRLittleEndian))))
    return tuple(ranges)


def accepts_json(accept: Sequence[str]) -> bool:
    """True when the Accept lines allow application/dicom+json."""
    texts = [text for line in accept for text in _members(line)] or ["*/*"]
    types = {parameters(text)[0] for text in texts}
    return bool(types & {"application/dicom+json", "application/json", "application/*", "*/*"})


def satisfied(ranges: Sequence[Range], stored: str) -> bool:
    """True when an object stored in ``stored`` may be sent as it is: nothing is transcoded here."""
    return any(r.transfer_syntax in {"*", stored} for r in ranges)


def _members(line: str) -> list[str]:
    """The members of a comma list; commas inside quotes belong to a member."""
    members, quoted, start = [], False, 0
    for index, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            members.append(line[start:index])
            start = index + 1
    members.append(line[start:])
    return [member.strip() for member in members if member.strip()]


def _quality(found: dict[str, str]) -> float:
    try:
        return float(found.get("q", "1"))
    except ValueError:
        return 1.0
