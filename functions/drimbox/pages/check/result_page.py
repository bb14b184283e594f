"""A check as a web page: one document, no script, nothing loaded, every value a text.

French, or English where the caller prefers it. The page is for the sender of the message only: it
answers that request and is never kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.pages.check import texts
from functions.drimbox.pages.check.answer import inert_page
from functions.drimbox.pages.kit.html import Html, join, tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.drimbox.pages.check.answer import Asked
    from functions.drimbox.wording.text import Language


def result_page(facts: Mapping[str, Any], language: Language, asked: Asked | None = None) -> bytes:
    """The page of a check's facts (``facts.describe``), UTF-8. ``asked`` is the page that asked for
    it, None for a program.
    """
    return _Page(language).whole(facts, asked)


class _Page:
    """The page in one language."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def whole(self, facts: Mapping[str, Any], asked: Asked | None) -> bytes:
        """The document."""
        return inert_page(
            self._language,
            self._say("title"),
            self._verdict(facts),
            tag("p", tag("a", self._say("back"), href=asked.path)) if asked else "",
            tag("p", self._say("dry")),
            tag("p", self._say("cut")) if facts["cut"] else "",
            self._answer(facts["answer"]),
            self._faults(facts["faults"]),
            self._publication(facts["publication"], facts["read"]["action"]),
            self._read(facts["read"]),
            asked=asked,
        )

    def _verdict(self, facts: Mapping[str, Any]) -> Html:
        """The end of the message in one line: the reader may need no more."""
        code, publication = facts["answer"]["code"], facts["publication"]
        holds = [study["hold"] for study in publication["studies"] if study["hold"]]
        if code != "AA":
            told = self._say(code or "no_ack")
        elif not publication["published"]:
            told = " ".join(
                (publication["words"][self._language], *self._once_changed(publication))
            )
        elif holds:
            told = f"{self._say('would_hold')} {holds[0]['words'][self._language]}"
        else:
            told = self._say(str(facts["read"]["action"]))
        good = code == "AA" and publication["published"] and not holds
        return tag("p", tag("strong", told), class_=f"verdict {'good' if good else 'bad'}")

    def _once_changed(self, publication: Mapping[str, Any]) -> Iterable[str]:
        """A report that would change nothing hides the holds of its next version."""
        if publication["holds"]:
            yield self._say("once_changed")
            yield publication["holds"][0]["words"][self._language]

    def _say(self, name: str) -> str:
        return texts.RESULT[name].in_language(self._language)

    def _label(self, name: str) -> str:
        return texts.FACTS[name].in_language(self._language) if name in texts.FACTS else name

    def _answer(self, answer: Mapping[str, Any]) -> Html:
        code = answer["code"]
        verdict = tag(
            "p",
            self._say(code or "no_ack"),
            class_=f"verdict {'good' if code == 'AA' else 'bad'}",
        )
        ack = answer["acknowledgement"]
        shown = tag("pre", ack.replace("\r", "\n")) if ack else ""
        return tag("section", tag("h2", self._say("answer")), verdict, shown)

    def _faults(self, faults: Iterable[Mapping[str, Any]]) -> Html:
        rows = [self._fault(fault) for fault in faults]
        heads = (
            tag("th", self._say(name), scope="col")
            for name in ("what", "where", "condition", "clause")
        )
        content = (
            tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows))
            if rows
            else tag("p", self._say("no_fault"))
        )
        return tag("section", tag("h2", self._say("faults")), content)

    def _fault(self, fault: Mapping[str, Any]) -> Html:
        condition = ", ".join(
            f"{fault[name]} {fault[text] or ''}".strip()
            for name, text in (
                ("condition", "condition_text"),
                ("application_code", "application_text"),
            )
            if fault[name]
        )
        answered = f" ({self._say('answered')})" if fault["answered"] else ""
        return tag(
            "tr",
            tag(
                "td",
                tag("strong", fault["words"][self._language]),
                *self._values(fault),
                tag("div", fault["todo"][self._language]),
                tag("div", tag("code", fault["code"]), answered),
                tag("div", fault["detail"], lang="en"),
            ),
            tag("td", tag("code", fault["location"] or "")),
            tag("td", condition, lang="en"),
            tag("td", fault["clause"] or ""),
        )

    def _values(self, fault: Mapping[str, Any]) -> Iterable[Html]:
        """The value that was read, and those that may stand there."""
        if fault["value"] is not None:
            found = tag("code", fault["value"]) if fault["value"] else self._say("empty")
            yield tag("div", f"{self._say('found')} : ", found)
        if fault["accepted"]:
            yield tag("div", f"{self._say('accepted')} : {fault['accepted'][self._language]}")

    def _publication(self, publication: Mapping[str, Any], action: str | None) -> Html:
        heading = tag("h2", self._say("publication"))
        if not publication["published"]:
            words = publication["words"][self._language]
            told = tag("p", words, class_="verdict bad")
            return tag("section", heading, told, *self._holds(publication["holds"]))
        structure = publication["structure"]
        named = f"{structure['name']} ({structure['id']})" if structure else ""
        rows = (
            self._row(self._say("structure"), named or self._say("undeclared")),
            self._row(
                self._say("confidentiality_codes"),
                self._value(publication["confidentiality_codes"]),
            ),
        )
        return tag(
            "section",
            heading,
            tag("p", self._say(str(action)), class_="verdict good"),
            self._table(rows),
            *self._holds(publication["holds"]),
            *self._identity(publication["identity"]),
            *(self._study(study) for study in publication["studies"]),
        )

    def _holds(self, holds: Sequence[Mapping[str, Any]]) -> Iterable[Html]:
        """Every reason for which the report would be held, with its remedy and its values."""
        if not holds:
            return
        yield tag("h3", self._say("holds"))
        rows = [
            (
                tag("strong", one["words"][self._language]),
                tag("div", one["detail"], lang="en") if one["detail"] else "",
                tag("div", tag("code", one["location"])) if one["location"] else "",
                *self._values(one),
                tag("div", one["todo"][self._language]),
                tag("div", tag("code", one["reason"])),
                tag("div", f"{self._say('held_studies')} : ", ", ".join(one["studies"])),
            )
            for one in holds
        ]
        yield tag("table", tag("tbody", *(tag("tr", tag("td", *row)) for row in rows)))

    def _identity(self, identity: Mapping[str, Any]) -> Iterable[Html]:
        named, sender = identity["organisation"], identity["sender"]
        rows = [
            ("named", f"{named['name']} ({named['id']})" if named else self._say("not_named")),
            ("why", identity["why"][self._language]),
            (
                "compared",
                f"{sender['name']} ({sender['id']})" if sender else self._say("nothing_compared"),
            ),
        ]
        if identity["structure"]:
            rows += [("mode", identity["identification"]), ("holder", identity["holder"])]
        yield tag("h3", self._say("identity"))
        yield self._table(self._row(self._say(name), value) for name, value in rows)
        for certificate in identity["certificates"]:
            yield tag("h4", certificate["kind"])
            yield self._certificate(certificate)

    def _certificate(self, certificate: Mapping[str, Any]) -> Html:
        todo = certificate["todo"]
        said = certificate["words"][self._language] + (f" {todo[self._language]}" if todo else "")
        dates = [certificate["not_before"], certificate["not_after"]]
        rows = [
            ("state", said),
            *((name, certificate[name]) for name in ("subject", "issuer", "serial_number")),
            ("validity", " – ".join(dates) if all(dates) else None),
            *((name, certificate[name]) for name in ("sha256", "checked_at")),
        ]
        return self._table(self._row(self._say(name), value) for name, value in rows if value)

    def _study(self, study: Mapping[str, Any]) -> Html:
        hold = study["hold"]
        foreseen = (
            f"{hold['words'][self._language]} {hold['todo'][self._language]} "
            f"({hold['reason']}{': ' + hold['detail'] if hold['detail'] else ''})"
            if hold
            else self._say("no_hold")
        )
        references = [
            self._row(
                f"{self._say('reference_ids')}, {self._say('if_accession')} "
                f"{one['accession_number']}",
                self._value(one["values"]),
            )
            for one in study["reference_ids"]
        ]
        return join(
            tag("h3", f"{self._say('study')} {study['study_instance_uid']}"),
            self._table(
                (
                    self._row(self._say("hold"), foreseen),
                    self._row(self._say("event_codes"), self._value(study["event_codes"])),
                    *references,
                )
            ),
        )

    def _read(self, read: Mapping[str, Any]) -> Html:
        message = {name: read[name] for name in ("action", "patient_class")}
        order_change = read["order_change"]
        parts = [("header", read["header"])]
        if order_change:
            parts.append(("order_change", order_change))
        else:
            parts.append(("message", message))
            parts += [(name, read[name]) for name in ("flags", "sender", "document", "patient")]
        parts += [("order", order) for order in read["orders"]]
        parts += [("exam", exam) for exam in read["exams"]]
        return tag(
            "section",
            tag("h2", self._say("read")),
            *(join(tag("h3", self._say(name)), self._facts(facts)) for name, facts in parts),
        )

    def _facts(self, facts: Mapping[str, Any] | None) -> Html:
        """The facts that were read: a row without a value would look like an empty field."""
        rows = [
            self._row(self._label(name), self._value(value))
            for name, value in (facts or {}).items()
            if value not in (None, "", [])
        ]
        return self._table(rows) if rows else tag("p", self._say("not_read"))

    @staticmethod
    def _table(rows: Iterable[Html]) -> Html:
        return tag("table", tag("tbody", *rows))

    @staticmethod
    def _row(label: str, value: str) -> Html:
        return tag("tr", tag("th", label, scope="row"), tag("td", value))

    def _value(self, value: Any) -> str:
        """A fact as text: lists by line, the parts of a fact with their names."""
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        if isinstance(value, list):
            return join(*(tag("div", self._value(one)) for one in value))
        if isinstance(value, dict):
            return self._parts(value)
        return str(value)

    def _parts(self, value: Mapping[str, Any]) -> Html:
        if "display" in value:
            return join(f"{value['code']} {value['display']} ({value['system']})")
        if "extension" in value:
            return join("^".join(part for part in (value["extension"], value["root"]) if part))
        return join(
            *(
                tag("div", f"{self._label(name)} : ", self._value(one))
                for name, one in value.items()
                if one not in (None, "")
            )
        )
