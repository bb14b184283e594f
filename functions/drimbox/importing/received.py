"""The patient whom a manifest and an image name, beside the call's: identical, or no import.

A viewer may show an image whose used name differs. A PACS keeps it under somebody's identifier: so
every trait must be there and be the same, and nobody guesses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.identity.traits import plain_name
from functions.drimbox.manifest.read import TAG, codec_of, read_key_objects
from functions.drimbox.reading.pixel_patient import patient_of
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.consultation.context import CallContext

_NAME, _ID, _ISSUER, _QUALIFIERS = "00100010", "00100020", "00100021", "00100024"
_UNIVERSAL: Final = "00400032"
_SEXES: Final = frozenset("MF")
MAX_MANIFEST: Final = 32 * 1024 * 1024


@frozen
class Received:
    """The traits as they came, "" for one that is not there; ``ins`` are matricules with their
    OIDs. ``identifier`` is the other site's own (IPP), ``issuer`` its name or OID."""

    family: str
    given: str
    birth_date: str
    sex: str
    ins: frozenset[tuple[str, str]]
    identifier: str = ""
    issuer: str = ""

    def __repr__(self) -> str:
        return "Received(…)"


def of_image(header: Mapping[str, Any]) -> Received:
    """The patient of an image, from its header as DICOM JSON (PS3.18 F.2)."""
    patient = patient_of(header)
    name = _first(header, _NAME)
    written = str(name.get("Alphabetic", "")) if isinstance(name, dict) else ""
    issuers = _first(header, _QUALIFIERS)
    oid = _first(issuers, _UNIVERSAL) if isinstance(issuers, dict) else ""
    return Received(
        *_name(written),
        birth_date=patient.birth_date,
        sex=patient.sex,
        ins=patient.ins,
        identifier=_text(_first(header, _ID)),
        issuer=_text(_first(header, _ISSUER)) or _text(oid),
    )


def of_manifest(data: bytes) -> Received:
    """The patient of a manifest that ``manifest.read`` has read before."""
    root = read_key_objects(data, max_bytes=MAX_MANIFEST)
    codec = codec_of(root)
    issuers = root.items(TAG["IssuerOfPatientIDQualifiersSequence"])
    oid = "".join(one.text(TAG["UniversalEntityID"]) for one in issuers[:1])
    return Received(
        *_name(root.text(TAG["PatientName"], codec)),
        birth_date=root.text(TAG["PatientBirthDate"]),
        sex=root.text(TAG["PatientSex"]).upper(),
        ins=frozenset({(root.text(TAG["PatientID"], codec), oid)} if oid else ()),
    )


def differing(found: Received, context: CallContext) -> tuple[str, ...]:
    """The traits that are not the call's: ``name``, ``birth_date``, ``sex``, ``ins``.

    A trait that is not told differs. An INS alone may be missing: the manifest names it.
    """
    ours = (context.ins.value, str(context.ins.oid))
    same = {
        "name": _same_name(found, context),
        "birth_date": found.birth_date == context.birth_date,
        "sex": found.sex == context.sex or not {found.sex, context.sex} & _SEXES,
        "ins": not found.ins or ours in found.ins,
    }
    return tuple(name for name, agrees in same.items() if not agrees)


def _same_name(found: Received, context: CallContext) -> bool:
    """The birth name, and the first birth given name at the head of the given names."""
    given, ours = plain_name(found.given).split(), plain_name(context.birth_given).split()
    family = plain_name(found.family) == plain_name(context.birth_family)
    return family and bool(ours) and given[: len(ours)] == ours


def _name(written: str) -> tuple[str, str]:
    family, given, *_ = [*written.split("^"), ""]
    return family.strip(), given.strip()


def _first(attributes: Mapping[str, Any], tag: str) -> Any:
    element = attributes.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values[0] if isinstance(values, list) and values else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
