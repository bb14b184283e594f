"""Rows as a CSV file that a spreadsheet opens as they are (RFC 4180)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.drimbox.wording.text import Language

CONTENT_TYPE: Final = "text/csv; charset=utf-8"
# A French spreadsheet takes the comma for the decimal sign.
_SEPARATORS: Final[dict[Language, str]] = {"fr": ";", "en": ","}
# A cell that begins so is a formula to a spreadsheet, whoever wrote it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_file(rows: Iterable[Sequence[str | int]], language: Language) -> bytes:
    """The file in UTF-8 with its mark, lines ended by CR LF. A text that would be a formula begins
    with an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=_SEPARATORS[language])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
