"""The banner on the operators' pages while a service does not answer; the page of the services
tells the same in its own rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.operations.counting import MOST_COUNTED
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import moment
from functions.drimbox.pages.operations import services_texts as texts

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from functions.drimbox.operations.outages import Outage
    from functions.drimbox.pages.kit.layout import Layout


def outage_banner(layout: Layout, outages: Iterable[Outage], waiting: int, zone: ZoneInfo) -> Html:
    """One sentence for each outage; nothing without one. ``waiting``: publications in progress."""
    told = [_words(layout, one, zone) for one in outages]
    if not told:
        return join()
    more = "+" if waiting > MOST_COUNTED else ""
    count = f"{min(waiting, MOST_COUNTED)}{more}"
    name = "waits_one" if waiting == 1 else "waits"
    wait = layout.say(texts.OUTAGES, name).format(count=count) if waiting else ""
    link = tag("a", layout.say(texts.OUTAGES, "see"), href=layout.path("/services"))
    return tag(
        "div",
        *(tag("p", one) for one in told),
        tag("p", f"{wait} ".lstrip(), link),
        class_="outage bad",
        role="status",
    )


def _words(layout: Layout, outage: Outage, zone: ZoneInfo) -> Html:
    """The outage in a sentence, with the time at the site."""
    before, _, after = layout.say(texts.OUTAGES, outage.service).partition("{time}")
    return join(
        before.format(structure=outage.structure),
        moment(outage.since, zone, layout.language),
        after.format(structure=outage.structure),
    )
