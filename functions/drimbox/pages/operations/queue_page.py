"""The operators' first page: the queue, with each publication's reason and remedy."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.counting import MOST_COUNTED
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import since
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.publication_components import sender_options
from functions.drimbox.pages.operations.publication_list import publication_list
from functions.drimbox.pages.operations.replay_page import replay_label
from functions.drimbox.pages.operations.search_form import search_form
from functions.drimbox.tenants.model import Operator, Permission, Tenant
from functions.drimbox.values import frozen
from functions.drimbox.wording.held import CONFIRMED_IN_BULK, HELD_REASONS
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.pages.operations.queue_filters import Filters


# Messages that are no publication: a tab of their own, counted beside the states.
REFUSED: Final = "refused"


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
    counts: Mapping[str, int],
    after: str = "",
    replayed: int | None = None,
    left_out: int = 0,
) -> bytes:
    """The page of a listing (``operations.queue.describe``) that ``filters`` asked for.

    ``causes`` are those of ``operations.causes.list_causes``, ``saved`` the operator's own filters
    by name, ``counts`` those of ``operations.counting`` and REFUSED. ``operator``'s rights decide
    which actions are offered; ``replayed`` is how many publications of a cause the operator has
    just queued again, None for nothing, ``left_out`` how many of them are not;
    ``after`` is the cursor of this page, "" for the first.
    """
    page = _Page(layout, facts, filters, tenant, operator, now, causes, saved, counts, after)
    return page.whole(replayed, left_out)


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
    counts: Mapping[str, int]
    after: str

    def whole(self, replayed: int | None, left_out: int) -> bytes:
        return self.layout.document(
            self._say("title"),
            self._told("cause_done", replayed, "good") if replayed is not None else "",
            self._told("left_out", left_out, "bad") if left_out else "",
            search_form(self.layout, self.operator),
            self._causes(),
            self._states(),
            tag("p", self._say("help"), class_="soft"),
            self._filters(),
            self._saved(),
            publication_list(
                self.layout,
                self.facts["publications"],
                caption=self._say("caption"),
                now=self.now,
                zone=self._zone,
            ),
            self._download(),
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
            link = tag("a", self.layout.text(words), self._count(name), href=href, **current)
            items.append(tag("li", link))
        refused = self.layout.path("/refused")
        items.append(tag("li", tag("a", self._say(REFUSED), self._count(REFUSED), href=refused)))
        return tag("nav", tag("ul", *items), aria_label=self._say("filters"), class_="filters")

    def _count(self, state: str) -> Html:
        """How many wait there; nothing for a state in which nothing waits."""
        count = self.counts.get(state)
        if count is None:
            return join()
        more = "+" if count > MOST_COUNTED else ""
        return join(" ", tag("b", f"{min(count, MOST_COUNTED)}{more}"))

    def _filters(self) -> Html:
        """The filters, folded while none of them is in use."""
        chosen = self.filters
        reasons = [(code, self.layout.text(words)) for code, words in HELD_REASONS.items()]
        senders = sender_options(self.tenant)
        form = tag(
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
        opened = {"open": ""} if len(chosen.parameters()) > 1 else {}
        return tag("details", tag("summary", self._say("narrow")), form, **opened)

    def _told(self, name: str, count: int, colour: str) -> Html:
        one, several = texts.QUEUE[f"{name}_one"], texts.QUEUE[name]
        return components.notice(counted(count, one, several, self.layout.language), colour)

    def _causes(self) -> Html:
        """The open causes; one click replays all publications of one."""
        heading = tag("h2", self._say("causes"))
        if not self.causes:
            return tag("section", heading, components.notice(self._say("no_cause"), "good"))
        names = (("reason", ""), ("studies", "number"), ("opened", "tight"), ("do", "tight"))
        columns = [components.Column(self._say(name), class_) for name, class_ in names]
        rows = [self._cause(cause) for cause in self.causes]
        return tag(
            "section", heading, components.listing(self._say("causes_caption"), columns, rows)
        )

    def _cause(self, cause: Mapping[str, Any]) -> tuple[str, ...]:
        reason, words = cause["reason"], self.layout.words(cause["words"])
        see = tag(
            "a",
            self._say("list"),
            href=self.layout.path(state="held", reason=reason),
            aria_label=f"{self._say('list_of')} {words}",
            class_="button",
        )
        return (
            join(tag("div", words), tag("div", self.layout.words(cause["todo"]), class_="soft")),
            str(cause["studies"]),
            self._since(cause["since"]) if cause["since"] else "",
            join(see, " ", self._replay(cause)),
        )

    def _replay(self, cause: Mapping[str, Any]) -> Html:
        """The button, where another try may end otherwise; the way to confirm a dangerous one."""
        if not (cause["replay_helps"] and self.operator.may(Permission.BULK)):
            return join()
        label = replay_label(self.layout, cause)
        name = f"{label} : {self.layout.words(cause['words'])}"
        if cause["reason"] in CONFIRMED_IN_BULK:
            href = self.layout.path(replay=cause["reason"])
            return tag("a", label, href=href, aria_label=name, class_="button")
        button = tag("button", label, aria_label=name)
        hidden = components.hidden(reason=cause["reason"])
        return self.layout.form("", "replay_cause", hidden, button)

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

    def _since(self, text: str) -> Html:
        return since(datetime.fromisoformat(text), self.now, self._zone, self.layout.language)

    def _download(self) -> Html:
        """The listed publications as a file; nothing where none is listed."""
        if not self.facts["publications"]:
            return join()
        asked = self.filters.parameters(after=self.after, format="csv")
        return tag("p", tag("a", self._say("csv"), href=self.layout.path(**asked), download=""))

    def _next(self) -> Html:
        if not self.facts["next"]:
            return join()
        href = self.layout.path(**self.filters.parameters(after=self.facts["next"]))
        return tag("p", tag("a", self._say("more"), href=href, rel="next"))
