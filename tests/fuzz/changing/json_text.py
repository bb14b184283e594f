"""A change of one value, name or place in a JSON text; names may then stand twice."""

from __future__ import annotations

import json
from random import Random
from typing import Any, Final

# Values that readers forget: odd numbers, half a pair, words that Python reads beyond JSON.
_ODD: Final = (
    *("null", "true", "false", "0", "-0", "-1", "1.0", "1.5", "1e999", "-1e999", "NaN", "Infinity"),
    *("2147483648", "9007199254740993", "1e2", "253402300800", "1" + "0" * 400, '""', '" "', '"0"'),
    *('"\\ud800"', '"\\u0000"', '"\\u00e9"', '"1_0"', '"\\uff11"', '"NaN"', "[]", "{}", "[[]]"),
    *("[null]", '[""]', '{"":null}', "[" * 1_200 + "]" * 1_200, '"' + "a" * 300 + '"'),
)
# Characters that a text gets, among its own.
_MARKS: Final = (
    "\x00",
    "\n",
    "\\",
    '"',
    "é",
    "\ud83d",
    "\u202e",
    "^",
    "/",
    ":",
    "%",
    "'",
    " ",
    "1",
)


class _Written(str):
    """A value as JSON text."""

    __slots__ = ()


class _Object(list[tuple[str, Any]]):
    """The pairs of an object: those of one name too."""


def change(text: bytes, chance: Random) -> bytes | None:
    """``text`` after one to three changes; None when it is no object or array in JSON."""
    try:
        root = json.loads(text, object_pairs_hook=_Object)
    except (ValueError, RecursionError):
        return None
    if not isinstance(root, list) or not root:
        return None
    for _ in range(chance.choice((1, 1, 2, 3))):
        holders = [one for one in _holders(root) if one]
        if holders:
            chance.choice(_CHANGES)(chance.choice(holders), holders, chance)
    return _text(root).encode("utf-8", "surrogatepass")


def _holders(root: list[Any]) -> list[list[Any]]:
    """Every object and array, the outer before the inner."""
    found = [root]
    for holder in found:
        found += [one for one in map(_value, holder) if isinstance(one, list)]
    return found


def _value(entry: Any) -> Any:
    return entry[1] if isinstance(entry, tuple) else entry


def _put(holder: list[Any], at: int, value: Any) -> None:
    entry = holder[at]
    holder[at] = (entry[0], value) if isinstance(entry, tuple) else value


def _odd(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    _put(holder, chance.randrange(len(holder)), _Written(chance.choice(_ODD)))


def _remove(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    del holder[chance.randrange(len(holder))]


def _repeat(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    """An element twice, or a name twice."""
    holder.insert(chance.randrange(len(holder) + 1), _copy(chance.choice(holder)))


def _take(holder: list[Any], holders: list[list[Any]], chance: Random) -> None:
    """A value from another place."""
    taken = _value(chance.choice(chance.choice(holders)))
    _put(holder, chance.randrange(len(holder)), _copy(taken))


def _wrap(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    """A value into an array, into an object, or out of its own."""
    at = chance.randrange(len(holder))
    value = _value(holder[at])
    inner = [_value(one) for one in value] if isinstance(value, list) else []
    _put(holder, at, chance.choice(([value], _Object([("Value", value)]), *inner[:1])))


def _retype(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    """A number as a text, a text as a number or as its bytes' numbers."""
    at = chance.randrange(len(holder))
    value = _value(holder[at])
    if isinstance(value, str):
        try:
            _put(holder, at, int(value))
        except ValueError:
            _put(holder, at, [value, value])
    elif not isinstance(value, list):
        _put(holder, at, json.dumps(value))


def _edit(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    """A character more or less in a text, or the number beside a number."""
    at = chance.randrange(len(holder))
    value = _value(holder[at])
    if isinstance(value, int) and not isinstance(value, bool):
        _put(holder, at, chance.choice((value + 1, value - 1, -value, value * 1_000)))
    elif isinstance(value, str):
        cut = chance.randrange(len(value) + 1)
        kept = value[cut + chance.randrange(2) :]
        _put(holder, at, value[:cut] + chance.choice(("", *_MARKS)) + kept)


def _rename(holder: list[Any], holders: list[list[Any]], chance: Random) -> None:
    """A name of another place."""
    if isinstance(holder, _Object):
        names = [entry[0] for one in holders if isinstance(one, _Object) for entry in one]
        at = chance.randrange(len(holder))
        holder[at] = (chance.choice((*names, "")), holder[at][1])


def _shuffle(holder: list[Any], _: list[list[Any]], chance: Random) -> None:
    chance.shuffle(holder)


_CHANGES: Final = (
    _odd,
    _odd,
    _remove,
    _repeat,
    _take,
    _wrap,
    _retype,
    _edit,
    _edit,
    _rename,
    _shuffle,
)


def _copy(value: Any) -> Any:
    """The same value at a second place: a change of one leaves the other as it is."""
    if isinstance(value, tuple):
        return value[0], _copy(value[1])
    return type(value)(map(_copy, value)) if isinstance(value, list) else value


def _text(value: Any) -> str:
    if isinstance(value, _Written):
        return value
    if isinstance(value, _Object):
        return f"{{{','.join(f'{_string(name)}:{_text(one)}' for name, one in value)}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(value: str) -> str:
    # Half a pair can only be written as an escape; other letters as themselves too.
    return json.dumps(value, ensure_ascii=any("\ud800" <= one <= "\udfff" for one in value))
