"""functions.drimbox.wording.acknowledged: MSA-3 is a whole sentence for every code."""

from __future__ import annotations

import pytest

from functions.drimbox.report.segment import escape
from functions.drimbox.wording.acknowledged import MOST_CHARACTERS, SHORT, sentence
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNKNOWN


@pytest.mark.parametrize("code", [*MESSAGE_FAULTS, "unknown"])
def test_every_fault_has_a_whole_sentence_that_fits(code: str) -> None:
    """The words of nineteen codes were cut at a word: "… sa clé est fausse, ou il y..."."""
    said = sentence(code)
    assert 0 < len(said) <= MOST_CHARACTERS
    assert len(escape(said, "|^~\\&")) <= MOST_CHARACTERS
    assert said[0].isupper()
    assert said.endswith((".", "…"))
    assert "..." not in said
    assert said.count("(") == said.count(")")


def test_words_that_fit_are_not_said_twice() -> None:
    assert set(SHORT) <= set(MESSAGE_FAULTS)
    assert sentence("version") == MESSAGE_FAULTS["version"].fr
    assert sentence("unknown") == UNKNOWN.fr
