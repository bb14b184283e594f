"""The page of a site's agents: the state of each in words, and the forms that let one in or put one
out; and the page that shows a code, once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.agents.presence import CLOCK_DIFFERS, PacsSeen
from functions.drimbox.enrolment.register import CODE_VALID, MOST_TRIES
from functions.drimbox.identity.agent_names import AUTHORITY, subject_of
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import ago, duration, moment, since
from functions.drimbox.pages.operations import agents_texts as texts
from functions.drimbox.tenants.model import Operator, Permission

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from functions.drimbox.agents.presence import AgentState
    from functions.drimbox.enrolment.code import Code
    from functions.drimbox.enrolment.register import AgentRecord
    from functions.drimbox.operations.managing_agents import SeenAgent
    from functions.drimbox.pages.kit.layout import Layout

# An agent renews with a third of 90 days left: later, something keeps it from doing so.
SOON: Final = timedelta(days=25)
_COLOURS: Final = {
    "waiting": "wait",
    "code_ended": "bad",
    "code_void": "bad",
    "never_seen": "wait",
    "works": "good",
    "pacs_away": "bad",
    "clock_wrong": "wait",
    "silent": "bad",
    "certificate_ended": "bad",
    "undeclared": "wait",
}
_COLUMNS: Final = (
    ("name", ""),
    ("state", ""),
    ("seen", "tight"),
    ("version", "tight"),
    ("pacs", ""),
    ("spool", ""),
    ("clock", ""),
    ("certificate", "tight"),
)


def agents_page(
    layout: Layout,
    seen: Sequence[SeenAgent],
    *,
    operator: Operator,
    now: datetime,
    zone: ZoneInfo,
    done: str = "",
) -> bytes:
    """The page; an operator with the permission ``agents`` is offered its forms. ``done`` tells the
    last act.
    """
    may = operator.may(Permission.AGENTS)
    return layout.document(
        _say(layout, "title"),
        components.notice(_say(layout, "removed"), "good") if done == "removed" else "",
        tag("p", _say(layout, "what")),
        _list(layout, seen, now, zone, may=may)
        if seen
        else components.notice(_say(layout, "none"), "plain"),
        tag("p", _say(layout, "senders_what"), class_="soft"),
        tag("p", _say(layout, "silence"), class_="soft"),
        _add(layout) if may else "",
    )


def code_page(
    layout: Layout,
    name: str,
    code: Code,
    *,
    url: str,
    senders: Sequence[tuple[str, str]],
    now: datetime,
    zone: ZoneInfo,
) -> bytes:
    """The page that shows the code of the agent ``name``, and how it is used at ``url``, the base
    of this host; ``senders`` are the pairs that it may forward already, and the page shows the
    lines that declare another one.
    """

    def say(label: str) -> str:
        return layout.say(texts.CODE, label)

    command = f"drimbox-agent enrol --url {url} --tenant {layout.tenant} --code {code.shown}"
    return layout.document(
        say("title"),
        tag("p", tag("a", say("back"), href=layout.path("/agents")), class_="crumbs"),
        components.facts(
            [
                (say("name"), tag("code", name)),
                (say("code"), tag("strong", tag("code", code.shown))),
                (say("valid"), moment(now + CODE_VALID, zone, layout.language)),
            ]
        ),
        components.notice(say("once"), "wait"),
        tag("h2", say("command")),
        tag("pre", command),
        tag("p", say("then")),
        tag("h2", say("senders")),
        tag("p", say("senders_what")),
        components.facts([(say("declared"), _senders(layout, senders))]),
        tag("pre", _declaration(layout.tenant, name)),
    )


def _declaration(tenant: str, agent: str) -> str:
    """The lines of the tenant's file for one sender."""
    facts = {
        "- application": "MSH-3",
        "  facility": "MSH-4",
        "  certificate_subject": subject_of(tenant, agent),
        "  certificate_issuer": AUTHORITY,
    }
    return "\n".join(("senders:", *(f"  {name}: {value}" for name, value in facts.items())))


def _say(layout: Layout, label: str) -> str:
    return layout.say(texts.AGENTS, label)


def state_of(seen: SeenAgent, now: datetime) -> str:
    """The name of its state in ``agents_texts.STATES``."""
    record, state = seen.record, seen.state
    if record is not None:
        waits = _waits(record, now)
        if waits:
            return waits
    if state is None:
        return "never_seen" if record is not None else "undeclared"
    if not state.is_there(now):
        return "silent"
    if state.pacs is PacsSeen.UNREACHABLE:
        return "pacs_away"
    return "clock_wrong" if abs(state.ahead) > CLOCK_DIFFERS else "works"


