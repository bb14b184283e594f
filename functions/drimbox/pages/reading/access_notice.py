"""A DMP that may not be read now: the reason, and the patient's authorisation where it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.record_access import Access
from functions.drimbox.pages.kit.components import notice, table
from functions.drimbox.pages.kit.html import Html, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.reading import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.record_access import RecordAccess
    from functions.drimbox.pages.kit.layout import Layout

_COLOURS: Final = {Access.OTHER_PERSON: "bad", Access.REFUSED: "bad"}


def access_notice(
    layout: Layout, context: CallContext, access: RecordAccess, page: str
) -> Iterator[Html]:
    """The words of the state, and the ways that remain."""
    colour = _COLOURS.get(access.state, "wait")
    yield notice(_say(layout, access.state), colour, role="alert" if colour == "bad" else "status")
    yield tag("p", _say(layout, f"{access.state}_then"))
    if access.state is Access.OTHER_PERSON:
        yield _both(layout, context, access)
    if access.may_be_authorized:
        yield _form(layout, page)
    again = tag("a", _say(layout, "again"), href=layout.path(layout.here), class_="button")
    yield tag("p", again)


def _say(layout: Layout, label: str) -> str:
    return layout.say(texts.ACCESS, label)


def _form(layout: Layout, page: str) -> Html:
    """The one way to the authorisation: a box to tick, and a button (EX_0.3-1010)."""
    box = tag("input", type="checkbox", name="consent", value="yes", required="")
    return layout.form(
        f"/{page}/authorization",
        "authorize",
        tag("p", tag("label", box, tag("span", _say(layout, "consent")), class_="check")),
        tag("p", tag("button", _say(layout, "authorize"), class_="main")),
        class_="choice",
    )


def _both(layout: Layout, context: CallContext, access: RecordAccess) -> Html:
    """Both identities, trait by trait."""
    traits, language = access.traits, layout.language
    rows = {
        "birth_family": (context.birth_family, traits.birth_family),
        "birth_given": (context.birth_given, ", ".join(traits.givens)),
        "birth_date": (day(context.birth_date, language), day(traits.birth_date, language)),
        "sex": (_sex(layout, context.sex), _sex(layout, traits.sex)),
    }
    heads = [_say(layout, name) for name in ("trait", "software", "record", "agreement")]
    return table(
        _say(layout, "both"),
        heads,
        (
            _row(layout, name, values, "differs" if name in access.differing else "agrees")
            for name, values in rows.items()
        ),
    )


def _sex(layout: Layout, code: str) -> str:
    words = texts.SEXES.get(code)
    return layout.text(words) if words else code


def _row(layout: Layout, name: str, values: tuple[str, str], agreement: str) -> Html:
    told = tag("strong" if agreement == "differs" else "span", _say(layout, agreement))
    cells = [tag("td", one or _say(layout, "not_given")) for one in values]
    return tag("tr", tag("th", _say(layout, name), scope="row"), *cells, tag("td", told))
