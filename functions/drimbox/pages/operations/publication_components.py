"""Components of the operators' pages that show a publication: its state, its link, its sender, the
comparison with its images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.operations import texts
from functions.drimbox.publication.message_entry import Outcome, shown_id
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Operator, SenderPolicy, Tenant

# The class that colours a publication's or a study's state.
_COLOURS: Final[dict[str, str]] = {
    Outcome.HELD: "bad",
    "unknown": "bad",
    "stalled": "bad",
    Outcome.IN_PROGRESS: "wait",
    Outcome.PUBLISHED: "good",
}


def state_label(layout: Layout, name: str) -> Html:
    """A state as a coloured word."""
    colour = _COLOURS.get(name, "plain")
    words = {**texts.STATES, **texts.FATES, **texts.ASIDE}
    return tag("span", layout.say(words, name), class_=f"state {colour}")


def publication_link(layout: Layout, message_id: str) -> Html:
    """A link to a publication."""
    return tag(
        "a",
        tag("code", shown_id(message_id)),
        href=layout.path(f"/publications/{message_id}"),
    )


def sender_options(tenant: Tenant, *policies: SenderPolicy) -> list[tuple[str, str]]:
    """The declared senders of these policies (of any without one): value and words. One whom the
    file lets several certificates speak for is there once.
    """
    options = (
        (f"{one.application}|{one.facility}", f"{one.application} · {one.facility}")
        for one in tenant.senders
        if not policies or one.policy in policies
    )
    return list(dict.fromkeys(options))


def compared(layout: Layout, caption: str, rows: Sequence[Mapping[str, Any]]) -> Html:
    """The report beside the images (``operations.comparing``): a difference is in bold, and said in
    words; nothing where there is nothing to compare.
    """
    if not rows:
        return join()
    names = ("compared_field", "report", "images")
    columns = [components.Column(layout.say(texts.PUBLICATION, name)) for name in names]
    return components.listing(caption, columns, [_compared_row(layout, one) for one in rows])


def _compared_row(layout: Layout, one: Mapping[str, Any]) -> tuple[str, ...]:
    field, mark = one["field"], "strong" if one["differs"] else "span"
    told = layout.say(texts.COMPARED, field)
    words = layout.say(texts.PUBLICATION, "differs")

    def shown(text: str) -> str:
        return day(text, layout.language) if field == "birth_date" else text

    differs = tag("div", tag("span", words, class_="state bad"))
    return (
        join(told, differs if one["differs"] else ""),
        join(*(tag("div", tag(mark, shown(text))) for text in one["report"] if text)),
        tag(mark, shown(one["images"])) if one["images"] else "",
    )


def keep_buttons(
    layout: Layout, operator: Operator, keeps: str = "keep", replays: str = "keep_and_replay"
) -> Html:
    """The buttons of a correction: it is kept, and replayed at once where the operator may.
    ``keeps`` and ``replays`` name their words."""
    keep = tag("button", layout.say(texts.PUBLICATION, keeps))
    if not operator.may(Permission.REPLAY):
        return tag("p", keep)
    words = layout.say(texts.PUBLICATION, replays)
    return tag("p", tag("button", words, name="then", value="replay", class_="main"), " ", keep)
