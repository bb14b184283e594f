"""The metadata of a series as DICOM JSON (PS3.18 F), bulk data left out, gzipped."""

from __future__ import annotations

import gzip
import json
import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.manifest.elements import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.part10 import ObjectFacts
    from functions.drimbox.manifest.elements import Buffer


def write_metadata(path: Path, instances: Iterable[tuple[ObjectFacts, Path]]) -> None:
    """Write the attributes of each object (in Explicit VR) as a gzipped JSON array, in order.

    The same instances give the same bytes. When an object's attributes cannot be read, only
    its identifiers are written: its pixels are served all the same.
    """
    with MetadataFile(path) as file:
        for facts, instance in instances:
            file.add(instance_json(facts, instance))


def instance_json(facts: ObjectFacts, path: Path) -> bytes:
    """The attributes of the object at ``path`` (in Explicit VR): JSON in UTF-8."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return encode(attributes_of(facts, data))


def encode(attributes: Attributes) -> bytes:
    """JSON in UTF-8, in the order of the tags (PS3.18 F.2.2)."""
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode("utf-8", "replace")


class MetadataFile:
    """The file at ``path``, written object after object within a ``with``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._separator = b"["

    def __enter__(self) -> Self:
        self._raw = self.path.open("wb")
        self._file = gzip.GzipFile("", "wb", compresslevel=6, fileobj=self._raw, mtime=0)
        return self

    def add(self, instance: bytes) -> None:
        """One more object, as :func:`encode` gives it."""
        self._file.write(self._separator + instance)
        self._separator = b",\n"

    def __exit__(self, *_: object) -> None:
        self._file.write(b"[]" if self._separator == b"[" else b"]")
        self._file.close()
        self._raw.close()


def attributes_of(facts: ObjectFacts, data: Buffer) -> Attributes:
    """One object's attributes as DICOM JSON; its identifiers are there in any case."""
    found = _identifiers(facts)
    with suppress(Malformed):
        found = {**data_set_json(data, facts.dataset_offset), **found}
    return found


def _identifiers(facts: ObjectFacts) -> Attributes:
    return {
        "00080016": {"vr": "UI", "Value": [facts.sop_class_uid]},
        "00080018": {"vr": "UI", "Value": [facts.sop_instance_uid]},
        "0020000D": {"vr": "UI", "Value": [facts.study_instance_uid]},
        "0020000E": {"vr": "UI", "Value": [facts.series_instance_uid]},
    }
