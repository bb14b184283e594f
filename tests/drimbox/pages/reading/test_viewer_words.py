"""The viewer's words as files: one for each language, under a name that holds its hash."""

from __future__ import annotations

import hashlib
import re

from functions.drimbox.pages.reading.viewer_words import find_words, words_file
from functions.drimbox.wording.text import LANGUAGES


def test_each_language_has_its_file_under_its_hash() -> None:
    words_file.cache_clear()  # a process that keeps them may have made them where nobody counts
    made = {language: words_file(language) for language in LANGUAGES}
    for language, one in made.items():
        digest = hashlib.sha256(one.content).hexdigest()[:16]
        assert one.name == f"words-{language}-{digest}.js"
        assert find_words(one.name) is one
        # A module, and nothing that runs.
        assert re.fullmatch(rb'export default \{"[^\n]*"\};\n', one.content)
    assert len({one.content for one in made.values()}) == len(LANGUAGES)


def test_every_other_name_is_none() -> None:
    for name in ("", "words-fr-0123456789abcdef.js", "words-de.js", "viewer-abc.js"):
        assert find_words(name) is None
