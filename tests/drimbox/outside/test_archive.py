"""A ZIP archive is read strictly, and nothing but a refusal comes of a bad one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import FileRefused
from functions.drimbox.outside import archive
from functions.drimbox.outside.archive import read_archive
from tests.drimbox.outside.archives import zipped

FILES = {"IHE_XDM/SS000001/METADATA.XML": b"<a/>" * 40, "README.TXT": b"read me"}


def refused(data: bytes) -> str:
    with pytest.raises(FileRefused) as caught:
        read_archive(data)
    assert caught.value.status == 400
    return caught.value.code


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_files_are_given_by_name(method: int) -> None:
    folders = {"IHE_XDM/": b"", "IHE_XDM/SS000001/": b""}
    assert read_archive(zipped({**folders, **FILES}, method)) == FILES
    assert read_archive(zipped({})) == {}


def test_sizes_that_stand_behind_the_data_are_read() -> None:
    class Stream(io.RawIOBase):
        """A file that cannot be sought in: the writer then puts the sizes behind the data."""

        def __init__(self) -> None:
            self.held = io.BytesIO()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            return self.held.write(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in FILES.items():
            made.writestr(name, content)
    assert read_archive(stream.held.getvalue()) == FILES


def _named(name: str) -> bytes:
    return zipped({name: b"x"})


def _with_mode(mode: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        entry = zipfile.ZipInfo("A.TXT")
        entry.create_system, entry.external_attr = 3, mode << 16
        made.writestr(entry, b"/etc/passwd")
    return held.getvalue()


def _changed(data: bytes, magic: bytes, at: int, value: bytes, *, last: bool = False) -> bytes:
    """The archive with one field of its first (or last) record of that kind changed."""
    start = (data.rindex(magic) if last else data.index(magic)) + at
    return data[:start] + value + data[start + len(value) :]


CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
GOOD = zipped(FILES)
ONE = zipped({"A.TXT": b"abc"}, zipfile.ZIP_STORED)


def _twice() -> bytes:
    data = zipped({"AB.TXT": b"1", "AC.TXT": b"2"}, zipfile.ZIP_STORED)
    return data.replace(b"AC.TXT", b"ab.TXT")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        GOOD + b"\0",
        b"\0" + GOOD,
        GOOD[:-30] + GOOD[-29:],
        _changed(GOOD, END, 4, b"\1\0"),
        _changed(GOOD, END, 8, b"\1\0"),
        _changed(GOOD, END, 20, b"\1\0"),
        _changed(GOOD, END, 16, struct.pack("<L", 1)),
        _changed(GOOD, CENTRAL, 8, b"\1\0"),
        _changed(GOOD, CENTRAL, 10, b"\x0c\0"),
        _changed(GOOD, CENTRAL, 34, b"\1\0"),
        _changed(GOOD, CENTRAL, 28, b"\xff\xff"),
        _changed(GOOD, CENTRAL, 42, struct.pack("<L", 0xFFFFFF)),
        _changed(GOOD, CENTRAL, 42, struct.pack("<L", 5)),
        _changed(GOOD, LOCAL, 8, b"\0\0"),
        _changed(GOOD, LOCAL, 30, b"X"),
        _changed(ONE, CENTRAL, 24, b"\4"),
        _changed(_changed(ONE, CENTRAL, 16, b"\0" * 4), LOCAL, 14, b"\0" * 4),
        _twice(),
        _named("../A.TXT"),
        _named("/A.TXT"),
        _named("A\\B.TXT"),
        _named("C:/A.TXT"),
        _named("A//B.TXT"),
        _named("./A.TXT"),
        _named("a/b/c/d/e/f.txt"),
        _named("É.TXT"),
        _named("A" * 65),
        _with_mode(0o120777),
        _with_mode(0o020666),
        zipped({"A.ZIP": ONE}),
        zipped({"A.GZ": b"\x1f\x8b\x08"}),
    ],
)
def test_an_archive_that_can_be_read_in_two_ways_is_refused(data: bytes) -> None:
    assert refused(data) == "archive_unsafe"


def _with_extra(kind: int, *, is_local: bool = False) -> bytes:
    """An archive of one file with an extra field of that kind, in one header."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive_:
        one = zipfile.ZipInfo("A.TXT")
        if is_local:
            one.extra = struct.pack("<HH", kind, 4) + b"abcd"
        archive_.writestr(one, b"abc")
        one.extra = b"" if is_local else struct.pack("<HH", kind, 4) + b"abcd"
    return held.getvalue()


