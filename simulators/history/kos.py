"""The manifest of an exam: a Part 10 file that holds a Key Object Selection (PS3.3 A.35.4, RAD-68).

Written here in Implicit VR Little Endian: in it an element is its tag, its length and its value, so
that a thousand manifests take a fraction of a second.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from struct import pack
from typing import Final, TypeAlias

from simulators.history.plan import Exam
from simulators.history.series import PlannedSeries, planned_study
from simulators.ris.cases import Traits

KOS_CLASS: Final = "1.2.840.10008.5.1.4.1.1.88.59"
_IMPLICIT_LE: Final = "1.2.840.10008.1.2"
_MAKER: Final = "2.25.194826730574932011"
Value: TypeAlias = "str | Sequence[Elements]"
Elements: TypeAlias = Mapping[int, Value]


def manifest(
    exam: Exam, ins: str, ins_oid: str, traits: Traits, *, uid: str, created: datetime
) -> bytes:
    """The bytes of the manifest ``uid``; the same for the same arguments.

    Every image and series has a UID drawn from the study's: a newer version names the same ones.
    """
    planned = planned_study(exam)
    evidence = [_evidence(one, exam) for one in planned.series]
    content = [item for one in planned.series for item in _content(one)]
    if planned.note is not None:
        note = _KeyObject(*planned.note)
        note.mark(evidence[0], planned.series[0].instances[0])
        evidence.append(note.evidence(exam))
        content.append(note.content())
    lines = [f"Examen : {exam.act.ccam[1]}", f"Acte = {exam.act.ccam[1]}"]
    lines += [
        f"Série-{one.uid} : {one.kind.modality} @ : {one.description}" for one in planned.series
    ]
    description: Elements = {
        0x0040A010: "CONTAINS",
        0x0040A040: "TEXT",
        0x0040A043: _coded("113012", "DCM", "Key Object Description"),
        0x0040A160: "\n".join(lines) + "\n",
    }
    qualifiers: Elements = {0x00400032: ins_oid, 0x00400033: "ISO"}
    day, clock = f"{exam.started:%Y%m%d}", f"{exam.started:%H%M%S}"
    made, made_at = f"{created:%Y%m%d}", f"{created:%H%M%S}"
    return _file(
        uid,
        {
            0x00080005: "ISO_IR 100",
            0x00080012: made,
            0x00080013: made_at,
            0x00080016: KOS_CLASS,
            0x00080018: uid,
            0x00080020: day,
            0x00080021: made,
            0x00080023: made,
            0x00080030: clock,
            0x00080031: made_at,
            0x00080033: made_at,
            0x00080050: "",
            0x00080060: "KO",
            0x00080070: "Simulateur",
            0x00080080: f"{exam.site.name}^^^^^^^^^{exam.site.structure}",
            0x00080090: "",
            0x00080201: f"{exam.started:%z}",
            0x00081030: exam.act.ccam[1][:64],
            0x00081111: [],
            0x00100010: f"{traits.family}^{traits.given}",
            0x00100020: ins,
            0x00100021: "ASIP-SANTE-INS-NIR",
            0x00100024: [qualifiers],
            0x00100030: traits.birth_date,
            0x00100040: traits.sex,
            0x00101001: f"^{traits.givens}",
            0x00101002: [{0x00100020: ins, 0x00100022: "TEXT", 0x00100024: [qualifiers]}],
            0x00104000: traits.birth_place,
            0x0020000D: exam.study,
            0x0020000E: f"2.25.{random.Random(uid).getrandbits(122)}",  # noqa: S311  # no secret
            0x00200010: "",
            0x00200011: "59",
            0x00200013: "1",
            0x0040A040: "CONTAINER",
            0x0040A043: _coded("113030", "DCM", "Manifest"),
            0x0040A050: "SEPARATE",
            0x0040A370: [_request(exam)],
            0x0040A375: [{0x00081115: evidence, 0x0020000D: exam.study}],
            0x0040A504: [{0x00080105: "DCMR", 0x0040DB00: "2010"}],
            0x0040A730: [*content, description],
        },
    )


def _evidence(series: PlannedSeries, exam: Exam) -> dict[int, Value]:
    """The series' item of the evidence, with its RetrieveURL."""
    return {
        0x00080060: series.kind.modality,
        0x00081190: f"{exam.site.images}/studies/{exam.study}/series/{series.uid}",
        0x00081199: [
            {0x00081150: series.kind.sop_class, 0x00081155: uid, 0x00200013: str(number)}
            for number, uid in enumerate(series.instances, start=1)
        ],
        0x0020000E: series.uid,
        0x00200011: str(series.number),
    }


