"""A ZIP archive from outside: read strictly, and within limits that hold before anything is opened.

The archive is what its central directory says, and every local header must say the same: two
programs that read it differently would see two archives (APPNOTE.TXT 4.3). Encrypted, split, 64-bit
and overlapping entries, links, and names that a file system could take for a way out are refused.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import FileRefused
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# Bytes of a file. API Gateway hands a function 6 MB of base64 (4.5 MB raw), form included.
MAX_FILE: Final = 4 * 1024 * 1024
# Entries, bytes of one of them, and bytes of all of them once inflated.
MAX_ENTRIES: Final = 512
MAX_ONE: Final = 8 * 1024 * 1024
MAX_ALL: Final = 32 * 1024 * 1024
SIGNATURE: Final = b"PK\x03\x04"
_END: Final = struct.Struct("<4s4H2LH")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_ENCRYPTED: Final = 0x2041  # encrypted, strongly encrypted, masked headers
_LATER: Final = 0x0008  # sizes and CRC stand behind the data
_DESCRIPTOR: Final = struct.Struct("<3L")
_DESCRIBED: Final = b"PK\x07\x08"
_EXTRA: Final = struct.Struct("<2H")
# ZIP64 tells other sizes, a Unicode path another name.
_OTHER_WORDS: Final = frozenset({0x0001, 0x7075})
_STORED, _DEFLATED = 0, 8
_UNIX: Final = 3
# IHE XDM allows ISO 9660 names; some authors write longer ones. No "." or ".." passes.
_NAME: Final = re.compile(
    r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}/){0,4}[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}/?"
)
_NESTED: Final = (SIGNATURE, b"PK\x05\x06", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")


@frozen
class _Entry:
    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int
    starts: int = 0


def read_archive(data: bytes) -> Mapping[str, bytes]:
    """The files of the archive by name (``IHE_XDM/SS000001/METADATA.XML``), without its folders.

    Raises FileRefused ``archive_unsafe`` or ``archive_too_large``, and nothing else.
    """
    directory, described = _directory(data)
    entries = [_located(data, one) for one in described]
    _require_apart(data, entries, directory)
    if sum(one.size for one in entries) > MAX_ALL or any(one.size > MAX_ONE for one in entries):
        raise FileRefused("more bytes than accepted", code="archive_too_large")
    return {one.name: _content(data, one) for one in entries if not one.name.endswith("/")}


def _unsafe(detail: str) -> FileRefused:
    return FileRefused(detail, code="archive_unsafe")


def _directory(data: bytes) -> tuple[int, list[_Entry]]:
    """Where the central directory stands, and its entries. It ends where the end record begins, at
    the file's very end."""
    start = len(data) - _END.size
    if start < 0 or data[start : start + 4] != b"PK\x05\x06":
        raise _unsafe("no end record at the end")
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(data, start)
    if (disk, first_disk, comment) != (0, 0, 0) or here != count:
        raise _unsafe("split, or with a comment")
    if count > MAX_ENTRIES:
        raise FileRefused("more entries than accepted", code="archive_too_large")
    if offset + size != start:
        raise _unsafe("bytes between directory and end")
    entries: dict[str, _Entry] = {}
    at = offset
    for _ in range(count):
        entry, at = _central(data, at, start)
        if entries.setdefault(entry.name.rstrip("/").lower(), entry) is not entry:
            raise _unsafe("one name twice")
    if at != start:
        raise _unsafe("a directory longer than its count")
    return offset, [*entries.values()]


def _central(data: bytes, at: int, end: int) -> tuple[_Entry, int]:
    if at + _CENTRAL.size > end:
        raise _unsafe("a cut directory")
    (magic, made_by, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _,
     external, offset) = _CENTRAL.unpack_from(data, at)  # fmt: skip
    after = at + _CENTRAL.size + named + extra + comment
    if magic != b"PK\x01\x02" or after > end or disk or comment:
        raise _unsafe("a directory entry, or its comment")
    _require_plain(data[after - extra : after])
    if flags & _ENCRYPTED:
        raise _unsafe("encrypted")
    if method not in {_STORED, _DEFLATED} or (method == _STORED and packed != size):
        raise _unsafe("a method other than stored and deflated")
    kind = stat.S_IFMT(external >> 16) if made_by >> 8 == _UNIX else 0
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise _unsafe("a link, or a device")
    name = _name(data[at + _CENTRAL.size : at + _CENTRAL.size + named])
    if name.endswith("/") and size:
        raise _unsafe("a folder with content")
    return _Entry(name, method, flags, crc, packed, size, offset), after


def _require_plain(extra: bytes) -> None:
    """No extra field tells another size or name than the header does."""
    at = 0
    while at < len(extra):
        if at + _EXTRA.size > len(extra):
            raise _unsafe("a cut extra field")
        kind, size = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size + size
        if kind in _OTHER_WORDS or at > len(extra):
            raise _unsafe("an extra field")


def _name(raw: bytes) -> str:
    name = raw.decode("latin-1")
    if not _NAME.fullmatch(name):
        raise _unsafe("a name")
    return name


def _located(data: bytes, entry: _Entry) -> _Entry:
    """The entry with the place of its bytes; its local header says the same as the directory."""
    if entry.offset + _LOCAL.size > len(data):
        raise _unsafe("an entry outside the file")
    magic, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack_from(
        data, entry.offset
    )
    begins = entry.offset + _LOCAL.size
    told = (crc, packed, size)
    known = {(entry.crc, entry.packed, entry.size)} | ({(0, 0, 0)} if flags & _LATER else set())
    same = (magic, flags, method) == (SIGNATURE, entry.flags, entry.method) and told in known
    if not same or data[begins : begins + named] != entry.name.encode("latin-1"):
        raise _unsafe("two descriptions of one entry")
    starts = begins + named + extra
    _require_plain(data[begins + named : starts])
    return replace(entry, starts=starts)


def _require_apart(data: bytes, entries: list[_Entry], directory: int) -> None:
    """No byte belongs to two entries, and none to nobody: behind the data of an entry whose sizes
    come later stands its descriptor, which says the same as the directory."""
    placed = sorted(entries, key=lambda entry: entry.offset)
    begins = [*(one.offset for one in placed), directory]
    if begins[0] != 0:
        raise _unsafe("bytes before the first entry")
    for one, end in zip(placed, begins[1:], strict=True):
        after = one.starts + one.packed
        if after > end or data[after:end] not in _descriptors(one):
            raise _unsafe("entries that overlap, or bytes between them")


def _descriptors(entry: _Entry) -> tuple[bytes, ...]:
    if not entry.flags & _LATER:
        return (b"",)
    told = _DESCRIPTOR.pack(entry.crc, entry.packed, entry.size)
    return told, _DESCRIBED + told


def _content(data: bytes, entry: _Entry) -> bytes:
    """The bytes: exactly as many as the directory says, however many would come."""
    packed = data[entry.starts : entry.starts + entry.packed]
    content = _inflated(packed, entry.size) if entry.method == _DEFLATED else packed
    if len(content) != entry.size or zlib.crc32(content) != entry.crc:
        raise _unsafe("bytes that are not those described")
    if content.startswith(_NESTED):
        raise _unsafe("an archive in the archive")
    return content


def _inflated(packed: bytes, size: int) -> bytes:
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = machine.decompress(packed, size + 1)
    except zlib.error:
        raise _unsafe("bytes that cannot be inflated") from None
    if not machine.eof or machine.unused_data:
        raise _unsafe("bytes that are not those described")
    return content