@pytest.mark.parametrize("is_local", [True, False])
def test_an_extra_field_that_tells_another_name_or_size_is_refused(is_local: bool) -> None:
    """A Unicode path names another file to some programs, ZIP64 another size."""
    assert read_archive(_with_extra(0x5455, is_local=is_local)) == {"A.TXT": b"abc"}
    assert refused(_with_extra(0x7075, is_local=is_local)) == "archive_unsafe"
    assert refused(_with_extra(0x0001, is_local=is_local)) == "archive_unsafe"


def test_extra_fields_are_whole() -> None:
    data = _with_extra(0x5455)
    longer = data.replace(struct.pack("<HH", 0x5455, 4), struct.pack("<HH", 0x5455, 5))
    assert refused(longer) == "archive_unsafe"
    cut = data.replace(struct.pack("<HH", 0x5455, 4), struct.pack("<HH", 0x5455, 2))
    assert refused(cut) == "archive_unsafe"


def test_a_comment_of_an_entry_is_refused() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive_:
        one = zipfile.ZipInfo("A.TXT")
        one.comment = b"abc"
        archive_.writestr(one, b"abc")
    assert refused(held.getvalue()) == "archive_unsafe"


@pytest.mark.parametrize("is_signed", [True, False])
def test_what_stands_behind_a_streamed_entry_is_its_descriptor(is_signed: bool) -> None:
    told = struct.pack("<3L", zlib.crc32(b"abc"), 3, 3)
    after = (b"PK\x07\x08" if is_signed else b"") + told
    assert read_archive(_followed(after)) == {"A": b"abc"}
    assert refused(_followed(after[:-1] + b"\1")) == "archive_unsafe"
    assert refused(_followed(after[:-1])) == "archive_unsafe"
    assert refused(_followed(b"hidden")) == "archive_unsafe"
    assert refused(_followed(b"")) == "archive_unsafe"


def _followed(after: bytes) -> bytes:
    """An archive of one streamed file, with these bytes behind its own."""
    sizes = struct.pack("<LLL", zlib.crc32(b"abc"), 3, 3)
    local = LOCAL + struct.pack("<5H", 20, 8, 0, 0, 0) + b"\0" * 12 + struct.pack("<2H", 1, 0)
    central = CENTRAL + struct.pack("<6H", 20, 20, 8, 0, 0, 0) + sizes
    central += struct.pack("<5H2L", 1, 0, 0, 0, 0, 0, 0) + b"A"
    body = local + b"A" + b"abc" + after
    return body + central + END + struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(body), 0)


def test_bytes_before_the_first_entry_are_refused() -> None:
    """All offsets tell rightly where the entry stands."""
    end = struct.pack("<L", ONE.index(CENTRAL) + 2)
    moved = _changed(_changed(ONE, CENTRAL, 42, struct.pack("<L", 2)), END, 16, end)
    assert refused(b"XX" + moved) == "archive_unsafe"


def test_a_folder_with_content_is_refused() -> None:
    data = zipped({"ABCDE": b"xyz"}, zipfile.ZIP_STORED).replace(b"ABCDE", b"ABCD/")
    assert refused(data) == "archive_unsafe"


def test_a_cut_directory_is_refused() -> None:
    """The count tells of more entries than the directory has."""
    data = _changed(GOOD, END, 8, struct.pack("<HH", 3, 3))
    assert refused(data) == "archive_unsafe"
    fewer = _changed(GOOD, END, 8, struct.pack("<HH", 1, 1))
    assert refused(fewer) == "archive_unsafe"


