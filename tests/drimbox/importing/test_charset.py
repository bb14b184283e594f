"""functions.drimbox.importing.charset: new texts beside those of somebody else."""

from __future__ import annotations

import pytest

from functions.drimbox.importing.charset import UNICODE, CharacterSet, character_set
from functions.drimbox.importing.elements import head_of, item, sequence, written
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.writer import file_meta
from tests.drimbox.images.samples import EXPLICIT

META = file_meta("1.2", "1.2.3", EXPLICIT)
NAME = written(0x00100010, b"PN", b"DUPONT^ZOE")
ACCENT = "Imagerie d'Évreux"


def of(*elements: bytes, texts: tuple[str, ...] = (ACCENT,)) -> CharacterSet:
    data = META + b"".join(elements)
    head = head_of(data)
    return character_set(data, head, texts, head.find(0x00080005))


def declared(term: str) -> bytes:
    return written(0x00080005, b"CS", term.encode())


def nested(content: bytes) -> bytes:
    """A sequence in a sequence, the outer one open-ended."""
    inner = item(sequence(0x00400100, item(content)))
    return b"\x40\x00\x75\x02SQ\0\0\xff\xff\xff\xff" + inner + b"\xfe\xff\xdd\xe0" + bytes(4)


def test_ascii_needs_nothing() -> None:
    assert of(declared("ISO_IR 100"), NAME, texts=("CLINIQUE", "CHU")) == CharacterSet("ascii")


@pytest.mark.parametrize(
    ("term", "codec"),
    [
        ("ISO_IR 100", "latin-1"),
        ("ISO_IR 192", "utf-8"),
        ("GB18030", "ascii"),
        ("ISO 2022 IR 100\\ISO 2022 IR 126", "ascii"),
    ],
)
def test_a_declared_set_stays(term: str, codec: str) -> None:
    assert of(declared(term), NAME) == CharacterSet(codec)


@pytest.mark.parametrize("term", ["", "ISO_IR 6"])
def test_an_object_in_ascii_is_declared_as_unicode(term: str) -> None:
    pixels = written(0x00280010, b"US", b"\xff\xff")
    unknown = written(0x00400310, b"UN", b"ab")
    made = of(declared(term), NAME, pixels, nested(NAME), unknown)
    assert made == CharacterSet("utf-8", UNICODE)
    assert made.encode(ACCENT) == ACCENT.encode()


@pytest.mark.parametrize(
    "element",
    [
        written(0x00100010, b"PN", "ZOÉ".encode("latin-1")),
        written(0x00400310, b"UN", b"\xe9a"),
        nested(written(0x00400009, b"LO", b"\xe9a")),
        nested(b"\x40\x00\x09\x00UN\0\0\xff\xff\xff\xff" + b"\xfe\xff\xdd\xe0" + bytes(4)),
    ],
)
def test_undeclared_texts_keep_their_meaning(element: bytes) -> None:
    made = of(element)
    assert made == CharacterSet("ascii")
    assert made.encode(ACCENT) == b"Imagerie d'Evreux"


def test_a_name_of_another_alphabet_loses_its_accents() -> None:
    assert of(declared("ISO_IR 100")).encode("Kőszeg") == b"Koszeg"


def test_a_value_that_leaves_its_item_is_refused() -> None:
    content = sequence(0x00400275, item(b"\x40\x00\x09\x00LO\xff\x7fab"))
    data = META + content
    head = head_of(data)
    with pytest.raises(Malformed):
        character_set(data, head, (ACCENT,), None)
