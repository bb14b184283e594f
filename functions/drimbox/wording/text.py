"""The one shape of a text that a person reads: French first, English beside it."""

from __future__ import annotations

from dataclasses import field
from typing import Final, Literal

from functions.drimbox.values import frozen

Language = Literal["fr", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("fr", "en")


@frozen
class Text:
    """The same text in both languages. ``clause`` names the rule behind it, "" when it is ours."""

    fr: str
    en: str
    clause: str = ""

    def in_language(self, language: Language) -> str:
        """The text in one language."""
        return self.fr if language == "fr" else self.en

    def by_language(self) -> dict[str, str]:
        """Both languages, as a JSON value."""
        return {"fr": self.fr, "en": self.en}


@frozen
class Advice(Text):
    """A text that tells an event, and ``todo``: the remedy."""

    todo: Text = field(kw_only=True)


def counted(count: int, one: Text, several: Text, language: Language) -> str:
    """A number with its noun: French says the singular of zero too."""
    single = count == 1 or (count == 0 and language == "fr")
    return f"{count} {(one if single else several).in_language(language)}"