def _replaced(build: Callable[[bytes], bytes]) -> bytes:
    """An archive of one deflated file whose packed bytes are changed, their size told rightly."""
    content = b"a" * 100
    machine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = build(machine.compress(content) + machine.flush())
    sizes = struct.pack("<LLL", zlib.crc32(content), len(packed), len(content))
    local = LOCAL + struct.pack("<5H", 20, 0, 8, 0, 0) + sizes + struct.pack("<2H", 1, 0) + b"A"
    central = CENTRAL + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sizes
    central += struct.pack("<5H2L", 1, 0, 0, 0, 0, 0, 0) + b"A"
    end = struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(local) + len(packed), 0)
    return local + packed + central + END + end


@pytest.mark.parametrize(
    "build",
    [
        lambda packed: packed[:-1],
        lambda packed: packed + b"\0",
        lambda packed: b"\xff" * len(packed),
    ],
)
def test_bytes_other_than_those_described_are_refused(build: Callable[[bytes], bytes]) -> None:
    assert read_archive(_replaced(bytes)) == {"A": b"a" * 100}
    assert refused(_replaced(build)) == "archive_unsafe"


def test_a_bomb_is_never_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"A.TXT": b"\0" * 200_000})
    assert len(bomb) < 1000
    # It says that it has 100 bytes: no more than that are made.
    small = struct.pack("<L", 100)
    lying = _changed(_changed(bomb, CENTRAL, 24, small), LOCAL, 22, small)
    assert refused(lying) == "archive_unsafe"
    monkeypatch.setattr(archive, "MAX_ONE", 199_999)
    assert refused(bomb) == "archive_too_large"
    monkeypatch.setattr(archive, "MAX_ONE", 200_000)
    assert read_archive(bomb)
    monkeypatch.setattr(archive, "MAX_ALL", 199_999)
    assert refused(bomb) == "archive_too_large"


def test_entries_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_ENTRIES", 1)
    assert refused(GOOD) == "archive_too_large"


def test_entries_that_share_bytes_are_refused() -> None:
    """Two entries of one place: a few bytes would become as many files as one likes."""
    data = zipped({"A.TXT": b"abc", "B.TXT": b"abc"}, zipfile.ZIP_STORED)
    same = _changed(data, CENTRAL, 42, struct.pack("<L", 0), last=True).replace(b"B.TXT", b"A.TXT")
    assert refused(same) == "archive_unsafe"
    overlapping = _changed(ONE, LOCAL, 0, LOCAL)
    grown = struct.pack("<LL", 3 + 46, 3 + 46)
    overlapping = _changed(_changed(overlapping, CENTRAL, 20, grown), LOCAL, 18, grown)
    assert refused(overlapping) == "archive_unsafe"


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=6), st.booleans())
def test_nothing_but_a_refusal_comes_of_a_spoilt_archive(
    at: int, value: bytes, is_cut: bool
) -> None:
    data = GOOD[:at] + value + (b"" if is_cut else GOOD[at + len(value) :])
    try:
        found = read_archive(data)
    except FileRefused:
        return
    assert sum(map(len, found.values())) <= archive.MAX_ALL


def test_an_entry_inside_another_one_is_refused() -> None:
    inner = ONE[: ONE.index(CENTRAL)]
    outer = zipped({"O.TXT": b"." + inner}, zipfile.ZIP_STORED)
    start, end = outer.index(CENTRAL), outer.index(END)
    second = _changed(ONE, CENTRAL, 42, struct.pack("<L", outer.index(inner)))
    second = second[second.index(CENTRAL) : second.index(END)]
    directory = outer[start:end] + second
    tail = struct.pack("<4H2LH", 0, 0, 2, 2, len(directory), start, 0)
    assert refused(outer[:start] + directory + END + tail) == "archive_unsafe"
