"""One object as it is stored in the site's PACS: under the local patient, with its origin kept.

PatientID and its issuer become the call's local pair. The former values stand in Original
Attributes Sequence (PS3.3 C.12.1.1.9), and with the INS in Other Patient IDs Sequence. The
accession number stays that of the other site, and tells its issuer. Everything else, pixels and
UIDs above all, keeps its bytes: they are copied, never read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.importing.charset import CharacterSet, character_set
from functions.drimbox.importing.elements import (
    Head,
    head_of,
    item,
    items_of,
    sequence,
    value_of,
    written,
)
from functions.drimbox.manifest.elements import EXPLICIT_LE, read_elements
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.importing.local_patient import LocalPatient
    from functions.drimbox.manifest.elements import Buffer

_CHARACTER_SET: Final = 0x00080005
_ACCESSION, _ACCESSION_ISSUER = 0x00080050, 0x00080051
_ID, _ISSUER, _QUALIFIERS, _OTHER_IDS = 0x00100020, 0x00100021, 0x00100024, 0x00101002
_TYPE: Final = 0x00100022
_LOCAL_ENTITY, _UNIVERSAL, _UNIVERSAL_TYPE = 0x00400031, 0x00400032, 0x00400033
_ORIGINALS, _MODIFIED = 0x04000561, 0x04000550
_AT, _SYSTEM, _SOURCE, _REASON = 0x04000562, 0x04000563, 0x04000564, 0x04000565
# The attributes whose former values are kept; the order is that of their tags.
_COERCED: Final = (_ID, _ISSUER, _QUALIFIERS, _OTHER_IDS)
# Group lengths, retired (PS3.5 7.2), of the groups that change: they would be wrong.
_GROUP_LENGTHS: Final = frozenset((0x00080000, 0x00100000, 0x04000000))
_LONGEST: Final = 64
_CHUNK: Final = 1024 * 1024


@frozen
class Coercion:
    """The change of every object of one exam.

    ``source`` names the site that made it, ``system`` this gateway: both at most 64 characters.
    ``accession_issuer`` is the OID of the other site's accession numbers, "" where the manifest
    does not tell it; ``source_id`` names the site then. ``at`` is aware.
    """

    patient: LocalPatient
    ins: Ins
    source: str
    source_id: str
    accession_issuer: str
    system: str
    at: datetime


@frozen
class Coerced:
    """The object's new bytes: pieces of our own, and ranges (offset, size) of the former ones."""

    pieces: tuple[bytes | tuple[int, int], ...]

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(len(one) if isinstance(one, bytes) else one[1] for one in self.pieces)

    def chunks(self, read: Callable[[int, int], bytes]) -> Iterator[bytes]:
        """The bytes, at most 1 MiB at once; ``read`` gives a range of the former object."""
        for one in self.pieces:
            if isinstance(one, bytes):
                yield one
                continue
            offset, size = one
            for at in range(offset, offset + size, _CHUNK):
                yield read(at, min(_CHUNK, offset + size - at))


def coerce(data: Buffer, coercion: Coercion) -> Coerced:
    """The object in ``data``: Part 10, Explicit VR Little Endian or with compressed pixels.

    Raises Malformed for an object whose head cannot be read without doubt.
    """
    head = head_of(data)
    texts = (coercion.patient.namespace, coercion.source)
    charset = character_set(data, head, texts, head.find(_CHARACTER_SET))
    new = _new_elements(data, head, coercion, charset)
    return Coerced(tuple(_merged(head, new, len(data))))


def _new_elements(
    data: Buffer, head: Head, coercion: Coercion, charset: CharacterSet
) -> dict[int, bytes]:
    """The elements of the top level that are new or replace one; b"" only removes."""
    patient = coercion.patient
    new: dict[int, bytes] = dict.fromkeys(_GROUP_LENGTHS, b"")
    if charset.declared:
        declared = charset.declared.encode("ascii")
        new[_CHARACTER_SET] = written(_CHARACTER_SET, b"CS", declared)
    if value_of(data, head.find(_ACCESSION)).strip(b" \0") and not items_of(
        data, head.find(_ACCESSION_ISSUER)
    ):
        new[_ACCESSION_ISSUER] = sequence(_ACCESSION_ISSUER, _accession_issuer(coercion))
    new[_ID] = written(_ID, b"LO", patient.identifier.encode("ascii"))
    namespace = charset.encode(patient.namespace)
    new[_ISSUER] = written(_ISSUER, b"LO", namespace) if namespace else b""
    universal = patient.universal
    new[_QUALIFIERS] = sequence(_QUALIFIERS, _entity(universal)) if universal else b""
    new[_OTHER_IDS] = sequence(_OTHER_IDS, _other_ids(data, head, coercion))
    before = items_of(data, head.find(_ORIGINALS))
    new[_ORIGINALS] = sequence(_ORIGINALS, before + _original(data, head, coercion, charset))
    return new


