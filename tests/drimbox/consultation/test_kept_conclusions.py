"""The conclusions of the reports that were read on a page: for its session's list alone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from functions.drimbox.consultation.kept_conclusions import MOST, conclusions, keep_conclusion
from functions.drimbox.consultation.reading_report import Compared, ReadReport
from functions.drimbox.dmp import xds
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.report.cda_body import Pdf, Sections, read_body
from functions.drimbox.safe_xml import parse
from tests.drimbox.consultation.shown_reports import ENTRY


@dataclass
class Notes:
    """Notes by page, session and name; ``broken``: the store fails."""

    kept: dict[tuple[str, str, str], str] = field(default_factory=dict)
    broken: bool = False
    writes: int = 0

    def note(self, page: str, session: str, name: str, text: str) -> None:
        if self.broken:
            raise StorageUnavailable("notes")
        self.kept[page, session, name] = text
        self.writes += 1

    def noted(self, page: str, session: str, name: str) -> str:
        if self.broken:
            raise StorageUnavailable("notes")
        return self.kept.get((page, session, name), "")


def read(text: str, unique_id: str = "2.25.1", **changes: Any) -> ReadReport:
    """A report of that conclusion."""
    code = '<code code="19005-8" codeSystem="2.16.840.1.113883.6.1"/>'
    section = f"<component><section>{code}<text>{text}</text></section></component>"
    body = f"<component><structuredBody>{section}</structuredBody></component>"
    document = f'<ClinicalDocument xmlns="urn:hl7-org:v3">{body}</ClinicalDocument>'
    found = read_body(parse(document.encode()))
    assert isinstance(found, Sections)
    return ReadReport(replace(ENTRY, unique_id=unique_id, **changes), found, (), Compared.HEADER)


def test_the_conclusions_are_those_of_one_page_and_session() -> None:
    notes = Notes()
    keep_conclusion(notes, "p", "s", read("Un."))
    keep_conclusion(notes, "p", "s", read("Deux.", "2.25.2"))
    assert conclusions(notes, "p", "s") == {"2.25.1": "Un.", "2.25.2": "Deux."}
    assert conclusions(notes, "q", "s") == conclusions(notes, "p", "t") == {}
    # The same again is not written again.
    keep_conclusion(notes, "p", "s", read("Un."))
    assert notes.writes == 2


def test_a_report_that_lost_its_conclusion_loses_it_in_the_list() -> None:
    notes = Notes()
    keep_conclusion(notes, "p", "s", read("Un."))
    keep_conclusion(notes, "p", "s", replace(read("Un."), body=Pdf(b"%PDF-1.4")))
    assert conclusions(notes, "p", "s") == {}


def test_a_report_that_needs_a_warning_has_none() -> None:
    notes = Notes()
    keep_conclusion(notes, "p", "s", read("Un.", status=xds.DEPRECATED))
    assert conclusions(notes, "p", "s") == {}
    assert notes.writes == 0


def test_the_latest_ones_are_kept() -> None:
    notes = Notes()
    for one in range(MOST + 2):
        keep_conclusion(notes, "p", "s", read("Un.", f"2.25.{one}"))
    kept = conclusions(notes, "p", "s")
    assert (len(kept), "2.25.1" in kept, "2.25.2" in kept) == (MOST, False, True)


def test_neither_a_report_nor_a_list_fails_of_the_store() -> None:
    notes = Notes(broken=True)
    keep_conclusion(notes, "p", "s", read("Un."))
    assert conclusions(notes, "p", "s") == {}
