"""functions.drimbox.importing.elements: elements made and found."""

from __future__ import annotations

import pytest

from functions.drimbox.importing.elements import (
    head_of,
    item,
    items_of,
    sequence,
    value_of,
    written,
)
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.images.samples import EXPLICIT, instance

META = file_meta("1.2", "1.2.3", EXPLICIT)
ID = written(0x00100020, b"LO", b"IPP")


def test_the_head_ends_at_the_pixels() -> None:
    data = instance()
    head = head_of(data)
    assert data[head.end : head.end + 4] == b"\xe0\x7f\x10\x00"
    assert value_of(data, head.find(0x00100020)) == b"IPP-00471 "
    assert value_of(data, head.find(0x00100099)) == b""
    assert items_of(data, head.find(0x00100099)) == b""


def test_an_object_without_pixels_ends_with_its_elements_or_with_zeros() -> None:
    assert head_of(META + ID).end == len(META + ID)
    assert head_of(META + ID + bytes(8)).end == len(META + ID)


@pytest.mark.parametrize("second", [ID, written(0x00080050, b"SH", b"A")])
def test_an_element_that_stands_twice_or_out_of_order_is_refused(second: bytes) -> None:
    with pytest.raises(Malformed):
        head_of(META + ID + second)


def test_the_items_of_both_forms_of_a_sequence() -> None:
    one = item(ID)
    known = META + sequence(0x00101002, one)
    open_ended = b"\x10\x00\x02\x10SQ\0\0\xff\xff\xff\xff" + one + b"\xfe\xff\xdd\xe0" + bytes(4)
    for data in (known, META + open_ended):
        assert items_of(data, head_of(data).find(0x00101002)) == one
    data = META + written(0x00101002, b"UN", one)
    with pytest.raises(Malformed):
        items_of(data, head_of(data).find(0x00101002))


def test_values_are_padded_and_bounded() -> None:
    assert written(0x00080018, b"UI", b"1.2") == b"\x08\x00\x18\x00UI\x04\x001.2\0"
    assert written(0x00100020, b"LO", b"abc") == b"\x10\x00\x20\x00LO\x04\x00abc "
    with pytest.raises(Malformed):
        written(0x00100020, b"LO", bytes(65536))
