"""The professional's view of a list of exams: its filters and its order, as the form sends them.

A filter keeps the values that were unticked: a value that nobody has seen yet is never hidden.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.imaging_document import Mark
from functions.drimbox.errors import BadRequest
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# The states that a filter shows or hides (EX_3.1-1030), and the marks that each one covers. An
# active document is always shown, and one with any other mark.
FILTERS: Final[Mapping[str, frozenset[Mark]]] = {
    "archived": frozenset({Mark.ARCHIVED}),
    "invisible_patient": frozenset({Mark.INVISIBLE_PATIENT}),
    "invisible_representatives": frozenset({Mark.INVISIBLE_REPRESENTATIVES}),
    "masked": frozenset({Mark.MASKED}),
    "old": frozenset({Mark.OLD, Mark.WITHDRAWN}),
}
# Hidden until asked for: documents that the patient masked, and those that others replaced.
HIDDEN_AT_FIRST: Final = frozenset({"masked", "old"})
LONGEST_SEARCH: Final = 100
# The most values of one filter that a form offers; the documents of all others are shown.
MOST_VALUES: Final = 40
# Every field of the form, and some room for the buttons.
MOST_FIELDS: Final = 2 * MOST_VALUES + len(FILTERS) + 15
_LIST: Final = re.compile(r"(?:[A-Za-z0-9]{1,18}|-)(?: (?:[A-Za-z0-9]{1,18}|-)){0,99}")
# A form's name for documents without a value.
NONE: Final = "-"


@frozen
class ListView:
    """``search``: words of which each must be found. ``modalities`` and ``regions`` are those not
    to show, "" the documents without one. ``states`` are names of FILTERS not to show. Both days
    are included. ``everything``: the criteria of the calling software do not count.
    """

    search: str = field(default="", repr=False)
    modalities: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    states: frozenset[str] = HIDDEN_AT_FIRST
    first: date | None = None
    last: date | None = None
    oldest_first: bool = False
    everything: bool = False

    @property
    def hidden_marks(self) -> frozenset[Mark]:
        """The marks of the documents that are not shown."""
        return frozenset().union(*(FILTERS[name] for name in self.states))

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the search as :func:`folded` gives them."""
        return tuple(folded(self.search).split())

    @property
    def active(self) -> int:
        """How many kinds of filters may hide more, or less, than at first."""
        hidden = (self.modalities, self.regions, self.search, self.first or self.last)
        return sum(map(bool, hidden)) + (self.states != HIDDEN_AT_FIRST)


def folded(text: str) -> str:
    """The text without case and accents, to be compared."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))


def read_form(fields: Mapping[str, str], before: ListView) -> ListView:
    """The view that a submitted form asks for; ``before`` is the view that counts now.

    ``reset``, ``everything`` and ``wanted`` (the criteria of the call again) and ``reveal`` (all
    states) are buttons that leave the rest. BadRequest for a value that the page cannot send.
    """
    if "reset" in fields:
        return replace(ListView(), oldest_first=before.oldest_first, everything=before.everything)
    if "everything" in fields or "wanted" in fields:
        return replace(before, everything="everything" in fields)
    if "reveal" in fields:
        return replace(before, states=frozenset())
    order = fields.get("order", "oldest" if before.oldest_first else "newest")
    if order not in {"oldest", "newest"}:
        raise BadRequest("order")
    return ListView(
        search=_search(fields.get("search", "")),
        modalities=_unticked(fields, "modality"),
        regions=_unticked(fields, "region"),
        states=frozenset(name for name in FILTERS if f"state.{name}" not in fields),
        first=_day(fields, "first"),
        last=_day(fields, "last"),
        oldest_first=order == "oldest",
        everything=before.everything,
    )


def encode(view: ListView) -> str:
    """The view as a text to keep."""
    days = {name: day and day.isoformat() for name, day in _days(view).items()}
    sets = {name: sorted(getattr(view, name)) for name in _SETS}
    flags = {"oldest_first": view.oldest_first, "everything": view.everything}
    return json.dumps({"search": view.search, **sets, **days, **flags})


def decode(text: str) -> ListView:
    """The view of a text of ours."""
    facts: dict[str, Any] = json.loads(text)
    days = {name: facts[name] and date.fromisoformat(facts[name]) for name in ("first", "last")}
    return ListView(**{**facts, **days, **{name: frozenset(facts[name]) for name in _SETS}})


_SETS: Final = ("modalities", "regions", "states")


def _days(view: ListView) -> dict[str, date | None]:
    return {"first": view.first, "last": view.last}


def _search(text: str) -> str:
    """Printable text; a browser's line break is a space."""
    if len(text) > LONGEST_SEARCH or not all(one.isprintable() for one in text):
        raise BadRequest("search")
    return " ".join(text.split())


def _unticked(fields: Mapping[str, str], name: str) -> frozenset[str]:
    """The values that the form offered and that came back without their box."""
    offered = fields.get(f"{name}.all", "")
    if not offered:
        return frozenset()
    if not _LIST.fullmatch(offered):
        raise BadRequest(name)
    left = (one for one in offered.split(" ") if f"{name}.{one}" not in fields)
    return frozenset("" if one == NONE else one for one in left)


def _day(fields: Mapping[str, str], name: str) -> date | None:
    text = fields.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest(name) from None
