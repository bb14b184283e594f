"""A report is shown when it is proved, readable, and the page's patient's."""

from __future__ import annotations

import tracemalloc
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import pytest

from functions.drimbox.consultation.reading_report import (
    Compared,
    OtherPatient,
    ReadReport,
    read_content,
    read_report,
)
from functions.drimbox.dmp import retrieve, soap, xds
from functions.drimbox.dmp.registry import UNTOLD, DocumentEntry
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.dmp.soap import Attachment
from functions.drimbox.errors import (
    Absent,
    DmpRefused,
    DmpUnavailable,
    DocumentUnusable,
    DrimboxError,
    Forbidden,
)
from functions.drimbox.identity.parties import Code
from functions.drimbox.report.cda_body import Pdf
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.consultation.shown_reports import ANSWER, BIRTH, ENTRY, NAME, PDF, cda, entry
from tests.drimbox.dmp import answers

NORMAL = Code("N", xds.CONFIDENTIALITY_SYSTEM)
MASKED = Code("MASQUE_PS", xds.MASKING_SYSTEM)


class Repository:
    def __init__(
        self, answer: Retrieved | Exception, now: Sequence[DocumentEntry] | Exception
    ) -> None:
        self.answer, self.now = answer, now

    def entries_now(self, unique_id: str) -> tuple[DocumentEntry, ...]:
        if isinstance(self.now, Exception):
            raise self.now
        return tuple(one for one in self.now if one.unique_id == unique_id)

    def retrieve(self, entries: Any) -> Retrieved:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def read(
    answer: Retrieved | Exception,
    one: DocumentEntry,
    now: Sequence[DocumentEntry] | Exception | None = None,
) -> ReadReport:
    repository = Repository(answer, [one] if now is None else now)
    return read_report(lambda: repository, one, CALL)


def test_a_report_of_the_patient_is_read() -> None:
    content = cda()
    one = entry(content)
    found = read(Retrieved({ENTRY.unique_id: content}), one)
    assert found == ReadReport(one, Pdf(PDF), ("birth_place",), Compared.HEADER, (NORMAL,))
    assert found.may_stand_alone
    assert "canary" not in repr(found)


def state_now(*now: DocumentEntry) -> ReadReport:
    content = cda()
    return read(Retrieved({ENTRY.unique_id: content}), entry(content), now)


@pytest.mark.parametrize(
    ("versions", "status", "restrictions"),
    [
        ([{"status": xds.ARCHIVED}], xds.ARCHIVED, ()),
        ([{"status": xds.DEPRECATED}], xds.DEPRECATED, ()),
        ([{"confidentiality_codes": (NORMAL, MASKED)}], xds.APPROVED, (MASKED,)),
        (
            [
                {"status": xds.DEPRECATED, "confidentiality_codes": (MASKED,)},
                {"entry_uuid": "urn:uuid:2"},
            ],
            xds.APPROVED,
            (MASKED,),
        ),
    ],
)
def test_state_and_restrictions_are_those_of_now(
    versions: list[dict[str, Any]], status: str, restrictions: tuple[Code, ...]
) -> None:
    found = state_now(*(entry(cda(), **changes) for changes in versions))
    assert (found.entry.status, found.restrictions) == (status, restrictions)
    assert not found.may_stand_alone


def test_a_restriction_that_its_group_lost_is_one_of_the_report() -> None:
    """The list knows that an entry of the same logical document did not tell its restrictions."""
    content = cda()
    now = entry(content, confidentiality_codes=(NORMAL,))
    listed = entry(content, confidentiality_codes=(NORMAL, UNTOLD))
    repository = Repository(Retrieved({ENTRY.unique_id: content}), [now])
    found = read_report(lambda: repository, listed, CALL)
    assert found.restrictions == (UNTOLD,)
    assert not found.may_stand_alone


@pytest.mark.parametrize(
    ("versions", "code"),
    [
        ([], "document_gone"),
        ([{"status": xds.DELETED}], "document_gone"),
        ([{}, {"status": xds.DELETED}], "document_gone"),
        ([{"patient_id": "1^^^&1.2.3&ISO^NH"}], "document_gone"),
        ([{"type_code": None}], "document_gone"),
        ([{}, {"entry_uuid": "urn:uuid:2"}], "document_unprovable"),
        ([{"confidentiality_codes": ()}], "document_unprovable"),
        ([{"confidentiality_codes": (Code("", "x"),)}], "document_unprovable"),
        ([{"sha1": ""}], "document_unprovable"),
    ],
)
def test_a_document_that_the_registry_does_not_give_any_more(
    versions: list[dict[str, Any]], code: str
) -> None:
    with pytest.raises(DocumentUnusable) as raised:
        state_now(*(entry(cda(), **changes) for changes in versions))
    assert raised.value.code == code


