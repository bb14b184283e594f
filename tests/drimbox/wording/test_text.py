"""functions.drimbox.wording: one shape, complete in both languages, and no pair elsewhere."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.drimbox.wording.text import LANGUAGES, Advice, Text, counted

ROOT = Path(__file__).parents[3]
WORDING = ROOT / "functions/drimbox/wording"
LABELS = {"field names": "hl7_fields", "titles": "refusals", "values": "accepted_values"}


def texts(value: Any) -> Iterator[Text]:
    """Every text in a module's value."""
    if isinstance(value, Text):
        yield value
        if isinstance(value, Advice):
            yield value.todo
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts(one)


def modules() -> Iterator[tuple[str, Text]]:
    for path in sorted(WORDING.glob("[a-z]*.py")):
        module = importlib.import_module(f"functions.drimbox.wording.{path.stem}")
        for value in vars(module).values():
            for one in texts(value):
                yield path.stem, one


ALL = list(modules())


def test_a_text_in_each_language() -> None:
    text = Text("Bonjour.", "Hello.")
    assert [text.in_language(one) for one in LANGUAGES] == ["Bonjour.", "Hello."]
    assert text.by_language() == {"fr": "Bonjour.", "en": "Hello."}


def test_every_text_is_there_in_both_languages() -> None:
    assert len(ALL) > 200
    for _, text in ALL:
        assert text.fr.strip() == text.fr != ""
        assert text.en.strip() == text.en != ""


@pytest.mark.parametrize("text", [text for room, text in ALL if room not in LABELS.values()])
def test_a_text_that_is_no_label_is_a_sentence(text: Text) -> None:
    for words in (text.fr, text.en):
        assert words[0].isupper()
        assert words.endswith((".", "…"))
    assert text.fr != text.en


def may_hold_texts(path: Path) -> bool:
    """``wording/``, and the labels of pages in their package's ``texts.py`` or ``…_texts.py``."""
    return path.parent == WORDING or path.stem.endswith("texts")


def pairs(tree: ast.AST) -> Iterator[int]:
    """The lines of a text made here: a call of the shape, or a dict by language of constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Text", "Advice"}:
            yield node.lineno
        if isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if keys == set(LANGUAGES) and any(map(_is_words, node.values)):
                yield node.lineno
        if isinstance(node, ast.Tuple) and len(node.elts) == 2 and _is_french(node.elts[0]):
            yield node.lineno


def _is_words(node: ast.AST) -> bool:
    """At least two words: not the form of a date, not the name of a unit."""
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.search(r"[^\W\d_]{2,}\W", node.value) is not None
    )


def _is_french(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and any(letter in node.value.lower() for letter in "éèêàùçœ")
    )


def test_no_pair_of_texts_stands_elsewhere() -> None:
    files = [path for root in ("functions", "infra") for path in (ROOT / root).rglob("*.py")]
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in files
        if not may_hold_texts(path)
        for line in pairs(ast.parse(path.read_text()))
    }
    assert not found


@pytest.mark.parametrize(
    "code",
    [
        'A = Text("Bonjour", "Hello")',
        'A = {"x": Advice("Bonjour.", "Hello.", todo=B)}',
        'A = {"fr": "Il y a", "en": "There is"}',
        'A = {"x": ("Réponse", "Answer")}',
    ],
)
def test_the_search_finds_each_shape(code: str) -> None:
    assert list(pairs(ast.parse(code)))


def test_a_number_has_its_noun_in_both_languages() -> None:
    one, several = Text("objet", "object"), Text("objets", "objects")
    told = {
        language: [counted(count, one, several, language) for count in range(3)]
        for language in LANGUAGES
    }
    assert told == {
        "fr": ["0 objet", "1 objet", "2 objets"],
        "en": ["0 objects", "1 object", "2 objects"],
    }
