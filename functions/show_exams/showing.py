"""The list on a patient's page: the DMP's answer in the reader's view, with the facts beside it.

The facts beside it are a dozen reads of our own tables. Those that need nothing of each other are
waited for together.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from functions.aws import pages, requests
from functions.aws.reading_pages import PAGES
from functions.drimbox.consultation import imaging_history
from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.exam_sources import known_or_checking
from functions.drimbox.consultation.imaging_document import read_document
from functions.drimbox.consultation.kept_conclusions import conclusions
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.consultation.services import of_sites, services_or_unknown
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.oid import Uid
from functions.drimbox.pages.kit.stylesheet import HEADERS, SCRIPTED_HEADERS
from functions.drimbox.pages.reading.exam_groups import Numbers
from functions.drimbox.pages.reading.exams_page import Shown, Sites
from functions.drimbox.pages.reading.viewer_page import Build, ViewerPlace, viewer_headers
from functions.drimbox.tenants.pacs_viewer import viewer_link

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.aws import entry
    from functions.aws.readers import Reader
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.exam_list import ExamList
    from functions.drimbox.consultation.imaging_document import ImagingDocument
    from functions.drimbox.consultation.imaging_history import History
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.publication.imported import Imported
    from functions.show_exams.settings import Settings

_AT_ONCE = 3
# Studies of one question to the table of imports; a part of the list has fewer.
_MOST_STUDIES = 100
# The path of ``serve_asset`` on this host.
_ASSETS = "/assets"


def shown(
    event: entry.Event,
    reader: Reader[Settings],
    context: CallContext,
    listed: ExamList,
    page: str,
    *,
    view: ListView | None = None,
) -> Shown:
    """The part of the list that the event asks for, in the view that is kept with the page, or in
    ``view``.

    The list is shown also where our own tables fail: without the kept filters, and without the ways
    on from it (reports, sites); the page says so.
    """
    stores, found = reader.stores, listed.found
    session = PAGES.session_identifier(event)
    with ThreadPoolExecutor(_AT_ONCE) as beside:
        # The DMP's own state is that of the question that was just asked.
        services = beside.submit(services_or_unknown, stores.services)
        said = beside.submit(conclusions, stores.contexts, page, session)
        view = view or _view(reader, page, session)
        part = pages.count(requests.query(event, "part")) or 1
        documents = _documents(reader, found.entries)
        history = imaging_history.arrange(documents, view or ListView(), context.wanted, part)
        kept = (*history.documents, *history.compared_elsewhere)
        entries = [found.entries[one.number - 1] for one in kept]
        places = {one.number: place for place, one in enumerate(kept, 1)}
        exams = _exams(history, entries, places)
        given_at = next((one.given_at for one in entries if one.given_at), "")
        desk = stores.known_sources(page, session, given_at)
        sources = beside.submit(known_or_checking, desk, exams)
        imports = beside.submit(_imports, reader, exams)
        edition = _keep(reader, page, session, entries)
        known = sources.result() if edition else ()
    unkept = {"no_filters": view is None, "no_reading": not edition}
    conclusion, build = said.result(), _build(stores.settings)
    return Shown(
        history,
        Numbers(edition, places if edition else {}),
        view or ListView(),
        narrowed=context.wanted != WantedExams(),
        unreadable=found.unreadable,
        # Nobody is asked for the states of the sites.
        sites=Sites(known, (*services.result(), *of_sites(known))),
        contradicting=listed.contradicting,
        unkept=tuple(name for name, is_so in unkept.items() if is_so),
        said={
            one.number: conclusion[entry.unique_id]
            for one, entry in zip(kept, entries, strict=True)
            if entry.unique_id in conclusion
        },
        viewer=(ViewerPlace(page, edition), build) if build and known else None,
        imports=_moments(imports.result()) if edition else None,
        in_pacs=_in_pacs(reader, exams, imports.result() or {}),
    )


def _moments(known: Mapping[int, Imported] | None) -> Mapping[int, datetime] | None:
    return None if known is None else {number: one.at for number, one in known.items()}


def _in_pacs(
    reader: Reader[Settings],
    exams: Mapping[int, DocumentEntry],
    imports: Mapping[int, Imported],
) -> Mapping[int, str]:
    """The addresses in the site's own viewer of the exams that are in its PACS, by their numbers in
    the page's list: its own ones, and those whose import has ended whole."""
    tenant = reader.stores.tenant
    if not tenant.viewer_url:
        return {}
    found = {}
    for number, one in exams.items():
        own = tenant.structure(one.establishment[0]) is not None
        imported = imports.get(number)
        if one.study_instance_uid and (own or (imported is not None and imported.whole)):
            with suppress(ValueError):  # the DMP's UID is none
                found[number] = viewer_link(tenant.viewer_url, Uid(one.study_instance_uid))
    return found


def _imports(
    reader: Reader[Settings], exams: Mapping[int, DocumentEntry]
) -> Mapping[int, Imported] | None:
    """The imported exams, by their number in the page's list; None where the site does not import,
    or its table does not answer."""
    stores = reader.stores
    if not stores.tenant.imports:
        return None
    studies = {n: one.study_instance_uid for n, one in exams.items() if one.study_instance_uid}
    try:
        known = stores.imported.several(Uid(one) for one in list(studies.values())[:_MOST_STUDIES])
    except (StorageUnavailable, ValueError):
        return None
    return {n: known[Uid(one)] for n, one in studies.items() if one in known}


def policy(reader: Reader[Settings], listed: Shown) -> Mapping[str, str]:
    """The headers of the page: it runs no more than it needs."""
    if listed.viewer is not None:
        return viewer_headers(reader.stores.image_origins)
    return SCRIPTED_HEADERS if listed.sites.sources else HEADERS


def _build(settings: Settings) -> Build | None:
    """The viewer's files, None while nothing is built."""
    names = (settings.viewer_script, settings.viewer_sheet)
    return None if "-" in names else Build(*(f"{_ASSETS}/{name}" for name in names))


def _view(reader: Reader[Settings], page: str, session: str) -> ListView | None:
    """The view that is kept with the page, None where it cannot be read."""
    try:
        return reader.stores.list_views.get(page, session)
    except StorageUnavailable:
        return None


def _documents(
    reader: Reader[Settings], entries: tuple[DocumentEntry, ...]
) -> list[ImagingDocument]:
    tenant = reader.stores.tenant
    return [
        read_document(one, number, lambda structure: tenant.structure(structure) is not None)
        for number, one in enumerate(entries, 1)
    ]


def _exams(
    history: History, entries: list[DocumentEntry], places: dict[int, int]
) -> dict[int, DocumentEntry]:
    """The exams that are shown, by their number in the page's list."""
    here = (exam for group in history.groups for exam in group.exams)
    exams = (*here, *history.compared_elsewhere)
    return {place: entries[place - 1] for place in (places[one.number] for one in exams)}


def _keep(reader: Reader[Settings], page: str, session: str, entries: list[DocumentEntry]) -> str:
    """Keep the documents of this part, and those that it compares: no other one can be asked for
    by its number. The list's edition, "" where it cannot be kept.
    """
    try:
        return reader.stores.shown_documents.keep(page, session, entries)
    except StorageUnavailable:
        return ""
