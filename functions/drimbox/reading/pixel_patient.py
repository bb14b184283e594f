"""The patient whom an image names, beside the patient of the page.

Sites write a person in several ways: another letter case, the used name beside the birth name. A
national identity decides where there is one. A birth date, a sex or, without it, names that
contradict the page's mean another person, and nothing of the series is shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.identity.ins import is_ins_oid
from functions.drimbox.identity.traits import plain_name
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from functions.drimbox.consultation.context import CallContext

_NAME, _ID, _BIRTH_DATE, _SEX = "00100010", "00100020", "00100030", "00100040"
_BIRTH_NAME, _OTHER_NAMES, _OTHER_IDS = "00101005", "00101001", "00101002"
_ISSUER, _UNIVERSAL = "00100024", "00400032"
# The attributes that tell whose an image is.
TRAITS: Final = frozenset(
    int(tag, 16)
    for tag in (_NAME, _ID, _BIRTH_DATE, _SEX, _BIRTH_NAME, _OTHER_NAMES, _OTHER_IDS, _ISSUER)
)
_DAY: Final = 8
_KNOWN_SEXES: Final = frozenset("MF")


class Identity(StrEnum):
    """Whether the images are the page's patient's. ``UNKNOWN``: they do not say whose they are."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@frozen
class PixelPatient:
    """The traits in an image's header: "" or empty for one that it does not have.

    ``names`` are (family, given) in any order; ``ins`` the matricules with their OIDs.
    """

    names: tuple[tuple[str, str], ...] = ()
    birth_date: str = ""
    sex: str = ""
    ins: frozenset[tuple[str, str]] = frozenset()

    def __repr__(self) -> str:
        return "PixelPatient(…)"


def patient_of(header: Mapping[str, Any]) -> PixelPatient:
    """The patient of an image, from its header as DICOM JSON (PS3.18 F.2)."""
    names = [one for tag in (_NAME, _BIRTH_NAME, _OTHER_NAMES) for one in _people(header, tag)]
    return PixelPatient(
        names=tuple(dict.fromkeys(names)),
        birth_date=_text(header, _BIRTH_DATE),
        sex=_text(header, _SEX).upper(),
        ins=frozenset(_national(header)),
    )


def compare(found: PixelPatient, context: CallContext) -> Identity:
    """The image's patient beside the page's.

    DIFFERS: another INS, birth date or sex; or, without an INS, no name in common. AGREES: the same
    INS; or the same birth date, family name and given name. UNKNOWN: the image tells less, or one
    name alone is in common: a used name, or a twin's.
    """
    ours = (context.ins.value, str(context.ins.oid))
    if found.ins and ours not in found.ins:
        return Identity.DIFFERS
    dated = _same(found.birth_date, context.birth_date, _is_day)
    sexed = _same(found.sex, context.sex, _is_sex)
    if dated is False or sexed is False:
        return Identity.DIFFERS
    if found.ins:
        return Identity.AGREES
    named = {
        _in_common(context.birth_family, (family for family, _ in found.names)),
        _in_common(context.birth_given, (given for _, given in found.names)),
    }
    if found.names and True not in named:
        return Identity.DIFFERS
    return Identity.AGREES if dated and named == {True} else Identity.UNKNOWN


def told(found: PixelPatient) -> dict[str, str]:
    """The traits as a page shows them beside its own."""
    family, given = (*found.names, ("", ""))[0]
    name = f"{family} {given}".strip()
    return {"name": name, "birth_date": found.birth_date, "sex": found.sex}


def _in_common(ours: str, theirs: Iterable[str]) -> bool:
    words = _words(ours)
    return any(words & _words(one) for one in theirs)


def _words(name: str) -> frozenset[str]:
    return frozenset(plain_name(name).split())


def _same(one: str, other: str, known: Callable[[str], bool]) -> bool | None:
    return one == other if known(one) and known(other) else None


def _is_day(text: str) -> bool:
    """A whole date: neither empty nor one whose day is not known."""
    return len(text) == _DAY and text.isdigit() and "00" not in {text[4:6], text[6:]}


def _is_sex(text: str) -> bool:
    return text in _KNOWN_SEXES


def _people(header: Mapping[str, Any], tag: str) -> Iterator[tuple[str, str]]:
    for one in _values(header, tag):
        parts = [*str(one.get("Alphabetic", "")).split("^"), ""] if isinstance(one, dict) else []
        if parts and (parts[0].strip() or parts[1].strip()):
            yield parts[0].strip(), parts[1].strip()


def _national(header: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The national identities: the image's own identifier, and its other ones."""
    for item in (header, *(i for i in _values(header, _OTHER_IDS) if isinstance(i, dict))):
        for issuer in _values(item, _ISSUER):
            oid = _text(issuer, _UNIVERSAL) if isinstance(issuer, dict) else ""
            if is_ins_oid(oid) and (value := _text(item, _ID)):
                yield value, oid


def _text(item: Mapping[str, Any], tag: str) -> str:
    value = (*_values(item, tag), "")[0]
    return value.strip() if isinstance(value, str) else ""


def _values(item: Mapping[str, Any], tag: str) -> list[Any]:
    element = item.get(tag)
    found = element.get("Value") if isinstance(element, dict) else None
    return found if isinstance(found, list) else []
