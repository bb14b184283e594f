"""The operators' first page: the queue, with each publication's reason and remedy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import since
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.publication_components import (
    publication_link,
    sender_options,
    state_label,
)
from functions.drimbox.tenants.model import Operator, Permission, Tenant
from functions.drimbox.values import frozen
from functions.drimbox.wording.held import HELD_REASONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.operations.queue_filters import Filters


def queue_page(
    layout: Layout,
    facts: Mapping[str, Any],
    filters: Filters,
    *,
    tenant: Tenant,
    operator: Operator,
    now: datetime,
    causes: Sequence[Mapping[str, Any]],
    saved: Mapping[str, Mapping[str, str]],
    replayed: int | None = None,
) -> bytes:
    """The page of a listing (``operations.queue.describe``) that ``filters`` asked for.

    ``causes`` are those of ``operations.causes.list_causes``, ``saved`` the operator's own filters
    by name. ``operator``'s rights decide which actions are offered; ``replayed`` is how many
    publications of a cause the operator has just queued again, None for nothing.
    """
    return _Page(layout, facts, filters, tenant, operator, now, causes, saved).whole(replayed)


@frozen
class _Page:
    layout: Layout
    facts: Mapping[str, Any]
    filters: Filters
    tenant: Tenant
    operator: Operator
    now: datetime
    causes: Sequence[Mapping[str, Any]]
    saved: Mapping[str, Mapping[str, str]]

    def whole(self, replayed: int | None) -> bytes:
        done = "" if replayed is None else f"{replayed} {self._say('cause_done')}"
        return self.layout.document(
            self._say("title"),
            components.notice(done, "good") if done else "",
            self._causes(),
            self._states(),
            self._filters(),
            self._saved(),
            self._table(),
            self._next(),
        )

    def _say(self, name: str) -> str:
        return self.layout.say(texts.QUEUE, name)

    @property
    def _zone(self) -> ZoneInfo:
        return self.tenant.time_zone

    def _states(self) -> Html:
        items = []
        for name, words in texts.STATES.items():
            current = {"aria_current": "page"} if name == self.filters.state else {}
            href = self.layout.path(**self.filters.parameters(state=name))
            link = tag("a", self.layout.text(words), href=href, **current)
            items.append(tag("li", link))
        return tag("nav", tag("ul", *items), aria_label=self._say("filters"), class_="filters")

    def _filters(self) -> Html:
        chosen = self.filters
        reasons = [(code, self.layout.text(words)) for code, words in HELD_REASONS.items()]
        senders = sender_options(self.tenant)
        return tag(
            "form",
            components.hidden(state=chosen.state),
            components.select(
                "reason", self._say("reason"), reasons, chosen.reason, any_=self._say("any_reason")
            ),
            components.select(
                "sender", self._say("sender"), senders, chosen.sender, any_=self._say("any_sender")
            ),
            components.entry_field("from", self._say("from"), chosen.from_, type="date"),
            components.entry_field("to", self._say("to"), chosen.to, type="date"),
            tag("button", self._say("apply")),
            method="get",
            action=self.layout.path(),
            class_="line",
        )

    def _causes(self) -> Html:
        """The open causes; one click replays all publications of one."""
        heading = tag("h2", self._say("causes"))
        if not self.causes:
            return tag("section", heading, components.notice(self._say("no_cause"), "good"))
        heads = [self._say(name) for name in ("reason", "studies", "opened", "do")]
        rows = [self._cause(cause) for cause in self.causes]
        table = components.table(self._say("causes_caption"), heads, rows, numbers=(1,))
        return tag("section", heading, table)

    def _cause(self, cause: Mapping[str, Any]) -> Html:
        reason, words = cause["reason"], self.layout.words(cause["words"])
        see = tag(
            "a",
            self._say("list"),
            href=self.layout.path(state="held", reason=reason),
            aria_label=f"{self._say('list_of')} {words}",
            class_="button",
        )
        replay = ""
        if self.operator.may(Permission.BULK):
            button = tag(
                "button",
                self._say("cause"),
                class_="main",
                aria_label=f"{self._say('cause')} : {words}",
            )
            replay = self.layout.form("", "replay_cause", components.hidden(reason=reason), button)
        return tag(
            "tr",
            tag(
                "th",
                tag("div", words),
                tag("div", self.layout.words(cause["todo"]), class_="soft"),
                scope="row",
            ),
            tag("td", str(cause["studies"]), class_="number"),
            tag("td", self._since(cause["since"]) if cause["since"] else "", class_="tight"),
            tag("td", see, " ", replay, class_="tight"),
        )

    def _saved(self) -> Html:
        """The operator's own filters: each a link, and a button that forgets it."""
        items = [
            tag(
                "li",
                tag("a", name, href=self.layout.path(**parameters)),
                " ",
                self.layout.form(
                    "",
                    "forget_filter",
                    components.hidden(name=name),
                    tag("button", "×", aria_label=f"{self._say('forget')} {name}"),
                ),
            )
            for name, parameters in self.saved.items()
        ]
        keep = self.layout.form(
            "",
            "keep_filter",
            components.hidden(
                state=self.filters.state, reason=self.filters.reason, sender=self.filters.sender
            ),
            components.entry_field(
                "name", self._say("filter_name"), required="", maxlength="60", autocomplete="off"
            ),
            tag("button", self._say("save")),
            class_="line",
        )
        return tag(
            "details",
            tag("summary", f"{self._say('saved')} ({len(items)})"),
            tag("ul", *items, class_="saved") if items else "",
            keep,
        )

    def _table(self) -> Html:
        rows = [self._row(one) for one in self.facts["publications"]]
        if not rows:
            return components.notice(self._say("none"), "plain")
        names = ("publication", "state", "why", "sender", "received", "changed", "replays")
        heads = [self._say(name) for name in names]
        return components.table(self._say("caption"), heads, rows, numbers=(len(heads) - 1,))

    def _row(self, one: Mapping[str, Any]) -> Html:
        link = publication_link(self.layout, one["id"])
        studies = [self._study(study) for study in one["studies"]]
        if one["ignored"]:
            studies = [tag("div", self.layout.words(one["ignored_words"]))]
        return tag(
            "tr",
            tag("th", link, scope="row", class_="tight"),
            tag("td", state_label(self.layout, one["state"])),
            tag("td", *studies),
            tag("td", *(tag("div", part) for part in one["sender"].split("|"))),
            tag("td", self._since(one["received_at"]), class_="tight"),
            tag("td", self._since(one["changed_at"]), class_="tight"),
            tag("td", str(one["replays"]), class_="number"),
        )

    def _since(self, text: str) -> Html:
        return since(datetime.fromisoformat(text), self.now, self._zone, self.layout.language)

    def _study(self, study: Mapping[str, Any]) -> Html:
        named = tag("small", f"{self._say('study')} ", tag("code", study["study_instance_uid"]))
        if "reason" not in study:
            return tag("div", named)
        return tag(
            "div",
            tag("div", tag("strong", self.layout.words(study["words"]))),
            tag("div", self.layout.words(study["todo"])),
            named,
        )

    def _next(self) -> Html:
        if not self.facts["next"]:
            return join()
        href = self.layout.path(**self.filters.parameters(after=self.facts["next"]))
        return tag("p", tag("a", self._say("more"), href=href, rel="next"))
