"""The list of publications, as the queue and the search show it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day, since
from functions.drimbox.pages.operations import texts
from functions.drimbox.pages.operations.publication_components import publication_link, state_label
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from functions.drimbox.pages.kit.layout import Layout

# The columns by their labels, each with the class of its cells.
_COLUMNS = (
    ("publication", "tight"),
    ("exam", ""),
    ("state", ""),
    ("why", ""),
    ("sender", ""),
    ("received", "tight"),
    ("changed", "tight"),
    ("replays", "number"),
)


def publication_list(
    layout: Layout,
    publications: Sequence[Mapping[str, Any]],
    *,
    caption: str,
    now: datetime,
    zone: ZoneInfo,
) -> Html:
    """The publications of ``operations.queue.describe_all``; a notice where there is none."""
    if not publications:
        return components.notice(layout.say(texts.QUEUE, "none"), "plain")
    rows = _Rows(layout, now, zone)
    columns = [components.Column(rows.say(name), class_) for name, class_ in _COLUMNS]
    return components.listing(caption, columns, (rows.row(one) for one in publications))


@frozen
class _Rows:
    layout: Layout
    now: datetime
    zone: ZoneInfo

    def say(self, name: str) -> str:
        return self.layout.say(texts.QUEUE, name)

    def row(self, one: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            publication_link(self.layout, one["id"]),
            self._exam(one),
            state_label(self.layout, one["state"]),
            self._why(one),
            join(*(tag("div", part) for part in one["sender"].split("|") if part)),
            self._since(one["received_at"]),
            self._since(one["changed_at"]),
            str(one["replays"]),
        )

    def _exam(self, one: Mapping[str, Any]) -> Html:
        """The patient, where the operator may read the name, and the exam's own facts."""
        exam = one.get("exam", {})
        days = (day(text, self.layout.language) for text in exam.get("days", ()))
        about = (*exam.get("modalities", ()), *days)
        numbers = exam.get("accession_numbers", ())
        return join(
            _line("strong", self._patient(exam)),
            _line("span", about),
            _line("span", numbers, self.say("accession")),
            *(
                tag("div", tag("small", tag("code", study["study_instance_uid"])))
                for study in one["studies"]
            ),
        )

    def _patient(self, exam: Mapping[str, Any]) -> Sequence[str]:
        if "patient" not in exam:
            return ()
        born = exam["birth_date"]
        return [exam["patient"], *([day(born, self.layout.language)] if born else [])]

    def _why(self, one: Mapping[str, Any]) -> Html:
        """The reasons, each once: their remedy stands with the cause, and on the own page."""
        for whole in ("ignored", "held"):
            if one.get(whole):
                return tag("div", self.layout.words(one[f"{whole}_words"]))
        reasons = dict.fromkeys(
            self.layout.words(told["words"])
            for study in one["studies"]
            for told in (study, study.get("parked", {}))
            if "words" in told
        )
        return join(*(tag("div", words) for words in reasons))

    def _since(self, text: str) -> Html:
        return since(datetime.fromisoformat(text), self.now, self.zone, self.layout.language)


def _line(element: str, parts: Iterable[str], name: str = "") -> Html:
    said = " · ".join(parts)
    return tag("div", tag(element, f"{name} {said}".strip())) if said else join()
