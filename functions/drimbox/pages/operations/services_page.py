"""The services page: the state of each service, and the national white list in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import duration, moment
from functions.drimbox.pages.operations import services_texts as texts
from functions.drimbox.pages.operations.outage_banner import outage_words
from functions.drimbox.pages.reading.services_line import COLOURS, service_words
from functions.drimbox.wording.white_list import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.consultation.services import Health
    from functions.drimbox.operations.outages import Outage
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.peers.source_states import SeenHost
    from functions.drimbox.peers.status import ListStatus


def services_page(
    layout: Layout,
    services: Iterable[Health],
    sites: Iterable[SeenHost],
    status: ListStatus,
    *,
    outages: Iterable[Outage],
    now: datetime,
    zone: ZoneInfo,
) -> bytes:
    """The page; ``sites`` are the other DRIMboxes that were asked of late, ``outages`` the
    services of publications that do not answer."""
    stopped = [tag("li", outage_words(layout, one, zone), class_="bad") for one in outages] or [
        tag("li", layout.say(texts.OUTAGES, "all_answer"), class_="good")
    ]
    listed = [
        tag("li", service_words(layout, one, zone), class_=COLOURS[one.condition])
        for one in services
    ]
    return layout.document(
        _say(layout, "title"),
        tag("ul", *stopped, *listed, class_="cards"),
        tag("h2", _say(layout, "white_list")),
        _list(layout, status, now, zone),
        tag("h2", _say(layout, "sites")),
        _sites(layout, tuple(sites), zone),
    )


def _say(layout: Layout, label: str) -> str:
    return layout.say(texts.SERVICES, label)


def _list(layout: Layout, status: ListStatus, now: datetime, zone: ZoneInfo) -> Html:
    kept, language = status.kept, layout.language
    name, unit = status.signer
    rows = [("signer", f"CN {name}, OU {unit}")]
    if kept is not None:
        rows = [
            ("holds", _say(layout, "yes" if status.holds else "no")),
            ("verified", moment(kept.checked_at, zone, language)),
            ("age", duration(kept.age(now), language)),
            ("generated", moment(kept.generated_at, zone, language)),
            ("signed", moment(kept.signed_at, zone, language)),
            *rows,
            ("hosts", str(status.hosts)),
            ("left_aside", str(status.left_aside)),
        ]
    refusal = status.refusal
    if refusal is not None:
        fault = FAULTS[refusal.code.removeprefix("white_list_")]
        told = join(
            moment(refusal.at, zone, language),
            " · ",
            layout.text(fault),
            " ",
            layout.text(fault.todo),
            " ",
            tag("code", refusal.code),
        )
        rows.append(("refusal", told))
    facts = components.facts([(_say(layout, label), value) for label, value in rows])
    if kept is None:
        return join(components.notice(_say(layout, "none"), "bad"), facts)
    return facts


def _sites(layout: Layout, sites: tuple[SeenHost, ...], zone: ZoneInfo) -> Html:
    if not sites:
        return tag("p", _say(layout, "no_site"))
    heads = [_say(layout, label) for label in ("host", "state", "since", "seen")]
    rows = [
        tag(
            "tr",
            tag("th", one.host, scope="row"),
            tag("td", layout.say(texts.STATES, str(one.state))),
            tag("td", moment(one.since, zone, layout.language)),
            tag("td", moment(one.answered_at, zone, layout.language)),
        )
        for one in sites
    ]
    return components.table(_say(layout, "sites_caption"), heads, rows)