def _waits(record: AgentRecord, now: datetime) -> str:
    """The state of an agent without a certificate, "" for another."""
    ends, invitation = record.ends_at, record.invitation
    if ends is not None and now < ends:
        return ""
    if invitation is None:
        return "certificate_ended"
    if invitation.tries >= MOST_TRIES:
        return "code_void"
    return "waiting" if invitation.is_open(now) else "code_ended"


def _list(
    layout: Layout, seen: Sequence[SeenAgent], now: datetime, zone: ZoneInfo, *, may: bool
) -> Html:
    names = (*_COLUMNS, ("do", "")) if may else _COLUMNS
    columns = [components.Column(_say(layout, name), class_) for name, class_ in names]
    rows = [
        (*_row(layout, one, now, zone), *((_forms(layout, one),) if may else ())) for one in seen
    ]
    return components.listing(_say(layout, "caption"), columns, rows)


def _row(layout: Layout, seen: SeenAgent, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    named = state_of(seen, now)
    words = tag("span", layout.say(texts.STATES, named), class_=f"state {_COLOURS[named]}")
    # A column of its own would make the table wider than a window of 1280 pixels.
    pairs = _say(layout, "senders").format(senders=_senders(layout, seen.senders))
    words = join(words, tag("div", tag("small", pairs)))
    facts = _told(layout, seen.state, now, zone)
    return (tag("code", seen.name), words, *facts, _certificate(layout, seen.record, now, zone))


def _told(
    layout: Layout, state: AgentState | None, now: datetime, zone: ZoneInfo
) -> tuple[str, ...]:
    """Its last word: when, version, PACS, waiting messages, clock."""
    if state is None:
        return (_say(layout, "never"), "", "", "", "")
    return (
        since(state.seen_at, now, zone, layout.language),
        state.version,
        layout.say(texts.PACS, str(state.pacs)),
        _spool(layout, state, now),
        _clock(layout, state.ahead),
    )


def _senders(layout: Layout, pairs: Sequence[tuple[str, str]]) -> str:
    """The pairs that it may forward; a site whose RIS speaks to us itself needs none."""
    return ", ".join(map(" · ".join, pairs)) or _say(layout, "senders_none")


def _spool(layout: Layout, state: AgentState, now: datetime) -> str:
    if state.spooled_since is None:
        return _say(layout, "spool_none") if not state.spooled else str(state.spooled)
    oldest = ago(state.spooled_since, now, layout.language)
    return _say(layout, "spool_some").format(count=state.spooled, time=oldest)


def _clock(layout: Layout, ahead: timedelta) -> str:
    if abs(ahead) <= CLOCK_DIFFERS:
        return _say(layout, "clock_right")
    label = "clock_ahead" if ahead > timedelta(0) else "clock_behind"
    return _say(layout, label).format(time=duration(abs(ahead), layout.language))


def _certificate(layout: Layout, record: AgentRecord | None, now: datetime, zone: ZoneInfo) -> str:
    if record is None:
        return _say(layout, "certificate_own")
    if record.ends_at is None:
        return ""
    ends = moment(record.ends_at, zone, layout.language)
    if record.ends_at - now > SOON:
        return ends
    return tag("span", ends, class_="state bad" if record.ends_at <= now else "state wait")


def _forms(layout: Layout, seen: SeenAgent) -> Html:
    """None for an agent that the tenant's file declares: there it is put out, too."""
    if seen.record is None:
        return join()
    named = components.hidden(name=seen.name)
    again = tag("button", _say(layout, "new_code"), aria_label=_about(layout, "new_code", seen))
    tick = tag(
        "label",
        tag("input", type="checkbox", name="confirm", value="yes", required=""),
        tag("span", _say(layout, "remove_sure")),
        class_="check",
    )
    out = tag(
        "button",
        _say(layout, "remove"),
        class_="danger",
        aria_label=_about(layout, "remove", seen),
    )
    return join(
        layout.form("/agents", "invite_agent", named, again),
        tag(
            "details",
            tag("summary", _say(layout, "remove")),
            layout.form("/agents", "remove_agent", named, tick, tag("p", out), class_=""),
        ),
    )


def _about(layout: Layout, label: str, seen: SeenAgent) -> str:
    return f"{_say(layout, label)} : {seen.name}"


def _add(layout: Layout) -> Html:
    field = components.entry_field(
        "name",
        _say(layout, "add_name"),
        required="",
        maxlength="63",
        # Browsers read it with the flag `v`, which wants the hyphen escaped.
        pattern=r"[a-z0-9]([a-z0-9\-]{0,61}[a-z0-9])?",
        autocomplete="off",
        spellcheck="false",
    )
    button = tag("button", _say(layout, "add_do"), class_="main")
    return tag(
        "section",
        tag("h2", _say(layout, "add")),
        tag("p", _say(layout, "add_what")),
        layout.form("/agents", "invite_agent", field, button, class_="line"),
    )
