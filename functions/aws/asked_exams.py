"""The exams that a request names: by their numbers in a list that its page has shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from functions.aws.patient_pages import listed_page
from functions.aws.readers import NamesReading, Reader
from functions.drimbox.consultation.imaging_document import read_document
from functions.drimbox.consultation.joining import join
from functions.drimbox.consultation.shown_documents import BLOCK
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import Absent, BadRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws import entry
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.dmp.registry import DocumentEntry

S = TypeVar("S", bound=NamesReading)
S_co = TypeVar("S_co", bound=NamesReading, covariant=True)
# Exams that are looked at side by side.
MOST: Final = 4
_NUMBERS: Final = re.compile(r"[1-9][0-9]{0,4}( [1-9][0-9]{0,4}){0,3}")


@dataclass(frozen=True)
class Asked(Generic[S_co]):
    """The request: its page and session, the reader in a situation, the exams by number.

    ``facts`` are the texts of each exam: date, act, site, the numbers of its reports.
    """

    page: str
    session: str
    edition: str
    reader: Reader[S_co]
    context: CallContext
    situation: Situation
    exams: Mapping[int, DocumentEntry]
    facts: Mapping[int, Mapping[str, Any]]
    fields: Mapping[str, str]


def asked(event: entry.Event, settings: S, vi_url: str) -> Asked[S]:
    """The request of a page's own form.

    NotAuthenticated without a session, Forbidden for a form of another page's, Absent for another
    session's page, for a list that may not be shown, and for an exam that it did not show.
    """
    on = listed_page(event, settings, vi_url)
    reader, page, session, fields = on.reader, on.page, on.session, on.fields
    numbers, edition = _numbers(fields.get("exams", "")), fields.get("edition", "")
    # The whole list, for the reports of each exam: its records hold so many documents.
    blocks = {(number - 1) // BLOCK for number in numbers}
    around = [n for block in blocks for n in range(block * BLOCK + 1, (block + 1) * BLOCK + 1)]
    shown = reader.stores.shown_documents.several(page, session, edition, around)
    exams = {number: shown.get(number) for number in numbers}
    found = {n: one for n, one in exams.items() if one is not None and one.kind is Kind.MANIFEST}
    if len(found) < len(numbers):
        raise Absent("exam")
    facts = _facts(reader, shown, numbers)
    return Asked(page, session, edition, reader, on.context, on.situation, found, facts, fields)


def _numbers(text: str) -> list[int]:
    numbers = [int(one) for one in text.split()] if _NUMBERS.fullmatch(text) else []
    if not numbers or len(set(numbers)) < len(numbers):
        raise BadRequest("exams")
    return numbers


def _facts(
    reader: Reader[Any], shown: Mapping[int, DocumentEntry], numbers: list[int]
) -> dict[int, Mapping[str, Any]]:
    def is_own(identifier: str) -> bool:
        return reader.stores.tenant.structure(identifier) is not None

    documents = {n: read_document(one, n, is_own) for n, one in shown.items()}
    joined = join(documents.values())
    return {
        number: {
            "date": one.at[:8],
            "act": one.title,
            "site": one.site.name,
            "own": one.site.own,
            **({"outside": shown[number].given_at} if shown[number].given_at else {}),
            "report": sorted(n for n in joined.get(number, ()) if not documents[n].is_exam),
        }
        for number in numbers
        if (one := documents[number])
    }
