"""The metadata of a series as DICOM JSON (PS3.18 F), bulk data left out, gzipped."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pydicom import Dataset, dcmread

from functions.drimbox.images.part10 import ObjectFacts
from functions.drimbox.images.pydicom_settings import quiet_pydicom
from functions.drimbox.manifest.elements import Malformed

# Binary values above this size, in bytes, are bulk data: left out, as PS3.18 10.4.1.1.2 allows.
MAX_BINARY_BYTES: Final = 1024
_BINARY: Final = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))


def write_metadata(path: Path, instances: Iterable[tuple[ObjectFacts, Path]]) -> None:
    """Write the attributes of each object (in Explicit VR) as a gzipped JSON array, in order.

    The same instances give the same bytes. When pydicom cannot read an object's attributes, only
    its identifiers are written: its pixels are served all the same.
    """
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file,
    ):
        file.write(b"[")
        separator = b""
        for facts, instance in instances:
            file.write(separator + instance_json(facts, instance))
            separator = b",\n"
        file.write(b"]")


def instance_json(facts: ObjectFacts, path: Path) -> bytes:
    """One object's attributes as DICOM JSON, in UTF-8."""
    try:
        with quiet_pydicom():
            elements = dcmread(path, stop_before_pixels=True)
            _drop_bulk(elements)
            found = _finite(elements.to_json_dict(suppress_invalid_tags=True))
    except Malformed:
        found = _identifiers(facts)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _identifiers(facts: ObjectFacts) -> dict[str, Any]:
    return {
        "00080016": {"vr": "UI", "Value": [facts.sop_class_uid]},
        "00080018": {"vr": "UI", "Value": [facts.sop_instance_uid]},
        "0020000D": {"vr": "UI", "Value": [facts.study_instance_uid]},
        "0020000E": {"vr": "UI", "Value": [facts.series_instance_uid]},
    }


def _drop_bulk(elements: Dataset) -> None:
    for element in list(elements):
        if element.VR == "SQ":
            for item in element.value:
                _drop_bulk(item)
        elif element.VR in _BINARY and len(element.value or b"") > MAX_BINARY_BYTES:
            del elements[element.tag]


def _finite(value: Any) -> Any:
    """``value`` with null for the floats that JSON cannot write."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list) else value
