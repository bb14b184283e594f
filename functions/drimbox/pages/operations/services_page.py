"""The services page: the state of each service, the waiting work and its next try, the news that
the site's own address missed, the certificates, and the national white list in detail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation.services import Condition, Service
from functions.drimbox.operations.outages import Needed
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import ago, duration, moment, since
from functions.drimbox.pages.operations import services_texts as texts
from functions.drimbox.pages.operations.publication_components import publication_link
from functions.drimbox.pages.reading.services_line import COLOURS
from functions.drimbox.values import frozen
from functions.drimbox.wording.certificates import FAULTS as CERTIFICATE_FAULTS
from functions.drimbox.wording.certificates import NOT_CHECKED_YET
from functions.drimbox.wording.text import counted
from functions.drimbox.wording.waits import waiting_for
from functions.drimbox.wording.white_list import FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.agents.presence import AgentState
    from functions.drimbox.consultation.services import Health
    from functions.drimbox.operations.oldest_message import OldestMessage
    from functions.drimbox.operations.outages import Outage
    from functions.drimbox.operations.viewing_certificates import SeenCertificate
    from functions.drimbox.operations.waiting_work import WaitingWork
    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.peers.source_states import SeenHost
    from functions.drimbox.peers.status import ListStatus
    from functions.drimbox.webhook.missed import Missed

# The services of the site, in the order of the page; the last one only where its file names it.
_SERVICES: Final[tuple[str, ...]] = ("dmp", "pacs", "psc", "white_list")
_NEWS: Final = str(Needed.WEBHOOK)
_AGENT: Final = "agent"
# The kinds of work that waits since a service failed for a study, and perhaps for it alone: no
# circuit is open before the third one (decision 0039).
_FAILED: Final = frozenset({"dmp/study", "pacs/study"})
# Days left at which the alarm of certificates rings (infra/shared/health_alarms.py).
SOON: Final = 60


@frozen
class SeenServices:
    """The facts of the page. ``health``: of the services that consultations need; ``outages``: of
    those of publications; ``oldest``: the oldest message in progress; ``missed``: the news that the
    site's own address missed, None where the site names no address; ``sites``: the other DRIMboxes
    that were asked of late; ``agents``: the last words of the site's agents.
    """

    health: Sequence[Health]
    outages: Sequence[Outage]
    work: Sequence[WaitingWork]
    oldest: OldestMessage | None
    missed: Sequence[Missed] | None
    certificates: Sequence[SeenCertificate]
    sites: Sequence[SeenHost]
    white_list: ListStatus
    agents: Sequence[AgentState] = ()


def services_page(layout: Layout, seen: SeenServices, *, now: datetime, zone: ZoneInfo) -> bytes:
    """The page; it tells each outage once, in its own row, and needs no banner above it."""
    return layout.document(
        _say(layout, "title"),
        _services(layout, seen, now, zone),
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


@frozen
class _Row:
    """A service; ``structure`` is a name, "" where all are concerned; or that of an agent."""

    service: str
    condition: Condition
    since: datetime | None
    structure: str = ""


def _rows(seen: SeenServices, now: datetime) -> Iterator[_Row]:
    """An open circuit of publications tells more than a failure for some studies, and that more
    than the last answer to a consultation.
    """
    stopped = {str(one.service): one for one in seen.outages if not one.structure}
    known = {str(one.service): one for one in seen.health}
    failed = {one.kind.partition("/")[0]: one for one in seen.work if one.kind in _FAILED}
    for name in (*_SERVICES, *(() if seen.missed is None else (_NEWS,))):
        if name in stopped:
            yield _Row(name, Condition.DOWN, stopped[name].since)
        elif name in failed:
            yield _Row(name, Condition.AGING, failed[name].since)
        elif name in known:
            # The list's own times stand below, in detail.
            began = None if name == Service.WHITE_LIST else known[name].since
            yield _Row(name, known[name].condition, began)
        else:
            yield _Row(name, Condition.UNKNOWN, None)
    for one in seen.outages:
        if one.structure:
            yield _Row(str(Needed.IDENTITY), Condition.DOWN, one.since, one.structure)
    for agent in seen.agents:
        if agent.is_there(now):
            yield _Row(_AGENT, Condition.WORKS, None, agent.name)
        else:
            yield _Row(_AGENT, Condition.DOWN, agent.seen_at, agent.name)


def _services(layout: Layout, seen: SeenServices, now: datetime, zone: ZoneInfo) -> Html:
    rows = [
        (
            layout.say(texts.NAMES, row.service).format(structure=row.structure),
            _condition(layout, row),
            since(row.since, now, zone, layout.language) if row.since else "",
        )
        for row in _rows(seen, now)
    ]
    columns = _columns(layout, service="", state="", since="tight")
    return components.listing(_say(layout, "services_caption"), columns, rows)


def _condition(layout: Layout, row: _Row) -> Html:
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