def _entity(universal: str) -> bytes:
    return item(
        written(_UNIVERSAL, b"UT", universal.encode("ascii"))
        + written(_UNIVERSAL_TYPE, b"CS", b"ISO")
    )


def _accession_issuer(coercion: Coercion) -> bytes:
    if coercion.accession_issuer:
        return _entity(coercion.accession_issuer)
    return item(written(_LOCAL_ENTITY, b"UT", coercion.source_id.encode("ascii", "ignore")))


def _other_ids(data: Buffer, head: Head, coercion: Coercion) -> bytes:
    """The items that stand there, then the former identifier and the INS, each once."""
    element = head.find(_OTHER_IDS)
    kept = items_of(data, element)
    known = _known(data, head)
    former = value_of(data, head.find(_ID)).strip(b" \0")
    added = b""
    if former:
        issuer = _verbatim(data, head, _ISSUER)
        qualifiers = items_of(data, head.find(_QUALIFIERS))
        content = written(_ID, b"LO", former) + issuer + written(_TYPE, b"CS", b"TEXT")
        content += sequence(_QUALIFIERS, qualifiers) if qualifiers else b""
        added += item(content)
    ins = coercion.ins
    is_former = (former, _oid_in(data, head)) == (ins.value.encode("ascii"), str(ins.oid))
    if (ins.value, str(ins.oid)) not in known and not is_former:
        added += item(
            written(_ID, b"LO", ins.value.encode("ascii"))
            + written(_ISSUER, b"LO", ins.issuer.encode("ascii"))
            + written(_TYPE, b"CS", b"TEXT")
            + sequence(_QUALIFIERS, _entity(str(ins.oid)))
        )
    return kept + added


def _known(data: Buffer, head: Head) -> set[tuple[str, str]]:
    """The other identifiers that the object has, with the OIDs of their issuers."""
    element = head.find(_OTHER_IDS)
    if element is None:
        return set()
    found = read_elements(
        data,
        element.start,
        EXPLICIT_LE,
        wanted=(_ID, _UNIVERSAL),
        sequences=(_OTHER_IDS, _QUALIFIERS),
        stop=_OTHER_IDS + 1,
    )
    return {
        (one.text(_ID), issuer.text(_UNIVERSAL))
        for one in found.items(_OTHER_IDS)
        for issuer in one.items(_QUALIFIERS)
    }


def _oid_in(data: Buffer, head: Head) -> str:
    element = head.find(_QUALIFIERS)
    if element is None:
        return ""
    found = read_elements(
        data,
        element.start,
        EXPLICIT_LE,
        wanted=(_UNIVERSAL,),
        sequences=(_QUALIFIERS,),
        stop=_QUALIFIERS + 1,
    )
    return "".join(one.text(_UNIVERSAL) for one in found.items(_QUALIFIERS)[:1])


def _original(data: Buffer, head: Head, coercion: Coercion, charset: CharacterSet) -> bytes:
    """One item: the former values as they stood, the gateway, the time and the reason."""
    former = b"".join(_verbatim(data, head, tag) for tag in _COERCED)
    if head.find(_ID) is None:
        former = written(_ID, b"LO", b"") + former
    moment = coercion.at.strftime("%Y%m%d%H%M%S.%f%z").encode("ascii")
    return item(
        sequence(_MODIFIED, item(former))
        + written(_AT, b"DT", moment)
        + written(_SYSTEM, b"LO", charset.encode(coercion.system)[:_LONGEST])
        + written(_SOURCE, b"LO", _cut(coercion.source, charset))
        + written(_REASON, b"CS", b"COERCE")
    )


def _cut(text: str, charset: CharacterSet) -> bytes:
    return charset.encode(text.replace("\\", " ")[:_LONGEST])


def _verbatim(data: Buffer, head: Head, tag: int) -> bytes:
    """The element as it stands, b"" when it is absent."""
    element = head.find(tag)
    return b"" if element is None else bytes(data[element.start : element.end])


def _merged(head: Head, new: dict[int, bytes], size: int) -> Iterator[bytes | tuple[int, int]]:
    """Our elements at their places among the others, which are ranges of the former bytes."""
    waiting = sorted(tag for tag, content in new.items() if content)
    at = 0
    for element in head.elements:
        ours = b""
        while waiting and waiting[0] <= element.tag:
            ours += new[waiting.pop(0)]
        if not ours and element.tag not in new:
            continue
        if element.start > at:
            yield at, element.start - at
        if ours:
            yield ours
        at = element.end if element.tag in new else element.start
    if head.end > at:
        yield at, head.end - at
    if waiting:
        yield b"".join(new[tag] for tag in waiting)
    if size > head.end:
        yield head.end, size - head.end
