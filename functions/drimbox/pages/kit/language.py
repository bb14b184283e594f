"""The languages of the pages: French first, English beside it."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")
