"""The operator's first page: what waits for a human, why, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from functions.drimbox.publication.ports import Outcome
from functions.drimbox.web.frame import Frame, Texts
from functions.drimbox.web.html import Html, join, tag
from functions.drimbox.web.times import since

_TEXTS: Final[Texts] = {
    "title": ("Publications", "Publications"),
    "filters": ("État", "State"),
    "none": ("Aucune publication dans cet état.", "No publication in this state."),
    "caption": ("Publications, la dernière modifiée d'abord", "Publications, latest change first"),
    "publication": ("Publication", "Publication"),
    "state": ("État", "State"),
    "why": ("Motif, et que faire", "Reason, and what to do"),
    "received": ("Reçue", "Received"),
    "replays": ("Rejeux", "Replays"),
    "more": ("Suivantes", "Next ones"),
    "open": ("Ouvrir", "Open"),
    "study": ("Examen", "Study"),
    "ignored": ("Ignorée", "Ignored"),
}
# A publication's or a study's state: its words, and the class that colours it.
STATES: Final[dict[str, tuple[tuple[str, str], str]]] = {
    Outcome.HELD: (("Retenue", "Held"), "bad"),
    Outcome.IN_PROGRESS: (("En cours", "In progress"), "wait"),
    Outcome.PUBLISHED: (("Publiée", "Published"), "good"),
    Outcome.WITHDRAWN: (("Retirée", "Withdrawn"), "plain"),
    Outcome.UNCHANGED: (("Inchangée", "Unchanged"), "plain"),
    Outcome.SUPERSEDED: (("Dépassée", "Superseded"), "plain"),
    "ignored": (("Ignorée", "Ignored"), "plain"),
}


def state(frame: Frame, name: str) -> Html:
    """A state as a coloured word."""
    words, colour = STATES[name]
    return tag("span", words[frame.language == "en"], class_=f"state {colour}")


def queue_page(
    frame: Frame,
    facts: Mapping[str, Any],
    *,
    chosen: str,
    now: datetime,
    zone: ZoneInfo,
) -> bytes:
    """The page of a listing (``operations.queue.describe``) of the state ``chosen``."""
    title = frame.say(_TEXTS, "title")
    rows = [_row(frame, one, now, zone) for one in facts["publications"]]
    return frame.document(
        title, _filters(frame, chosen), _table(frame, rows), _next(frame, facts, chosen)
    )


def _filters(frame: Frame, chosen: str) -> Html:
    items = []
    for name, (words, _) in STATES.items():
        current = {"aria_current": "page"} if name == chosen else {}
        link = tag("a", words[frame.language == "en"], href=frame.path(state=name), **current)
        items.append(tag("li", link))
    return tag("nav", tag("ul", *items), aria_label=frame.say(_TEXTS, "filters"), class_="filters")


def _table(frame: Frame, rows: list[Html]) -> Html:
    if not rows:
        return tag("p", frame.say(_TEXTS, "none"), class_="notice good")
    heads = [
        tag("th", frame.say(_TEXTS, name), scope="col")
        for name in ("publication", "state", "why", "received", "replays")
    ]
    table = tag(
        "table",
        tag("caption", frame.say(_TEXTS, "caption")),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
    )
    return tag("div", table, class_="scroll")


def _row(frame: Frame, one: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Html:
    link = tag(
        "a",
        tag("code", one["id"][:12]),
        href=frame.path(f"/publications/{one['id']}"),
        aria_label=f"{frame.say(_TEXTS, 'open')} {one['id'][:12]}",
    )
    received = datetime.fromisoformat(one["received_at"])
    return tag(
        "tr",
        tag("th", link, scope="row", class_="tight"),
        tag("td", state(frame, one["state"])),
        tag("td", *(_study(frame, study) for study in one["studies"])),
        tag("td", since(received, now, zone, frame.language), class_="tight"),
        tag("td", str(one["replays"]), class_="number"),
    )


def _study(frame: Frame, study: Mapping[str, Any]) -> Html:
    named = tag("small", f"{frame.say(_TEXTS, 'study')} ", tag("code", study["study_instance_uid"]))
    if "reason" not in study:
        return tag("div", named)
    return tag(
        "div",
        tag("div", tag("strong", study["words"][frame.language])),
        tag("div", study["todo"][frame.language]),
        named,
    )


def _next(frame: Frame, facts: Mapping[str, Any], chosen: str) -> Html:
    if not facts["next"]:
        return join()
    href = frame.path(state=chosen, after=facts["next"])
    return tag("p", tag("a", frame.say(_TEXTS, "more"), href=href, rel="next"))
