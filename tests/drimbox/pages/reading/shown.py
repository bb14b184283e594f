"""The page of a list, as several test modules read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from lxml import html

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.imaging_history import arrange
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.exam_groups import Numbers
from functions.drimbox.pages.reading.exams_page import Seen, Shown, Sites, exams_page
from functions.drimbox.pages.reading.sources_panel import Clock
from functions.drimbox.pages.reading.viewer_page import Build, ViewerPlace
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.histories import documents
from tests.drimbox.consultation.readers import CALL

PAGE: Final = "p" * 43
ADDRESS: Final = f"/v1/tenants/site/reading/{PAGE}"
SEEN: Final = Seen(datetime(2026, 11, 26, 9, 42, tzinfo=UTC), ZoneInfo("Europe/Paris"))

CLOCK: Final = Clock(SEEN.zone, SEEN.at)


def layout(language: Language = "fr", at: str = PAGE) -> Layout:
    """The layout of the patient's page."""
    return Layout(READING, "site", "Site", language, Visitor("Camille", "t"), f"/{at}")


def page(
    entries: Sequence[DocumentEntry],
    view: ListView | None = None,
    wanted: WantedExams | None = None,
    language: Language = "fr",
    *,
    part: int = 1,
    unreadable: int = 0,
    contradicting: int = 0,
    sites: Sites | None = None,
    said: Mapping[int, str] | None = None,
    at: str = PAGE,
    unkept: tuple[str, ...] = (),
    viewer: tuple[ViewerPlace, Build] | None = None,
    imports: Mapping[int, datetime] | None = None,
    in_pacs: Mapping[int, str] | None = None,
) -> bytes:
    """The page of those entries."""
    view, criteria = view or ListView(), wanted or WantedExams()
    history = arrange(documents(*entries), view, criteria, part)
    narrowed = criteria != WantedExams()
    places = {one.number: at for at, one in enumerate(history.documents, 1)}
    numbers = Numbers("", {}) if "no_reading" in unkept else Numbers("edition-abc", places)
    shown = Shown(
        history,
        numbers,
        view,
        narrowed=narrowed,
        unreadable=unreadable,
        sites=sites or Sites(),
        contradicting=contradicting,
        unkept=unkept,
        said=said or {},
        viewer=viewer,
        imports=imports,
        in_pacs=in_pacs or {},
    )
    return exams_page(layout(language, at), CALL, shown, SEEN)


def read(*args: Any, **options: Any) -> Any:
    """The same, parsed."""
    return html.fromstring(page(*args, **options).decode())


def words(element: Any) -> str:
    """The text of an element, in one line."""
    return " ".join(" ".join(element.itertext()).split())
