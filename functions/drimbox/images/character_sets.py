"""Texts of an object, from bytes to characters (PS3.5 6.1, Specific Character Set of PS3.3)."""

from __future__ import annotations

from typing import Final

# Specific Character Set (PS3.3 C.12.1.1.2) to the codec of its texts. The terms of code extensions
# (ISO 2022 IR …) mean the same until an escape sequence changes the set.
_CODECS: Final = {
    "": "ascii",
    "IR 6": "ascii",
    "IR 13": "shift_jis",
    "IR 100": "latin-1",
    "IR 101": "iso8859-2",
    "IR 109": "iso8859-3",
    "IR 110": "iso8859-4",
    "IR 126": "iso8859-7",
    "IR 127": "iso8859-6",
    "IR 138": "iso8859-8",
    "IR 144": "iso8859-5",
    "IR 148": "iso8859-9",
    "IR 166": "tis-620",
    "IR 203": "iso8859-15",
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gbk",
}
# Objects without a character set, or with one that we do not know, are often in Latin-1.
_OTHER: Final = "latin-1"
_ESCAPE: Final = b"\x1b"


class Texts:
    """Decodes the texts of a data set; ``terms`` are the values of (0008,0005), possibly none.

    A byte that is no character of the set becomes U+FFFD: the object itself keeps it.
    """

    def __init__(self, terms: tuple[str, ...] = ()) -> None:
        self.terms = terms
        first = terms[0] if terms else ""
        known = _CODECS.get(first) or _CODECS.get(
            first.removeprefix("ISO_").removeprefix("ISO 2022 ")
        )
        self._codec = known or _OTHER

    def decode(self, value: bytes) -> str:
        """The characters of ``value``, delimiters and padding included."""
        if value.isascii() and _ESCAPE not in value:
            return value.decode("ascii")
        if _ESCAPE in value:
            return self._extended(value)
        try:
            return value.decode(self._codec)
        except UnicodeDecodeError:
            codec = _OTHER if self._codec == "ascii" else self._codec
            return value.decode(codec, "replace")

    def _extended(self, value: bytes) -> str:
        """Code extensions (ISO 2022) are rare here, and pydicom reads them well."""
        from pydicom.charset import convert_encodings, decode_bytes  # noqa: PLC0415 - 50 ms

        from functions.drimbox.images.pydicom_settings import quiet_pydicom  # noqa: PLC0415

        with quiet_pydicom():
            encodings = convert_encodings(list(self.terms) or "")
            return decode_bytes(value, encodings, {0x5C, 0x5E, 0x3D})
