"""Data elements to bytes: Implicit VR Little Endian, even lengths, limits of each VR."""

from __future__ import annotations

import pytest

from functions.drimbox.manifest import writer
from functions.drimbox.manifest.build import build
from tests.drimbox.manifest.samples import (
    FACTS,
    loaded,
)


def test_file_meta_information() -> None:
    meta = loaded(FACTS).file_meta
    assert meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.1.1.88.59"
    assert meta.MediaStorageSOPInstanceUID == "2.25.77"
    assert meta.TransferSyntaxUID == "1.2.840.10008.1.2"
    assert str(meta.ImplementationClassUID) == str(writer.IMPLEMENTATION_CLASS_UID)
    assert meta.FileMetaInformationVersion == b"\x00\x01"
    # The group's length is right: pydicom warns (here: fails) when it is not.
    after = 128 + 4 + 12 + meta.FileMetaInformationGroupLength
    assert build(FACTS)[after : after + 4] == b"\x08\x00\x05\x00"


def test_a_value_too_long_for_its_vr_names_its_attribute() -> None:
    with pytest.raises(writer.ValueTooLong) as error:
        writer.dataset({"StudyID": "S" * 17}, "ascii")
    assert error.value.keyword == "StudyID"
    assert "SSS" not in str(error.value)
