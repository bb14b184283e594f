"""Studies and facts for the tests of the manifest; every name and number is invented."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pydicom
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian

from functions.drimbox.errors import DrimboxError
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.parties import Identifier, Organisation, Patient
from functions.drimbox.manifest.build import ManifestFacts, build
from functions.drimbox.manifest.read import ManifestUnreadable, read
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.report.model import Order
from functions.drimbox.study.index import (
    KEY_OBJECT_SELECTION,
    InstanceRef,
    KeyImageNote,
    SeriesIndex,
    StudyIndex,
)

CT = Uid("1.2.840.10008.5.1.4.1.1.2")
XA = Uid("1.2.840.10008.5.1.4.1.1.12.1")
ECG = Uid("1.2.840.10008.5.1.4.1.1.9.1.1")
PDF = Uid("1.2.840.10008.5.1.4.1.1.104.1")
KO = Uid(KEY_OBJECT_SELECTION)
LOCAL_ID = "IPP-00471"

PATIENT = Patient(
    ins=Ins("248039263001064", Oid("1.2.250.1.213.1.4.10")),
    local_ids=(Identifier("1.2.3.4.5", LOCAL_ID),),
    birth_family="BÉZIERS-D'ARC",
    birth_given="ZOÉ",
    birth_givens="ZOÉ MARIE",
    used_family="",
    used_given="",
    birth_date="19480321",
    sex="F",
    birth_place="63220",
)

STUDY = StudyIndex(
    study_instance_uid=Uid("1.2.250.9.1.77"),
    patient_id=LOCAL_ID,
    accession_number="ACN-77",
    study_date="20260102",
    study_time="093015.120000",
    description="Scanner thoracique",
    study_id="S77",
    series=(
        SeriesIndex(
            Uid("1.2.250.9.1.77.1"),
            "CT",
            2,
            "Fenêtre médiastinale",
            tuple(
                InstanceRef(CT, Uid(f"1.2.250.9.1.77.1.{number}"), number) for number in (1, 2, 11)
            ),
        ),
        SeriesIndex(
            Uid("1.2.250.9.1.77.2"),
            "XA",
            5,
            "",
            (
                InstanceRef(XA, Uid("1.2.250.9.1.77.2.1"), 1, 24),
                InstanceRef(ECG, Uid("1.2.250.9.1.77.2.2"), None),
                InstanceRef(PDF, Uid("1.2.250.9.1.77.2.3"), 3),
            ),
        ),
        SeriesIndex(
            Uid("1.2.250.9.1.77.9"),
            "KO",
            None,
            "Images clés",
            (InstanceRef(KO, Uid("1.2.250.9.1.77.9.1"), 1),),
        ),
    ),
    key_images=(
        KeyImageNote(
            series_instance_uid=Uid("1.2.250.9.1.77.9"),
            sop_instance_uid=Uid("1.2.250.9.1.77.9.1"),
            title_code="113000",
            title_scheme="DCM",
            title_meaning="Of Interest",
            text="Nodule du lobe supérieur\r\nà contrôler",
            references=(Uid("1.2.250.9.1.77.1.2"), Uid("1.2.250.9.1.77.2.1")),
        ),
    ),
)

FACTS = ManifestFacts(
    study=STUDY,
    patient=PATIENT,
    order=Order(
        placer=Identifier("1.2.840.9.1", "OPN-77"), accession=Identifier("1.2.840.9.2", "ACN-77")
    ),
    act_label="Scanner du thorax ; avec injection",
    institution=Organisation("1012345550", "Centre d'imagerie des Tilleuls"),
    manufacturer="DRIMbox",
    retrieve_base="https://db.example.org/tenants/tilleuls/dicomweb",
    sop_instance_uid=Uid("2.25.77"),
    series_instance_uid=Uid("2.25.78"),
    at=datetime(2026, 1, 3, 8, 5, 9, tzinfo=ZoneInfo("Europe/Paris")),
)


def facts(**changes: Any) -> ManifestFacts:
    """The sample facts with some of them replaced."""
    return replace(FACTS, **changes)


def patient(**changes: Any) -> Patient:
    """The sample patient with some traits replaced."""
    return replace(PATIENT, **changes)


def study(**changes: Any) -> StudyIndex:
    """The sample study with some attributes replaced."""
    return replace(STUDY, **changes)


def large_study(count: int) -> StudyIndex:
    """One CT series of ``count`` objects."""
    uid = Uid("1.2.840.113619.2.55.3.2831168002.786.1467881201.470")
    refs = tuple(InstanceRef(CT, Uid(f"{uid}.{n}"), n) for n in range(1, count + 1))
    return study(series=(SeriesIndex(uid, "CT", 1, "Axiales", refs),), key_images=())


def loaded(of: ManifestFacts) -> pydicom.Dataset:
    return pydicom.dcmread(BytesIO(build(of)))


DATA = build(FACTS)


def rewritten(
    change: Callable[[pydicom.Dataset], None] = lambda root: None,
    *,
    syntax: str = "1.2.840.10008.1.2",
    undefined: bool = False,
) -> bytes:
    """Our manifest, changed and written again by pydicom."""
    root = pydicom.dcmread(BytesIO(DATA))
    change(root)
    if undefined:
        for element in root.iterall():
            if element.VR == "SQ":
                element.is_undefined_length = True
                for item in element.value:
                    item.is_undefined_length_sequence_item = True
    big = syntax == ExplicitVRBigEndian
    root.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntax)
    out = BytesIO()
    pydicom.dcmwrite(
        out,
        root,
        implicit_vr=syntax == "1.2.840.10008.1.2",
        little_endian=not big,
        force_encoding=True,
    )
    return out.getvalue()


def refused(data: bytes, because: str) -> None:
    # Without pytest, which the environment of the fuzzing does not have.
    told: DrimboxError | None = None
    try:
        read(data)
    except ManifestUnreadable as error:
        told = error
    assert told is not None, "it was read"
    assert because in told.detail
    assert told.code == "manifest_unreadable"


def nested(depth: int, *, defined: bool, explicit: bool = False) -> bytes:
    """A manifest with one more ContentSequence, ``depth`` items deep."""
    inner = b""
    for _ in range(depth):
        if defined:
            item = b"\xfe\xff\x00\xe0" + struct.pack("<L", len(inner)) + inner
            tail = b""
            length = len(item)
        else:
            item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff" + inner + b"\xfe\xff\x0d\xe0\0\0\0\0"
            tail = b"\xfe\xff\xdd\xe0\0\0\0\0"
            length = 0xFFFFFFFF
        head = b"\x40\x00\x30\xa7" + (b"SQ\0\0" if explicit else b"") + struct.pack("<L", length)
        inner = head + item + tail
    return (rewritten(syntax=ExplicitVRLittleEndian) if explicit else DATA) + inner
