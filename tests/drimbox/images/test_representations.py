"""The VR of elements that do not carry it."""

from __future__ import annotations

import pytest

from functions.drimbox.images.representations import WORD_BYTES, Choice, implicit_vr


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x00100010, b"PN"),
        (0x00081032, b"SQ"),
        (0x00081FFF, b"UN"),
        (0x00090001, b"UN"),
        (0x0009000F, b"UN"),
        (0x00090010, b"LO"),
        (0x000900FF, b"LO"),
        (0x00090100, b"UN"),
        (0x00091001, b"UN"),
        (0x00281101, b"US"),
        (0x00281113, b"US"),
        (0x00283006, b"OW"),
        (0x00281200, b"OW"),
        (0x60003000, b"OW"),
        (0x60FE3000, b"OW"),
        (0x50003000, b"OB"),
        (0x501E200C, b"OB"),
        (0x00143050, b"OB"),
        (0x7F000010, b"OB"),
        (0x7FE00010, b"OW"),
        (0xFFFCFFFC, b"OB"),
    ],
)
def test_the_dictionary_and_its_choices(tag: int, vr: bytes) -> None:
    assert implicit_vr(tag) == vr


def test_choices_that_depend_on_another_element() -> None:
    assert implicit_vr(0x00280106) == Choice(0x00280103, 1, b"SS", b"US")
    assert implicit_vr(0x54001010) == Choice(0x54001004, 8, b"OB", b"OW")


def test_words_are_those_of_numbers() -> None:
    assert {vr for vr, size in WORD_BYTES.items() if size == 8} == {
        *(b"FD", b"OD", b"OV", b"SV", b"UV")
    }
    assert not {b"OB", b"UN", b"LO", b"SQ"} & WORD_BYTES.keys()
