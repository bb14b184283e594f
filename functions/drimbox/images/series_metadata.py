"""The metadata of a series as DICOM JSON (PS3.18 F), bulk data left out, gzipped."""

from __future__ import annotations

import gzip
import json
import mmap
from contextlib import suppress
from typing import TYPE_CHECKING

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.manifest.elements import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.part10 import ObjectFacts


def write_metadata(path: Path, instances: Iterable[tuple[ObjectFacts, Path]]) -> None:
    """Write the attributes of each object (in Explicit VR) as a gzipped JSON array, in order.

    The same instances give the same bytes. When an object's attributes cannot be read, only
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
    """One object's attributes as DICOM JSON, in UTF-8; its identifiers are there in any case."""
    found = _identifiers(facts)
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        suppress(Malformed),
    ):
        found = {**data_set_json(data, facts.dataset_offset), **found}
    # PS3.18 F.2.2 orders the attributes by their tags.
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace")


def _identifiers(facts: ObjectFacts) -> Attributes:
    return {
        "00080016": {"vr": "UI", "Value": [facts.sop_class_uid]},
        "00080018": {"vr": "UI", "Value": [facts.sop_instance_uid]},
        "0020000D": {"vr": "UI", "Value": [facts.study_instance_uid]},
        "0020000E": {"vr": "UI", "Value": [facts.series_instance_uid]},
    }
