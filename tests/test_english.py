"""Sentences have a head: no text of this repository begins a clause with a headless what or who."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests import english

ROOT: Final = Path(__file__).parent.parent

# Texts with such clauses on purpose: the examples of this rule.
EXAMPLES: Final = ("tests/english.py", "tests/test_english.py", "CONTRIBUTING.md", "CHANGELOG.md")


@pytest.mark.parametrize(
    "words",
    [
        "What is held waits.",
        "Whoever asks gets an answer.",
        "The queue. Who asks sees it.",
        "A study; what stands is kept.",
        "Of what is held, one is replayed.",
        "An answer for who asks.",
        "A list of what is held.",
        "It is told when it opens, and what becomes of it.",
        "The state, what it means.",
        "It waits unless what is there is newer.",
        "- Who insists\n- is heard",
    ],
)
def test_a_headless_clause_is_refused(words: str) -> None:
    assert english.may_be_headless(words)
    assert english.headless(words)


@pytest.mark.parametrize(
    "words",
    [
        "What must agree between the report and the images?",
        "The operator sees the reason and what to do.",
        "An operator, who signs in, sees the queue.",
        "The professional who asks gets an answer.",
        "It stores the bytes that the sender sent.",
        "`what is this`: the name of the field.",
        "Que faire ?",
    ],
)
def test_a_clause_with_a_head_passes(words: str) -> None:
    assert not english.headless(words)


def test_every_text_of_a_module_is_read() -> None:
    source = '"""A docstring."""\nX = f"one {1} two"  # a comment\n# in two\n# lines\n'
    assert [text.words for text in english.python(source)] == [
        "A docstring.",
        "one … two",
        "a comment",
        "in two lines",
    ]


def test_every_text_of_a_page_is_read() -> None:
    page = "# 0001 · Title\n\nA paragraph\nof two.\n\n| what | who |\n|---|---|\n| a | b |\n"
    page += "\n```\nwhat is code\n```\n\n    who is code\n"
    words = [text.words for text in english.markdown(page) if text.words.strip("-")]
    assert words == ["Title", "A paragraph\nof two.", "a", "b"]


def test_no_text_of_this_repository_has_a_headless_clause() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--", "*.py", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for name in listed.stdout.split():
        if name in EXAMPLES or not (ROOT / name).is_file():
            continue
        source = (ROOT / name).read_text(encoding="utf-8")
        if not english.may_be_headless(source):
            continue
        read = english.python if name.endswith(".py") else english.markdown
        for text in read(source):
            found += [f"{name}:{text.line}: {part}" for part in english.headless(text.words)]
    assert not found, "\n".join(found)
