"""The services page: the state of each service, the waiting work and its next try, the news that
the site's own address missed, the certificates, and the national white list in detail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import ago, duration, moment, since
from functions.drimbox.pages.operations import services_texts as texts
from functions.drimbox.pages.operations.publication_components import publication_link
from functions.drimbox.pages.operations.seen_services import rows_of
from functions.drimbox.pages.operations.services_verdict import service_name, verdict
from functions.drimbox.pages.reading.services_line import COLOURS
from functions.drimbox.wording.certificates import FAULTS as CERTIFICATE_FAULTS
from functions.drimbox.wording.certificates import NOT_CHECKED_YET
from functions.drimbox.wording.text import counted
from functions.drimbox.wording.waits import waiting_for
from functions.drimbox.wording.white_list import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.operations.oldest_message import OldestMessage
    from functions.drimbox.operations.viewing_certificates import SeenCertificate
    from functions.drimbox.operations.waiting_work import WaitingWork
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.operations.seen_services import SeenServices, ServiceRow
    from functions.drimbox.peers.source_states import SeenHost
    from functions.drimbox.peers.status import ListStatus
    from functions.drimbox.webhook.missed import Missed

# Days left at which the alarm of certificates rings (infra/shared/health_alarms.py).
SOON: Final = 60


def services_page(layout: Layout, seen: SeenServices, *, now: datetime, zone: ZoneInfo) -> bytes:
    """The page; it tells each outage once, in its own row, and needs no banner above it."""
    rows = rows_of(seen, now)
    return layout.document(
        _say(layout, "title"),
        verdict(layout, rows, seen.certificates),
        _services(layout, rows, now, zone),
        tag("h2", _say(layout, "work")),
        _oldest(layout, seen.oldest, now),
        _work(layout, seen.work, now, zone),
        *_missed(layout, seen.missed, now, zone),
        tag("h2", _say(layout, "certificates")),
        _certificates(layout, seen.certificates, now),
        tag("h2", _say(layout, "white_list")),
        _list(layout, seen.white_list, now, zone),
        tag("h2", _say(layout, "sites")),
        _sites(layout, seen.sites, zone),
    )


def _say(layout: Layout, label: str) -> str:
    return layout.say(texts.SERVICES, label)


def _columns(layout: Layout, **classes: str) -> list[components.Column]:
    return [components.Column(_say(layout, label), class_) for label, class_ in classes.items()]


def _state(words: str, colour: str) -> Html:
    return tag("span", words, class_=f"state {colour}")


# ---- services


def _services(layout: Layout, seen: Sequence[ServiceRow], now: datetime, zone: ZoneInfo) -> Html:
    rows = [
        (
            service_name(layout, row),
            _condition(layout, row),
            since(row.since, now, zone, layout.language) if row.since else "",
        )
        for row in seen
    ]
    columns = _columns(layout, service="", state="", since="tight")
    return components.listing(_say(layout, "services_caption"), columns, rows)


def _condition(layout: Layout, row: ServiceRow) -> Html:
    """A word, and a sentence where somebody has to know more."""
    key = (row.service, str(row.condition))
    word = layout.text(texts.OWN_CONDITIONS.get(key) or texts.CONDITIONS[str(row.condition)])
    more = texts.DETAILS.get(key)
    state = _state(word, COLOURS[row.condition])
    return join(state, tag("div", layout.text(more))) if more else state


# ---- waiting work


def _oldest(layout: Layout, oldest: OldestMessage | None, now: datetime) -> Html:
    if oldest is None:
        return join()
    age = ago(oldest.received_at, now, layout.language)
    told = _say(layout, "oldest_message").format(time=age)
    return tag("p", told, "" if oldest.whole else _say(layout, "or_older"))


def _work(layout: Layout, work: Sequence[WaitingWork], now: datetime, zone: ZoneInfo) -> Html:
    if not work:
        return components.notice(_say(layout, "no_work"), "good")
    rows = [
        (
            layout.text(waiting_for(one.kind)),
            str(one.studies),
            since(one.since, now, zone, layout.language),
            _next(layout, one.next_at, now, zone),
        )
        for one in work
    ]
    one, several = texts.SERVICES["one_waits"], texts.SERVICES["some_wait"]
    told = counted(sum(row.studies for row in work), one, several, layout.language)
    columns = _columns(layout, waits_for="", studies="number", oldest="tight", next="tight")
    return join(tag("p", told), components.listing(_say(layout, "work_caption"), columns, rows))


def _next(layout: Layout, at: datetime | None, now: datetime, zone: ZoneInfo) -> Html:
    if at is None:
        return join(_say(layout, "within_the_hour"))
    words = _say(layout, "in").format(time=duration(at - now, layout.language))
    return join(words, " ", tag("small", moment(at, zone, layout.language), class_="moment"))


# ---- news


def _missed(
    layout: Layout, missed: Sequence[Missed] | None, now: datetime, zone: ZoneInfo
) -> Iterator[Html]:
    if missed is None:
        return
    yield tag("h2", _say(layout, "news"))
    if not missed:
        yield components.notice(_say(layout, "no_news_missed"), "good")
        return
    rows = [
        (
            _refused_link(layout) if one.refused else publication_link(layout, one.message_id),
            since(one.at, now, zone, layout.language),
        )
        for one in missed
    ]
    yield tag("p", _say(layout, "news_missed"))
    columns = _columns(layout, publication="", given_up="tight")
    yield components.listing(_say(layout, "news_caption"), columns, rows)


def _refused_link(layout: Layout) -> Html:
    return tag("a", _say(layout, "refused"), href=layout.path("/refused"))


# ---- certificates


def _certificates(layout: Layout, seen: Sequence[SeenCertificate], now: datetime) -> Html:
    rows = [
        (
            one.structure,
            tag("code", one.use.kind),
            *_judged(layout, one, now),
        )
        for one in seen
    ]
    columns = _columns(layout, structure="", certificate="tight", state="", days_left="number")
    return components.listing(_say(layout, "certificates_caption"), columns, rows)


def _judged(layout: Layout, one: SeenCertificate, now: datetime) -> tuple[str, str]:
    """The finding in words, with the remedy of a fault, and the days left."""
    if one.found is None:
        told = layout.text(NOT_CHECKED_YET)
        return join(_state(_say(layout, "unchecked"), "plain"), tag("div", told)), ""
    judgement = one.found.judgement
    left = judgement.days_left(now)
    if judgement.fault is None:
        return _state(_say(layout, "usable"), "good" if left > SOON else "wait"), str(left)
    advice = CERTIFICATE_FAULTS[judgement.fault]
    told = f"{layout.text(advice)} {layout.text(advice.todo)}"
    return join(_state(_say(layout, "unusable"), "bad"), tag("div", told)), str(left)


# ---- other sites


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


def _sites(layout: Layout, sites: Sequence[SeenHost], zone: ZoneInfo) -> Html:
    if not sites:
        return tag("p", _say(layout, "no_site"))
    rows = [
        (
            one.host,
            layout.say(texts.STATES, str(one.state)),
            moment(one.since, zone, layout.language),
            moment(one.answered_at, zone, layout.language),
        )
        for one in sites
    ]
    columns = _columns(layout, host="", state="", since="tight", seen="tight")
    return components.listing(_say(layout, "sites_caption"), columns, rows)
