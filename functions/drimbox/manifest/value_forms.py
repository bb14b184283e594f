"""The exact forms that the texts of a manifest take, and how a value is made to fit its VR."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.identity.parties import Organisation, Patient
    from functions.drimbox.study.index import SeriesIndex

_LO: Final = 64
_PN: Final = 64
# Institution as an HL7 XON: name in component 1, structure's identifier in component 10.
_XON: Final = "^" * 9
_NOT_IN_LO: Final = "\\"
_NOT_IN_XON: Final = "\\^"
_NOT_IN_PN: Final = "\\^="
_CONTROLS: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def clean(value: str, forbidden: str = "") -> str:
    """``value`` on one line, composed (NFC), with control and ``forbidden`` characters as spaces.

    Composition matters: a decomposed "é" would not fit Latin-1. A backslash separates values and
    a caret components in DICOM, so a free text must not bring its own.
    """
    kept = (
        " " if char in forbidden or unicodedata.category(char) in _CONTROLS else char
        for char in unicodedata.normalize("NFC", value)
    )
    return " ".join("".join(kept).split())


def fits_as_is(value: str) -> bool:
    """True when an identifier has no character that SH and LO forbid (PS3.5 6.2)."""
    return not any(c == "\\" or unicodedata.category(c) in _CONTROLS for c in value)


def long_string(value: str, limit: int = _LO) -> str:
    """A description as LO (or SH with ``limit`` 16): cleaned, and cut where it is too long."""
    return clean(value, _NOT_IN_LO)[:limit].rstrip()


def paragraph(value: str) -> str:
    """A free text of several lines: each cleaned, separated by LF."""
    return "\n".join(clean(line) for line in value.splitlines()).strip("\n")


def institution(organisation: Organisation) -> str:
    """``<name>^^^^^^^^^<structure id>``: the name gives way so that the identifier stays whole."""
    tail = _XON + organisation.structure_id
    return clean(organisation.name, _NOT_IN_XON)[: _LO - len(tail)].rstrip() + tail


def person_name(family: str, given: str) -> str:
    """``family^given`` without trailing caret, at most the 64 characters of a PN group."""
    name = f"{clean(family, _NOT_IN_PN)}^{clean(given, _NOT_IN_PN)}"
    return name[:_PN].rstrip(" ^")


def other_names(patient: Patient) -> str:
    """OtherPatientNames: every birth given name, then the used name when there is one.

    ``^A B`` · ``^A B\\USED`` · ``^A B\\USED^U`` · ``^A B\\^U``.
    """
    used = person_name(patient.used_family, patient.used_given)
    births = person_name("", patient.birth_givens)
    return f"{births}\\{used}" if used else births


def sex(value: str) -> str:
    """PatientSex: M, F or O; an undetermined sex is empty (type 2)."""
    return value if value in {"M", "F", "O"} else ""


def calendar_date(value: str) -> str:
    """A DA when ``value`` is a whole calendar date, else empty: DA cannot hold a part of a date."""
    if len(value) != 8 or not (value.isascii() and value.isdigit()):
        return ""
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return ""
    return value


def time_of_day(value: str) -> str:
    """A TM (``HH[MM[SS[.f]]]``) when ``value`` is one, else empty."""
    digits, _, fraction = value.partition(".")
    if not (digits + fraction).isdigit() or not value.isascii() or len(fraction) > 6:
        return ""
    if len(digits) not in {2, 4, 6} or (fraction and len(digits) != 6):
        return ""
    hour, minute, second = (int(digits[i : i + 2] or "0") for i in (0, 2, 4))
    try:
        time(hour, minute, min(second, 59))
    except ValueError:
        return ""
    return value if second <= 60 else ""


def utc_offset(at: datetime) -> str:
    """TimezoneOffsetFromUTC (``+0200``) of an aware datetime; ValueError when it is naive."""
    offset = at.utcoffset()
    if offset is None:
        raise ValueError("a manifest's time must be aware")
    minutes = round(offset.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def summary(study_description: str, act_label: str, series: Iterable[SeriesIndex]) -> str:
    """The Key Object Description (113012): the exam, the act, one line per series.

    The network's form is ``Série-<uid> : <modality> @<location> : <description>``; the location
    stays empty, as the network's own manifests leave it.
    """
    lines = [f"Examen : {clean(study_description)}", f"Acte = {clean(act_label)}"]
    lines += [
        f"Série-{one.series_instance_uid} : {clean(one.modality)} @ : {clean(one.description)}"
        for one in series
    ]
    return "\n".join(lines) + "\n"
