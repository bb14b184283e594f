r"""A change of one segment, field, repetition, component or escape sequence of an HL7 message.

The delimiters are those of MSH: a message may be rewritten with others.
"""

from __future__ import annotations

from random import Random
from typing import Final

# Values that readers forget; the delimiters in them are the usual ones.
_ODD: Final = (
    *("", '""', " ", "0", "-1", "Y", "N", "20261124", "202611241000+0100", "99999999", "1E5", "é"),
    *("\\F\\", "\\S\\", "\\T\\", "\\R\\", "\\E\\", "\\.br\\", "\\H\\x\\N\\", "\\X\\", "\\X4\\"),
    *(
        "\\XE9\\",
        "\\XC3A9\\",
        "\\X0D\\",
        "\\X00\\",
        "\\Z\\",
        "\\",
        "\\E",
        "a\\F",
        "^^^&&ISO^PI",
        "^&^",
    ),
    *("~", "~~", "1.2.250.1.213.1.4.10", "\x01", "\t", "\u2028", "ADD", "x" * 300, "~" * 101),
)
_USUAL: Final = "|^~\\&"
_OTHERS: Final = "|^~\\&#!$%*,;:@"


def change(text: bytes, chance: Random) -> bytes | None:
    """``text`` after one to three changes; None when it does not begin with MSH."""
    if not text.startswith(b"MSH") or len(text) < 8:
        return None
    # Every byte is a character: a text in any character set comes back as it was.
    whole = text.decode("latin-1")
    separators = whole[3:8]
    end = next((one for one in ("\r\n", "\r", "\n") if one in whole), "\r")
    lines = whole.split(end)
    for _ in range(chance.choice((1, 1, 2, 3))):
        if chance.random() < 0.25:
            _change_order(lines, chance)
        else:
            _change_line(lines, separators, chance)
    if chance.random() < 0.02:
        separators, lines = _with_others(separators, lines, chance)
    return end.join(lines).encode("latin-1", "replace")


def _change_order(lines: list[str], chance: Random) -> None:
    """A segment goes, comes twice, or changes places; MSH too."""
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    what = chance.randrange(4)
    if what == 0 and len(lines) > 1:
        del lines[at]
    elif what == 1:
        lines.insert(to, lines[at])
    elif what == 2:
        lines[at], lines[to] = lines[to], lines[at]
    else:
        # A segment's fields under another segment's name.
        lines[at] = lines[to][:3] + lines[at][3:]


def _change_line(lines: list[str], separators: str, chance: Random) -> None:
    field, component, repetition, _, subcomponent = tuple(separators.ljust(5, "&"))
    at = chance.randrange(len(lines))
    fields = lines[at].split(field)
    number = chance.randrange(2 if at == 0 and len(fields) > 2 else 0, len(fields))
    # One level: the whole field, or one of its repetitions, components or subcomponents.
    inner = chance.choice((field, repetition, component, subcomponent))
    pieces = fields[number].split(inner)
    place = chance.randrange(len(pieces))
    what = chance.randrange(6)
    if what == 0:
        pieces[place] = _written(chance.choice(_ODD), separators)
    elif what == 1:
        pieces.insert(place, pieces[place])
    elif what == 2:
        del pieces[place]
    elif what == 3:
        other = chance.choice(lines).split(field)
        pieces[place] = chance.choice(other)
    elif what == 4:
        cut = chance.randrange(len(pieces[place]) + 1)
        kept = pieces[place][cut + chance.randrange(2) :]
        pieces[place] = pieces[place][:cut] + _written(chance.choice(_ODD), separators) + kept
    else:
        chance.shuffle(pieces)
    fields[number] = inner.join(pieces)
    lines[at] = field.join(fields)


def _written(value: str, separators: str) -> str:
    """``value`` in these delimiters and in UTF-8, each byte being one character."""
    table = dict(zip(map(ord, _USUAL), separators.ljust(5, "&"), strict=True))
    return value.translate(table).encode().decode("latin-1")


def _with_others(separators: str, lines: list[str], chance: Random) -> tuple[str, list[str]]:
    """The message with one delimiter replaced by another mark, everywhere."""
    old, new = chance.choice(separators), chance.choice(_OTHERS)
    table = {ord(old): new, ord(new): old}
    return separators.translate(table), [line.translate(table) for line in lines]
