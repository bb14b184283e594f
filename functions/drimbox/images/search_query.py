"""The question of a search: the keys to match, the attributes to give, the page (PS3.18 8.3.4).

A key that we cannot match refuses the question, where the standard would let us leave it out: an
answer to half of a question looks like an answer to the whole. An attribute that nobody knows only
makes the answer smaller, and is left out of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.images.search_attributes import BY_LEVEL, KEYWORDS
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.images.dicom_json import Attributes
    from functions.drimbox.images.search_attributes import Attribute, Level, Matching

    Test = Callable[[Any], bool]

MAX_PARAMETERS: Final = 64
MAX_CHARACTERS: Final = 8 * 1024
_TAG: Final = re.compile(r"[0-9A-Fa-f]{8}")
_KEYWORD: Final = re.compile(r"[A-Z][A-Za-z0-9]{1,63}")
_PATH: Final = re.compile(r"[A-Za-z0-9]{1,64}(?:\.[A-Za-z0-9]{1,64}){0,8}")
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
_CODE: Final = re.compile(r"[A-Z0-9 _*?]{1,16}")
_DATE: Final = re.compile(r"[0-9]{8}")
_TIME: Final = re.compile(r"[0-9]{2}(?:[0-9]{2}(?:[0-9]{2}(?:\.[0-9]{1,6})?)?)?")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,12}")
_WORDS: Final = {"false": False, "true": True}
# Parameters that choose a way of matching which we do not have: they may only say no.
_REFUSED_WORDS: Final = ("emptyvaluematching", "multiplevaluematching")


@frozen
class Key:
    """One attribute that must match; ``any_value``: by a lone wildcard, which matches the absence
    of a value too."""

    tag: str
    test: Test
    any_value: bool = False

    def allows(self, attributes: Attributes) -> bool:
        """Whether a value of the attribute matches."""
        values = attributes.get(self.tag, {}).get("Value", ())
        return self.any_value or any(self.test(one) for one in values)


@frozen
class Query:
    """``levels``: those whose attributes may be matched and are given; the last one is that of the
    results. ``asked``: tags of ``includefield``; ``everything``: all that is known. ``fuzzy``: a
    matching of names was asked, which changes nothing since no name is matched."""

    levels: tuple[Level, ...]
    keys: tuple[Key, ...]
    asked: frozenset[str]
    everything: bool
    limit: int | None
    offset: int
    fuzzy: bool


def read_query(levels: tuple[Level, ...], parameters: Mapping[str, Sequence[str]]) -> Query:
    """Read the parameters of an address, each with its values in order. BadRequest names the
    parameter at fault, or ``query`` for one that we do not know."""
    if len(parameters) > MAX_PARAMETERS or _characters(parameters) > MAX_CHARACTERS:
        raise BadRequest("query")
    rest = dict(parameters)
    fields = [one for text in rest.pop("includefield", ()) for one in text.split(",")]
    limit, offset = (_whole(rest, name) for name in ("limit", "offset"))
    fuzzy = _word(rest, "fuzzymatching")
    for name in _REFUSED_WORDS:
        if _word(rest, name):
            raise BadRequest(name)
    everything = fields == ["all"]
    return Query(
        levels=levels,
        keys=_keys(levels, rest),
        asked=frozenset() if everything else _asked(fields),
        everything=everything,
        limit=limit,
        offset=offset or 0,
        fuzzy=fuzzy,
    )


def _characters(parameters: Mapping[str, Sequence[str]]) -> int:
    return sum(len(name) + sum(map(len, values)) for name, values in parameters.items())


def _whole(parameters: dict[str, Sequence[str]], name: str) -> int | None:
    values = parameters.pop(name, None)
    if values is None:
        return None
    if len(values) != 1 or not _NUMBER.fullmatch(values[0]):
        raise BadRequest(name)
    return int(values[0])


def _word(parameters: dict[str, Sequence[str]], name: str) -> bool:
    values = parameters.pop(name, ("false",))
    if len(values) != 1 or values[0] not in _WORDS:
        raise BadRequest(name)
    return _WORDS[values[0]]


def _asked(fields: Sequence[str]) -> frozenset[str]:
    """The tags that ``includefield`` names, with the creator of a private one (PS3.5 7.8.1); of a
    path into a sequence, the sequence."""
    found = set()
    for one in fields:
        if not _PATH.fullmatch(one) or one == "all":
            raise BadRequest("includefield")
        tag = _tag_of(one.partition(".")[0])
        if tag:
            found.add(tag)
        if tag and int(tag[:4], 16) % 2 and tag[4:6] != "00":
            found.add(f"{tag[:4]}00{tag[4:6]}")
    return frozenset(found)


def _tag_of(name: str) -> str:
    """The tag of a tag or a keyword, "" for one that no dictionary has."""
    if _TAG.fullmatch(name):
        return name.upper()
    if name in KEYWORDS:
        return KEYWORDS[name]
    # A cold start does not pay for the whole dictionary.
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415

    known = tag_for_keyword(name) if _KEYWORD.fullmatch(name) else None
    return "" if known is None else f"{known:08X}"


def _keys(levels: tuple[Level, ...], parameters: Mapping[str, Sequence[str]]) -> tuple[Key, ...]:
    known = {one.tag: one for level in levels for one in BY_LEVEL[level] if one.matching}
    found: dict[str, Key] = {}
    for name, values in parameters.items():
        attribute = known.get(name.upper() if _TAG.fullmatch(name) else KEYWORDS.get(name, ""))
        if attribute is None or attribute.tag in found:
            raise BadRequest("query")
        if len(values) != 1:
            raise BadRequest(attribute.keyword)
        found[attribute.tag] = _key(attribute, values[0])
    return tuple(found.values())


def _key(attribute: Attribute, text: str) -> Key:
    test = _TESTS[attribute.matching](text)
    if test is None:
        raise BadRequest(attribute.keyword)
    return Key(attribute.tag, test, any_value=text == "*")


# Each makes the test of a value from the text of a question, None for a text that is none.


def _uids(text: str) -> Test | None:
    """A UID, or a list of them (PS3.4 C.2.2.2.2)."""
    try:
        wanted = {str(Uid(one)) for one in re.split(r"[,\\]", text)}
    except ValueError:
        return None
    return lambda value: isinstance(value, str) and value in wanted


def _code(text: str) -> Test | None:
    """A code, with wildcards (PS3.4 C.2.2.2.4)."""
    if not _CODE.fullmatch(text):
        return None
    signs = {"*": ".*", "?": "."}
    pattern = re.compile("".join(signs.get(one) or re.escape(one) for one in text), re.DOTALL)
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _date(text: str) -> Test | None:
    """A day, or a range of days (PS3.4 C.2.2.2.5)."""
    return _within(_DATE, text, lambda one, _: one)


def _time(text: str) -> Test | None:
    """A time, or a range of times: a time without seconds is its whole minute."""
    return _within(_TIME, text, lambda one, filled: one.replace(".", "").ljust(12, filled))


def _within(moment: re.Pattern[str], text: str, whole: Callable[[str, str], str]) -> Test | None:
    """``whole`` writes a moment with all of its digits, the missing ones filled."""
    first, is_range, last = text.partition("-")
    last = last if is_range else first
    given = [one for one in (first, last) if one]
    if not given or not all(map(moment.fullmatch, given)):
        return None
    low = whole(first, "0") if first else ""
    high = whole(last, "9") if last else "~"

    def test(value: Any) -> bool:
        if not isinstance(value, str) or not moment.fullmatch(value):
            return False
        return low <= whole(value, "0") <= high

    return test


def _integer(text: str) -> Test | None:
    if not _INTEGER.fullmatch(text):
        return None
    wanted = int(text)
    return lambda value: value == wanted and not isinstance(value, bool)


_TESTS: Final[Mapping[Matching, Callable[[str], Test | None]]] = {
    "uid": _uids,
    "code": _code,
    "date": _date,
    "time": _time,
    "number": _integer,
}
