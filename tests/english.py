"""Texts of this repository, and the clauses that CONTRIBUTING refuses in them.

A clause that begins with a *headless* "what" or "who" ("What is held waits", "for who asks") hides
its subject: the reader must guess the thing or the person. Questions are no such clauses.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HEADLESS: Final = r"(?:what|whatever|who|whoever|whom|whomever)\b(?!\sto\b)"
_BEFORE: Final = r"(?:about|by|for|from|of|to|with)"
_CLAUSE: Final = re.compile(
    rf"""
      (?:{_BEFORE}\s)?{_HEADLESS}  # at the start of a sentence, or after ";" and ":"
    """,
    re.VERBOSE | re.IGNORECASE,
)
_INSIDE: Final = re.compile(
    r"""
      ,\swhat\b                                       # ", what becomes of it"
    | \b(?:and|but|nor|or)\s(?:what|whatever|who|whoever|whom)\b(?!\sto\b)
    | \b(?:about|as|because|by|for|from|if|in|of|on|than|that|to|unless|until|when|while|with)
      \s(?:who|whoever)\b                             # "for who asks"
    | \b(?:about|after|because|before|beside|between|by|for|from|if|into|of|on|over|than|that|though
        |to|under|unless|until|when|where|while|with|within|without)
      \s(?:what|whatever)\b(?!\sto\b)                 # "of what is held"
    | \bin\swhat\b
    """,
    re.VERBOSE,
)
# No clause is headless without one of these words: a text that has none need not be taken apart.
_WORD: Final = re.compile(
    r"(?<![a-z])(?:whatever|what|whoever|who|whomever|whom)(?![a-z])", re.IGNORECASE
)
_SENTENCES: Final = re.compile(r"(?<=[.!?:;])\s+|\n\s*\n|\n\s*[-*]\s")
_FENCE: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE: Final = re.compile(r"(`+)(?:(?!\1).)+?\1", re.DOTALL)
_DECISION: Final = re.compile(r"^\d{4}\s·?\s?")


@dataclass(frozen=True, slots=True)
class Text:
    """One text that a person reads: a docstring, a comment, a message, a paragraph, a cell."""

    line: int
    words: str


def may_be_headless(source: str) -> bool:
    """False when no text of ``source`` can hold a headless clause."""
    return _WORD.search(source) is not None


def headless(words: str) -> list[str]:
    """The sentences of ``words`` (of their parts around ";" and ":") with a headless clause."""
    plain = _CODE.sub("`x`", words).replace("**", "")
    found = []
    for sentence in _SENTENCES.split(plain):
        part = " ".join(sentence.split()).strip('"“«*_- ')
        if part.endswith("?") or " " not in part:
            continue
        if _CLAUSE.match(part) or _INSIDE.search(part):
            found.append(part)
    return found


def python(source: str) -> list[Text]:
    """Strings of two words and more, and comments; comments on successive lines are one."""
    strings = _Strings()
    strings.visit(ast.parse(source))
    return strings.texts + _comments(source)


def markdown(source: str) -> list[Text]:
    """Paragraphs, items, headings and cells; no code, and no head of a table."""
    prose = _FENCE.sub(lambda block: "\n" * block.group().count("\n"), source)
    texts: list[Text] = []
    paragraph: list[str] = []
    lines = prose.split("\n")
    for number, line in enumerate([*lines, ""], 1):
        if line.startswith(("|", "#")) or not line.strip() or line.startswith("    "):
            if paragraph:
                texts.append(Text(number - len(paragraph), "\n".join(paragraph)))
            paragraph = []
            head = number < len(lines) and re.match(r"\|\s*:?-", lines[number])
            if line.startswith("|") and not head:
                texts += [Text(number, cell.strip()) for cell in line.split("|")]
            if line.startswith("#"):
                texts.append(Text(number, _DECISION.sub("", line.strip("# "))))
        else:
            paragraph.append(line)
    return texts


class _Strings(ast.NodeVisitor):
    """Collects strings; a formatted one counts as a whole, with "…" for each of its fields."""

    def __init__(self) -> None:
        self.texts: list[Text] = []

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and " " in node.value.strip():
            self.texts.append(Text(node.lineno, node.value))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
        self.texts.append(Text(node.lineno, "".join(parts)))


def _comments(source: str) -> list[Text]:
    found: list[Text] = []
    before: tuple[int, int] = (0, 0)
    for row, column, words in _marked(source):
        if found and before == (row - 1, column):
            found[-1] = Text(found[-1].line, f"{found[-1].words} {words}")
        else:
            found.append(Text(row, words))
        before = (row, column)
    return found


def _marked(source: str) -> Iterator[tuple[int, int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield *token.start, token.string.lstrip("#: ")
