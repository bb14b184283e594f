"""The viewer's words as a file of each language, whose name holds its hash: a browser asks once.

The page names the file, and the function that gives the viewer's files makes the same one from the
same code: nothing has to be built.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Final

from functions.drimbox.pages.reading import viewer_document_texts as more
from functions.drimbox.pages.reading import viewer_texts as of
from functions.drimbox.values import frozen
from functions.drimbox.wording.text import LANGUAGES, Language

CONTENT_TYPE: Final = "text/javascript; charset=utf-8"


@frozen
class WordsFile:
    """A module of JavaScript whose default is the words by their names."""

    name: str
    content: bytes


@cache
def words_file(language: Language) -> WordsFile:
    """The file of that language."""
    tables = (
        *(("", of.VIEWER), ("", of.STATES), ("", more.DOCUMENTS), ("", more.MENUS)),
        *(("tool_", of.TOOLS), ("tip_", of.TIPS), ("why_", of.REASONS), ("why_", more.BESIDE)),
        *(("ended_", of.ENDS), ("place_", of.PLACES)),
    )
    words = {
        prefix + name: both.in_language(language)
        for prefix, table in tables
        for name, both in table.items()
    }
    told = json.dumps(words, ensure_ascii=False, separators=(",", ":"))
    content = f"export default {told};\n".encode()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return WordsFile(f"words-{language}-{digest}.js", content)


def find_words(name: str) -> WordsFile | None:
    """The file of that name, None for any other."""
    return next((one for one in map(words_file, LANGUAGES) if one.name == name), None)
