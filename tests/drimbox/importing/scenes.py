"""A coercion, and objects before and after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import pydicom
from pydicom import Dataset

from functions.drimbox.identity.ins import Ins
from functions.drimbox.importing.coercion import Coercion, coerce
from functions.drimbox.importing.local_patient import LocalPatient
from functions.drimbox.oid import Oid

INS: Final = Ins("279036311318912", Oid("1.2.250.1.213.1.4.10"))
LOCAL: Final = LocalPatient("IPP101", "CLINIQUE", "1.2.250.1.71.4.2.9")
AT: Final = datetime(2026, 11, 29, 14, 0, 0, tzinfo=UTC)
COERCION: Final = Coercion(
    patient=LOCAL,
    ins=INS,
    source="CHU de Poitiers",
    source_id="1860000011",
    accession_issuer="1.2.250.1.71.4.2.5",
    system="DRIMBOX",
    at=AT,
)


def coerced(data: bytes, **changes: Any) -> bytes:
    """The object's new bytes."""
    made = coerce(data, replace(COERCION, **changes))
    whole = b"".join(made.chunks(lambda offset, size: data[offset : offset + size]))
    assert len(whole) == made.size
    return whole


def read(data: bytes) -> Dataset:
    """The object, as pydicom reads it."""
    return pydicom.dcmread(BytesIO(data))
