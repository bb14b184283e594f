"""One report of a page's list: asked for anew, fetched, proved, compared with the patient, and then
its body.

The list may be hours old: status, restrictions, hash and size are those that the DMP gives now.
The report is not kept: it is fetched again each time that somebody opens it (REC_3.2-1020).
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.consultation import document_confidentiality, document_patient
from functions.drimbox.consultation.find_exams import refusals
from functions.drimbox.dmp import retrieve
from functions.drimbox.dmp.documents import State, restricting
from functions.drimbox.errors import Absent, DocumentUnusable
from functions.drimbox.report.cda_body import PDF, OtherForm, as_pdf, parse_large, read_body
from functions.drimbox.report.conclusion import conclusion
from functions.drimbox.safe_xml import UnsafeXml, parse
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lxml import etree

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.document_patient import Comparison
    from functions.drimbox.consultation.outcomes import Noting
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import ReportRepository
    from functions.drimbox.identity.parties import Code
    from functions.drimbox.report.cda_body import Body, Pdf, PlainText, Sections

_XML: Final = frozenset({"text/xml", "application/xml", "application/hl7-v3+xml"})


class OtherPatient(DocumentUnusable):
    """The document does not say that its patient is the page's: nothing of it may be shown."""

    code = "document_other_patient"

    def __init__(self, compared: Comparison) -> None:
        super().__init__()
        self.compared = compared


class Compared(StrEnum):
    """The place of the identity that was compared with the page's patient."""

    HEADER = "header"
    ENTRY = "entry"


@frozen
class ReadReport:
    """A report of the page's patient, in a form that a page shows.

    ``entry`` is the DMP's now; ``untold`` are the traits that the document does not give;
    ``stated`` is the confidentiality that the document states itself.
    """

    entry: DocumentEntry
    body: Pdf | PlainText | Sections
    untold: tuple[str, ...]
    compared: Compared
    stated: tuple[Code, ...] = ()

    @property
    def restrictions(self) -> tuple[Code, ...]:
        """The codes of the entry and of the document that hide it from somebody."""
        return restricting((*self.entry.confidentiality_codes, *self.stated))

    @property
    def may_stand_alone(self) -> bool:
        """Whether the document may be seen without the page's warnings: there are none."""
        return self.entry.state is State.ACTIVE and not self.restrictions

    @property
    def conclusion(self) -> str:
        """Its conclusion in one sentence, "" where it has none, or one that needs a warning."""
        return conclusion(self.body) if self.may_stand_alone else ""

    def __repr__(self) -> str:
        return f"ReadReport({self.body!r})"


def read_report(
    open_dmp: Callable[[], ReportRepository],
    listed: DocumentEntry,
    context: CallContext,
    *,
    noting: Noting = nullcontext,
) -> ReadReport:
    """The report that the page listed, for its patient; ``open_dmp`` opens the DMP for the reader;
    ``noting`` hears how the calls of the DMP end.

    Raises DocumentUnusable (``document_gone``, ``document_unprovable``, ``document_altered``,
    ``document_unreadable``), OtherPatient, Absent when the DMP does not have it any more, and as
    ``find_exams.opened`` and ``find_exams.refusals``.
    """
    repository = open_dmp()
    with refusals(), noting():
        entry = current(repository.entries_now(listed.unique_id), listed)
        if not retrieve.are_retrievable([entry]):
            raise DocumentUnusable(code="document_unprovable")
        found = repository.retrieve([entry])
    if entry.unique_id in found.altered:
        raise DocumentUnusable(code="document_altered")
    if entry.unique_id not in found.documents:
        raise Absent("document")
    return read_content(entry, found.documents[entry.unique_id], context)


def current(found: Sequence[DocumentEntry], listed: DocumentEntry) -> DocumentEntry:
    """The entry of the listed document as the DMP has it now, among all of its uniqueId.

    A change of metadata (ITI-57) leaves the former version of the entry beside the new one: the one
    in force counts, with the restrictions of all, and with those of the list, which knows all
    documents of one logical identifier, and whether one of them did not tell its own
    (``registry.UNTOLD``). Raises DocumentUnusable: ``document_gone`` when
    there is none, or one of them is withdrawn, of another patient or type; ``document_unprovable``
    when nothing tells which one counts, or one does not say whom it is hidden from.
    """
    if not found or not all(_is_of(one, listed) for one in found):
        raise DocumentUnusable(code="document_gone")
    alike = next(same for state in State if (same := [e for e in found if e.state is state]))
    codes = dict.fromkeys(code for e in (*found, listed) for code in e.confidentiality_codes)
    said = all(
        one.confidentiality_codes and all(code.code for code in one.confidentiality_codes)
        for one in found
    )
    if len(alike) > 1 or not said:
        raise DocumentUnusable(code="document_unprovable")
    return replace(alike[0], confidentiality_codes=tuple(codes))


def _is_of(one: DocumentEntry, listed: DocumentEntry) -> bool:
    named = (one.unique_id, one.patient_id, one.kind)
    return named == (listed.unique_id, listed.patient_id, listed.kind) and one.state is not None


def read_content(entry: DocumentEntry, content: bytes, context: CallContext) -> ReadReport:
    """The report in ``content``, which is that of ``entry``. Raises DocumentUnusable,
    OtherPatient."""
    if entry.mime_type == PDF:
        compared = document_patient.compare(
            document_patient.of_entry(entry.source_patient_info), context
        )
        return _read(entry, compared, as_pdf(content), Compared.ENTRY)
    if entry.mime_type not in _XML:
        raise DocumentUnusable(code="document_unreadable")
    try:
        root, apart = _parsed(content)
    except UnsafeXml:
        raise DocumentUnusable(code="document_unreadable") from None
    compared = document_patient.compare(document_patient.of_cda(root), context)
    stated = document_confidentiality.of_cda(root)
    return _read(entry, compared, read_body(root, apart), Compared.HEADER, stated)


def _parsed(content: bytes) -> tuple[etree._Element, bytes | None]:
    """The document; the content of a large one beside it."""
    if len(content) <= retrieve.MAX_DOCUMENT:
        return parse(content), None
    return parse_large(content, retrieve.MAX_ALONE)


def _read(
    entry: DocumentEntry,
    compared: Comparison,
    body: Body | None,
    where: Compared,
    stated: tuple[Code, ...] = (),
) -> ReadReport:
    if not compared.agrees:
        raise OtherPatient(compared)
    if body is None or isinstance(body, OtherForm):
        raise DocumentUnusable(code="document_unreadable")
    return ReadReport(entry, body, compared.untold, where, stated)
