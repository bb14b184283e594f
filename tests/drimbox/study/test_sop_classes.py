"""The kind of content item that designates an object, checked against pydicom's own names."""

from __future__ import annotations

import pytest
from pydicom._uid_dict import UID_dictionary

from functions.drimbox.study.sop_classes import content_type, is_single_frame

ROOT = "1.2.840.10008.5.1.4.1.1"


@pytest.mark.parametrize(
    ("sop_class", "expected"),
    [
        (f"{ROOT}.2", "IMAGE"),
        (f"{ROOT}.9.1.1", "WAVEFORM"),
        (f"{ROOT}.88.11", "COMPOSITE"),
        (f"{ROOT}.104.1", "COMPOSITE"),
        (f"{ROOT}.9999", "COMPOSITE"),
        ("1.2.840.10008.5.1.4.1.1", "COMPOSITE"),
        ("1.3.12.2.1107.5.9.1", "COMPOSITE"),
    ],
)
def test_a_class_has_its_value_type(sop_class: str, expected: str) -> None:
    assert content_type(sop_class) == expected


def test_every_image_and_waveform_of_the_dictionary_is_known() -> None:
    """An "… Image Storage" holds an image, a "… Waveform Storage" a waveform."""
    for uid, (name, kind, *_) in UID_dictionary.items():
        if kind != "SOP Class" or not uid.startswith(f"{ROOT}.") or "Presentation State" in name:
            continue
        if name.endswith("Image Storage"):
            assert content_type(uid) == "IMAGE", name
        if name.endswith("Waveform Storage"):
            assert content_type(uid) == "WAVEFORM", name


@pytest.mark.parametrize(
    ("sop_class", "expected"),
    [
        (f"{ROOT}.2", True),
        (f"{ROOT}.2.1", False),
        (f"{ROOT}.3.1", False),
        (f"{ROOT}.12.1", False),
        (f"{ROOT}.88.11", True),
        ("1.3.12.2.1107.5.9.1", False),
    ],
)
def test_only_a_standard_class_without_frames_is_known_to_have_none(
    sop_class: str, expected: bool
) -> None:
    assert is_single_frame(sop_class) is expected
