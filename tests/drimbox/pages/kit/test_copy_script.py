"""The script that copies codes: its name is that of its text, and it writes texts alone."""

from __future__ import annotations

import hashlib

import pytest

from functions.drimbox.pages.kit.copy_script import NAME, PATH, SCRIPT, copied, copy_script
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS


def test_the_name_holds_the_hash_of_the_script() -> None:
    assert f"copy-{hashlib.sha256(SCRIPT.encode()).hexdigest()[:16]}.js" == NAME
    assert f"/assets/{NAME}" == PATH


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacent", "eval", "fetch("])
def test_it_writes_no_markup_and_asks_nobody(word: str) -> None:
    assert word not in SCRIPT


def test_a_code_is_marked_and_stays_a_text() -> None:
    assert copied("<b>") == '<code data-copy="">&lt;b&gt;</code>'


def test_the_script_gets_its_words_from_the_page() -> None:
    told = copy_script(Layout(OPERATIONS, "site", "Site", "fr"))
    assert f'src="{PATH}"' in told
    assert 'data-copy="Copier" data-copied="Copié"' in told