def _content(series: PlannedSeries) -> list[Elements]:
    """The series' items of the document's content."""
    kind = "IMAGE" if series.kind.is_image else "COMPOSITE"
    return [_reference(kind, series.kind.sop_class, uid) for uid in series.instances]


class _KeyObject:
    """A key image note of the study, listed as the national samples do."""

    def __init__(self, series: str, uid: str) -> None:
        self.series, self.uid = series, uid

    def mark(self, series: dict[int, Value], instance: str) -> None:
        """Say at the image that the note designates it."""
        marked: Elements = {
            0x00081155: self.uid,
            0x0020000E: self.series,
            0x0040A043: _coded("113000", "DCM", "Of Interest"),
            0x0040A730: [{0x0040A160: "Image clé"}],
        }
        items = series[0x00081199]
        series[0x00081199] = [
            {**item, 0x00081199: [marked]} if item[0x00081155] == instance else item
            for item in items
            if not isinstance(item, str)
        ]

    def evidence(self, exam: Exam) -> dict[int, Value]:
        """The note's own series."""
        return {
            0x00080060: "KO",
            0x00081190: f"{exam.site.images}/studies/{exam.study}/series/{self.series}",
            0x00081199: [{0x00081150: KOS_CLASS, 0x00081155: self.uid, 0x00200013: "1"}],
            0x0020000E: self.series,
            0x00200011: "99",
        }

    def content(self) -> Elements:
        """The item of the document's content."""
        return _reference("COMPOSITE", KOS_CLASS, self.uid)


def _request(exam: Exam) -> Elements:
    def issued_by(oid: str) -> Sequence[Elements]:
        return [{0x00400032: oid, 0x00400033: "ISO"}]

    return {
        0x00080050: exam.accession,
        0x00080051: issued_by(exam.site.accession_issuer),
        0x00081110: [],
        0x0020000D: exam.study,
        0x00321060: "",
        0x00321064: [],
        0x00400026: issued_by(exam.site.order_issuer),
        0x00401001: "",
        0x00402016: exam.order,
        0x00402017: "",
    }


def _reference(kind: str, sop_class: str, uid: str) -> Elements:
    return {
        0x00081199: [{0x00081150: sop_class, 0x00081155: uid}],
        0x0040A010: "CONTAINS",
        0x0040A040: kind,
    }


def _coded(code: str, scheme: str, meaning: str) -> Sequence[Elements]:
    return [{0x00080100: code, 0x00080102: scheme, 0x00080104: meaning}]


# UI values are padded with a NUL, all others with a space (PS3.5 6.2).
_UIDS: Final = frozenset({0x00080016, 0x00080018, 0x00081150, 0x00081155, 0x0020000D, 0x0020000E})


def _element(tag: int, value: Value) -> bytes:
    if isinstance(value, str):
        raw = value.encode("latin-1", "replace")
        if len(raw) % 2:
            raw += b"\0" if tag in _UIDS else b" "
    else:
        raw = b"".join(_item(one) for one in value)
    return pack("<HHL", tag >> 16, tag & 0xFFFF, len(raw)) + raw


def _item(elements: Elements) -> bytes:
    raw = b"".join(_element(tag, elements[tag]) for tag in sorted(elements))
    return pack("<HHL", 0xFFFE, 0xE000, len(raw)) + raw


def _file(uid: str, elements: Elements) -> bytes:
    """Preamble, prefix, group 0002 in Explicit VR Little Endian (PS3.10 7.1), the elements."""
    meta = b"\x02\x00\x01\x00OB\x00\x00\x02\x00\x00\x00\x00\x01"
    for number, text in ((2, KOS_CLASS), (3, uid), (16, _IMPLICIT_LE), (18, _MAKER)):
        raw = text.encode()
        raw += b"\0" * (len(raw) % 2)
        meta += pack("<HH2sH", 2, number, b"UI", len(raw)) + raw
    group = pack("<HH2sHL", 2, 0, b"UL", 4, len(meta)) + meta
    body = b"".join(_element(tag, elements[tag]) for tag in sorted(elements))
    return bytes(128) + b"DICM" + group + body
