"""Rows as a CSV file that a spreadsheet opens as they are (RFC 4180)."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.drimbox.wording.text import Language

CONTENT_TYPE: Final = "text/csv; charset=utf-8"
# A French spreadsheet takes the comma for the decimal sign.
_SEPARATORS: Final[dict[Language, str]] = {"fr": ";", "en": ","}
# A text that begins so may be cut, or read as what follows, whoever wrote it.
_CUT: Final = ("\t", "\r", "\n")
# A reader that splits at another separator than ours begins a cell behind any of them, and drops
# blanks and quotes before it looks for a formula. Each run is looked at once.
_BEGINS: Final = re.compile(r'(?<![\s",;])[\s",;]*+(?=[=+\-@])')
_SPLITS: Final = frozenset(",;\t\r\n")


def csv_file(rows: Iterable[Sequence[str | int]], language: Language) -> bytes:
    """The file in UTF-8 with its mark, lines ended by CR LF. A formula to a spreadsheet,
    in this language or another, stands behind an apostrophe.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=_SEPARATORS[language])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(cell: str | int) -> str | int:
    if not isinstance(cell, str):
        return cell
    safe = _BEGINS.sub(_guarded, cell)
    return f"'{safe}" if safe.startswith(_CUT) else safe


def _guarded(run: re.Match[str]) -> str:
    return f"{run[0]}'" if run.start() == 0 or _SPLITS.intersection(run[0]) else run[0]
