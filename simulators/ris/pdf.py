"""A one-page PDF made here, so that a report carries a real document."""

from __future__ import annotations

import random
from typing import Final

# A document of this size gives the 324 kB ORU that sites send (base64 twice).
FULL_SIZE: Final = 175_470
_OVERHEAD: Final = 64
_PAGE: Final = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
    b" /Resources << /Font << /F1 5 0 R >> >> >>"
)


def pdf(lines: tuple[str, ...], size: int = 0) -> bytes:
    """A PDF 1.4 page (ISO 32000-1 7.5) showing ``lines`` in Helvetica; the same bytes every time.

    ``size``: when larger than the plain page, an unused stream of incompressible bytes brings the
    file to about that many bytes (within 100).
    """
    shown = b"".join(b"(" + _escape(line) + b") Tj T*\n" for line in lines)
    content = b"BT /F1 11 Tf 14 TL 56 780 Td\n" + shown + b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        _stream(content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    plain = _file(objects)
    padding = size - len(plain) - _OVERHEAD
    if padding <= 0:
        return plain
    return _file([*objects, _stream(random.Random(size).randbytes(padding))])  # noqa: S311


def _escape(line: str) -> bytes:
    """A literal string (ISO 32000-1 7.3.4.2) in WinAnsiEncoding."""
    coded = line.encode("cp1252", "replace")
    return coded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _stream(data: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(data), data)


def _file(objects: list[bytes]) -> bytes:
    """Header, objects, cross-reference table and trailer (ISO 32000-1 7.5.4)."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)
