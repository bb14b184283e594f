"""The metadata of a series: DICOM JSON without bulk data, gzipped, the same at every writing."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from functions.drimbox.images.dicom_json import MAX_BINARY_BYTES
from functions.drimbox.images.explicit import prepare
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.images.series_metadata import instance_json, write_metadata
from functions.drimbox.manifest.elements import Malformed
from tests.drimbox.images.samples import (
    ALL,
    dataset,
    instance,
    part10,
    stored,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(ALL), st.data())
def test_changed_objects_are_served_whole_or_refused(
    tmp_path: Path, syntax: str, data: st.DataObject
) -> None:
    changed = bytearray(instance(1, syntax))
    for _ in range(data.draw(st.integers(1, 5))):
        changed[data.draw(st.integers(128, len(changed) - 1))] = data.draw(st.integers(0, 255))
    path = stored(tmp_path, bytes(changed[: data.draw(st.integers(130, len(changed)))]))
    try:
        facts, _ = prepare(path, read_facts(path))
    except Malformed:
        assert list(tmp_path.iterdir()) == [path]
        return
    assert read_facts(path) == facts
    assert json.loads(instance_json(facts, path))["00080018"]["Value"] == [facts.sop_instance_uid]


def test_metadata_is_dicom_json_without_bulk(tmp_path: Path) -> None:
    root = dataset(1)
    root.add_new(0x00090110, "OB", b"x" * (MAX_BINARY_BYTES + 2))
    inner = Dataset()
    inner.add_new(0x00090110, "UN", b"y" * (MAX_BINARY_BYTES + 2))
    inner.add_new(0x00090112, "UN", b"kept")
    inner.add_new(0x00189073, "FD", float("nan"))
    root.ProcedureCodeSequence.append(inner)
    path = stored(tmp_path, part10(root))
    found = json.loads(instance_json(read_facts(path), path))
    assert found["00100010"]["Value"] == [{"Alphabetic": "BÉZIERS^ZOÉ"}]
    assert found["00200013"]["Value"] == [1]
    assert "7FE00010" not in found
    assert "00090110" not in found
    item = found["00081032"]["Value"][1]
    assert item["00090112"] == {"vr": "UN", "InlineBinary": "a2VwdA=="}
    assert "00090110" not in item
    assert item["00189073"] == {"vr": "FD"}


def test_metadata_of_a_series_is_a_gzipped_array_that_never_differs(tmp_path: Path) -> None:
    objects = []
    for number in (1, 2):
        path = tmp_path / str(number)
        path.write_bytes(instance(number))
        objects.append((read_facts(path), path))
    written = []
    for name in ("a", "b"):
        write_metadata(tmp_path / name, objects)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    found = json.loads(gzip.decompress(written[0]))
    assert [one["00200013"]["Value"] for one in found] == [[1], [2]]
    write_metadata(tmp_path / "none", [])
    assert json.loads(gzip.decompress((tmp_path / "none").read_bytes())) == []


def test_an_object_that_pydicom_cannot_read_has_its_identifiers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = stored(tmp_path, instance(StudyDate=None))
    facts = read_facts(path)
    path.write_bytes(b"not DICOM")
    with caplog.at_level(logging.DEBUG):
        found = json.loads(instance_json(facts, path))
    assert set(found) == {"00080016", "00080018", "0020000D", "0020000E"}
    assert caplog.text == ""
