"""A search in the site's PACS as a page: the criteria, and the studies to choose from, each beside
the report. Any value of an answer is a text here, never markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.operations.searching_pacs import LONGEST, LONGEST_MODALITY
from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import Html, join, tag
from functions.drimbox.pages.kit.times import day
from functions.drimbox.pages.operations.pacs_search_texts import FAULTS, PACS_SEARCH
from functions.drimbox.pages.operations.publication_components import compared, keep_buttons
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen
from functions.drimbox.wording.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.pages.kit.layout import Layout
    from functions.drimbox.tenants.model import Operator


def pacs_search_page(layout: Layout, facts: Mapping[str, Any], *, operator: Operator) -> bytes:
    """The page of the facts of ``operations.searching_pacs.search_pacs``; it offers the acts within
    the operator's rights."""
    return _Page(layout, facts, operator).whole()


@frozen
class _Page:
    layout: Layout
    facts: Mapping[str, Any]
    operator: Operator

    def whole(self) -> bytes:
        back = self.layout.path(f"/publications/{self.facts['publication']}")
        return self.layout.document(
            self._say("title"),
            tag("p", tag("a", self._say("back"), href=back), class_="crumbs"),
            tag("p", f"{self._say('instead_of')} ", tag("code", self.facts["study"])),
            self._criteria(),
            *self._told(),
            self._choices(),
        )

    def _say(self, name: str) -> str:
        return self.layout.say(PACS_SEARCH, name)

    def _counted(self, count: int, one: str, several: str) -> str:
        return counted(count, PACS_SEARCH[one], PACS_SEARCH[several], self.layout.language)

    def _criteria(self) -> Html:
        asked = self.facts["asked"]
        # "*" and "?" would stand for any text (PS3.4 C.2.2.2).
        number = {"maxlength": str(LONGEST), "pattern": r"[^*?\\]*", "autocomplete": "off"}
        fields = (
            components.hidden(study=self.facts["study"]),
            components.entry_field("ipp", self._say("ipp"), asked["ipp"], size="20", **number),
            components.entry_field("day", self._say("day"), asked["day"], type="date"),
            components.entry_field(
                "accession", self._say("accession"), asked["accession"], size="20", **number
            ),
            components.entry_field(
                "modality",
                self._say("modality"),
                asked["modality"],
                size="6",
                maxlength=str(LONGEST_MODALITY),
                pattern="[A-Za-z0-9_]*",
                autocomplete="off",
            ),
            tag("button", self._say("search"), class_="main"),
        )
        rest = f"/publications/{self.facts['publication']}/pacs"
        own = "" if self.operator.may(Permission.PATIENTS) else f" {self._say('own_only')}"
        return tag(
            "section",
            tag("h2", self._say("criteria")),
            tag("p", tag("small", self._say("criteria_what") + own)),
            self.layout.form(rest, "search_pacs", *fields, class_="line"),
        )

    def _told(self) -> Iterator[Html]:
        """The answer in words: how many, and whether there may be others."""
        fault, found, left_out = (self.facts[name] for name in ("fault", "found", "left_out"))
        if fault:
            yield components.notice(self.layout.say(FAULTS, fault), "bad", role="alert")
            return
        if found:
            yield components.notice(self._counted(len(found), "one", "several"), "plain")
        else:
            yield components.notice(self._say("none"), "plain")
        if left_out:
            yield components.notice(self._counted(left_out, "left_out_one", "left_out"), "wait")
        if not self.facts["complete"]:
            yield components.notice(self._say("more"), "wait")

    def _choices(self) -> Html:
        found = self.facts["found"]
        if not found:
            return join()
        studies = tag("div", *(self._study(one) for one in found), class_="columns")
        hidden = {"named-0": self.facts["study"], "found": "yes"}
        box = tag(
            "fieldset",
            tag("legend", self._say("choose")),
            tag("p", tag("small", self._say("choose_what"))),
            components.hidden(**hidden),
            studies,
            "" if all(one["named"] for one in found) else keep_buttons(self.layout, self.operator),
        )
        return self.layout.form(
            f"/publications/{self.facts['publication']}", "override", box, class_=""
        )

    def _study(self, one: Mapping[str, Any]) -> Html:
        uid = one["study_instance_uid"]
        words = tag("strong", self._words(one))
        chosen = (
            join(words, tag("div", tag("span", self._say("named"), class_="state plain")))
            if one["named"]
            else tag(
                "label",
                tag("input", type="radio", name="study-0", value=uid, required=""),
                tag("span", words),
                class_="check",
            )
        )
        return tag(
            "article",
            chosen,
            tag("div", tag("small", tag("code", uid))),
            compared(self.layout, self._say("compared"), one["compared"]),
        )

    def _words(self, one: Mapping[str, Any]) -> str:
        """The study in one line; a gap of the PACS is said."""
        number = one["accession_number"]
        parts = (
            day(one["study_date"], self.layout.language) or self._say("no_day"),
            ", ".join(one["modalities"]),
            one["description"] or self._say("no_description"),
            ""
            if one["instances"] is None
            else self._counted(one["instances"], "instance", "instances"),
            f"{self._say('accession_number')} {number}" if number else self._say("no_accession"),
        )
        return " · ".join(part for part in parts if part)