def test_a_restriction_that_the_list_knew_is_not_lost() -> None:
    content = cda()
    listed, now = entry(content, confidentiality_codes=(NORMAL, MASKED)), entry(content)
    found = read(Retrieved({ENTRY.unique_id: content}), listed, [now])
    assert found.restrictions == (MASKED,)


def test_hash_and_size_are_those_of_now() -> None:
    content = cda()
    listed, now = entry(b"former"), entry(content)
    assert read(Retrieved({ENTRY.unique_id: content}), listed, [now]).entry == now


@pytest.mark.parametrize(
    ("error", "code"), [(DmpUnavailable(), "dmp_unavailable"), (DmpRefused(("X",)), "dmp_refused")]
)
def test_a_registry_that_does_not_answer_shows_nothing(error: Exception, code: str) -> None:
    with pytest.raises((Forbidden, DmpUnavailable)) as raised:
        read(AssertionError("asked"), entry(cda()), error)
    assert raised.value.code == code


def test_the_document_s_own_confidentiality_restricts_too() -> None:
    content = cda().replace(b'code="N"', b'code="R"')
    found = read_content(entry(content), content, CALL)
    assert found.restrictions == (Code("R", xds.CONFIDENTIALITY_SYSTEM),)
    assert not found.may_stand_alone


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Retrieved({}, frozenset({ENTRY.unique_id})), "document_altered"),
        (Retrieved({}), "absent"),
        (DmpUnavailable(), "dmp_unavailable"),
        (DmpRefused(("X",)), "dmp_refused"),
    ],
)
def test_a_report_that_does_not_come(answer: Any, code: str) -> None:
    with pytest.raises((DocumentUnusable, Absent, Forbidden, DmpUnavailable)) as raised:
        read(answer, entry(cda()))
    assert raised.value.code == code


@pytest.mark.parametrize("changes", [{"sha1": ""}, {"size": None}, {"size": 10**9}])
def test_a_report_that_nothing_would_prove_is_not_asked_for(changes: dict[str, Any]) -> None:
    with pytest.raises(DocumentUnusable) as raised:
        read(AssertionError("asked"), entry(cda(), **changes))
    assert raised.value.code == "document_unprovable"


def code_of(content: bytes, **changes: Any) -> str:
    try:
        read_content(entry(content, **changes), content, CALL)
    except DrimboxError as error:
        return error.code
    return ""


def test_another_patient_s_report_is_not_even_told_apart_from_an_unreadable_one() -> None:
    other = cda(person=NAME.replace("PAT-TROIS", "AUTRE") + BIRTH)
    with pytest.raises(OtherPatient) as raised:
        read_content(entry(other), other, CALL)
    assert raised.value.compared.different == ("birth_family",)
    assert code_of(cda(person=BIRTH)) == "document_other_patient"
    unreadable = cda(person=BIRTH, body="<nonXMLBody/>")
    assert code_of(unreadable) == "document_other_patient"


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"<", "text/xml"),
        (b"<!DOCTYPE a><a/>", "text/xml"),
        (cda(), "application/dicom"),
        (cda(body="<nonXMLBody/>"), "text/xml"),
        (cda(body='<nonXMLBody><text mediaType="text/rtf">x</text></nonXMLBody>'), "text/xml"),
    ],
)
def test_a_report_in_another_form(content: bytes, mime_type: str) -> None:
    assert code_of(content, mime_type=mime_type) == "document_unreadable"


def test_a_report_of_30_mb_is_read_within_the_memory_of_its_function() -> None:
    """Beside the answer's own bytes: one copy of the document, and its content."""
    pdf = b"%PDF-1.4 " + bytes(30_000_000)
    text = '<nonXMLBody><text mediaType="application/pdf" representation="B64">%s</text>'
    content = cda(body=f"{text % b64encode(pdf).decode()}</nonXMLBody>")
    root = answers.envelope(ANSWER.decode(), "urn:uuid:1")
    sent = soap.mtom(root, [Attachment("d", content)], action="a", boundary="b")
    data, now = b"".join(sent.parts), entry(content)
    tracemalloc.start()
    answer = soap.read_answer(sent.content_type, data, max_bytes=len(data))
    assert answer.body is not None
    given = retrieve.read(answer.body, answer.parts, [now]).documents[now.unique_id]
    found = read_content(now, given, CALL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.body == Pdf(pdf)
    assert peak < 110_000_000


def test_a_bare_pdf_is_compared_by_its_entry() -> None:
    told = ("PID-5|PAT-TROIS^DOMINIQUE", "PID-7|19790327", "PID-8|F")
    one = entry(PDF, mime_type="application/pdf", source_patient_info=told)
    assert read_content(one, PDF, CALL) == ReadReport(
        one, Pdf(PDF), ("ins", "birth_place"), Compared.ENTRY
    )
    assert code_of(PDF, mime_type="application/pdf", source_patient_info=told[1:]) == (
        "document_other_patient"
    )
    assert code_of(b"<html>", mime_type="application/pdf", source_patient_info=told) == (
        "document_unreadable"
    )
