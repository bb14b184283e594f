"""Texts of objects, as pydicom reads them too."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.charset import convert_encodings, decode_bytes

from functions.drimbox.images.character_sets import Texts

# A value of each set, with characters that no other set writes with the same bytes.
SAMPLES = {
    "ISO_IR 6": "Plain",
    "ISO_IR 13": "ﾔﾏﾀﾞ",
    "ISO_IR 100": "Zoé Ünsal",
    "ISO_IR 101": "Wałęsa",
    "ISO_IR 109": "Ġorġ",
    "ISO_IR 110": "Ķēniņš",
    "ISO_IR 126": "Διονυσιος",
    "ISO_IR 127": "قباني",
    "ISO_IR 138": "שרון",
    "ISO_IR 144": "Люкceмбypг",
    "ISO_IR 148": "Çavuşoğlu",
    "ISO_IR 166": "กข",
    "ISO_IR 192": "Œuvre 王小東",
    "GB18030": "王小东",
    "GBK": "王小东",
}
CODECS = {
    "ISO_IR 13": "shift_jis",
    "ISO_IR 192": "utf-8",
    "ISO_IR 166": "tis-620",
    "GB18030": "gb18030",
    "GBK": "gbk",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 127": "iso8859-6",
    "ISO_IR 138": "iso8859-8",
    "ISO_IR 144": "iso8859-5",
}


def of_pydicom(value: bytes, *terms: str) -> str:
    return decode_bytes(value, convert_encodings(list(terms)), {0x5C, 0x5E, 0x3D})


@pytest.mark.parametrize("term", SAMPLES)
def test_every_single_set_is_read_as_pydicom_reads_it(term: str) -> None:
    text = SAMPLES[term]
    value = text.encode(CODECS.get(term) or str(convert_encodings([term])[0]))
    assert Texts((term,)).decode(value) == text == of_pydicom(value, term)


def test_latin_9_has_the_euro_that_latin_1_has_not() -> None:
    assert Texts(("ISO_IR 203",)).decode("Cœur €".encode("iso8859-15")) == "Cœur €"


@pytest.mark.parametrize(
    ("terms", "value"),
    [
        (("", "ISO 2022 IR 87"), b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        (("", "ISO 2022 IR 149"), b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"),
        (("ISO 2022 IR 100", "ISO 2022 IR 144"), b"Zo\xe9=\x1b-L\xbb\xee"),
    ],
)
def test_code_extensions_are_read_as_pydicom_reads_them(
    terms: tuple[str, ...], value: bytes
) -> None:
    read = Texts(terms).decode(value)
    assert read == of_pydicom(value, *terms)
    assert "\x1b" not in read


def test_the_first_set_counts_where_no_escape_stands() -> None:
    assert Texts(("ISO 2022 IR 100", "ISO 2022 IR 87")).decode(b"Zo\xe9") == "Zoé"


@pytest.mark.parametrize("terms", [(), ("ISO_IR 6",), ("ISO_IR 999",)])
def test_without_a_known_set_latin_1_is_supposed(terms: tuple[str, ...]) -> None:
    assert Texts(terms).decode(b"Zo\xe9") == "Zoé"


def test_a_byte_outside_the_set_is_shown_as_unreadable() -> None:
    assert Texts(("ISO_IR 192",)).decode(b"Zo\xe9!") == "Zo\ufffd!"


@given(
    st.lists(st.sampled_from(["ISO_IR 100", "ISO_IR 192", "ISO 2022 IR 87", "X", ""]), max_size=3),
    st.binary(max_size=40),
)
def test_any_bytes_are_a_text(terms: list[str], value: bytes) -> None:
    assert isinstance(Texts(tuple(terms)).decode(value), str)
