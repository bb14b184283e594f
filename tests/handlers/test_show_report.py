"""One report of a page's list, from the simulated DMP to the professional's page."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx
import pytest

from functions.aws import clients
from functions.aws.cache_store import S3CacheStore
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.find_exams import find_documents
from functions.drimbox.consultation.kept_conclusions import conclusions
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.dmp import xds
from functions.drimbox.dmp.documents import Kind, State
from functions.drimbox.dmp.queries import DocumentQuery
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.session import form_token
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.pages.reading import report_page
from functions.show_report.handler import handler as show_report
from simulators.dmp.retrieval import SPOILS
from simulators.history.history import History, history
from simulators.ris.pdf import pdf
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, Outside, audit_records, event, stores
from tests.handlers.journey import Journey
from tests.handlers.reader_scenes import WHO, asked_with, sign_in, submitted

WHOSE = HealthProfessional(
    WHO, "ESSAI", "Camille", "10", "SM44", "SA08", (Activity(STRUCTURE, "A", "SA08", "10", "SM44"),)
)


@pytest.fixture(scope="module")
def made() -> History:
    return history("demo")


@dataclass
class Desk:
    """A professional's page with its list; ``ask`` opens one of its reports."""

    journey: Journey
    made: History
    cookie: str
    page: str
    edition: str
    entries: tuple[DocumentEntry, ...]

    def number(self, wanted: Callable[[DocumentEntry], bool]) -> int:
        return next(n for n, one in enumerate(self.entries, 1) if wanted(one))

    def report(self, body: str = "pdf") -> int:
        return self.number(
            lambda one: (
                one.kind is Kind.REPORT
                and body in (one.format_code.code if one.format_code else "")
            )
        )

    def ask(self, number: object, *, cookie: str = "", **fields: str) -> dict[str, Any]:
        session = cookie or self.cookie
        told = {"verb": "report", "edition": self.edition, "number": str(number), **fields}
        told.setdefault("token", form_token(session))
        made = event(
            "show_report/report",
            body=urlencode(told),
            pathParameters={"tenant": "demo", "page": told.pop("page", self.page)},
        )
        made["requestContext"] = {**made["requestContext"], "requestId": str(uuid4())}
        reply: dict[str, Any] = show_report(asked_with(made, session), CONTEXT)
        return reply

    def content_of(self, number: int) -> bytes:
        uuid = self.entries[number - 1].entry_uuid
        return next(one.content for one in self.made.documents if f'id="{uuid}"' in one.entry)


def context_of(made: History, **changes: Any) -> CallContext:
    whose, traits = made.patient, made.patient.traits
    context = CallContext(
        ins=Ins(whose.ins, Oid(whose.ins_oid)),
        birth_family=traits.family,
        birth_given=traits.given,
        birth_date=traits.birth_date,
        sex=traits.sex,
        birth_place=traits.birth_place,
        consent=True,
        situation="",
        wanted=WantedExams(),
    )
    return replace(context, **changes)


@pytest.fixture
def desk(site: None, outside: Outside, made: History, tmp_path: Path) -> Iterator[Desk]:
    journey = Journey(tmp_path, outside)
    journey.registry.load(json.loads(made.body())["documents"])
    cookie = sign_in(outside)
    yield opened(journey, made, cookie)
    journey.close()


def opened(journey: Journey, made: History, cookie: str, **changes: Any) -> Desk:
    """A page of a call, and the list that the DMP gives."""
    context = context_of(made, **changes)
    page = stores().contexts.open(context)
    query = DocumentQuery(context_of(made).ins, kinds=tuple(Kind), states=tuple(State))
    connect = stores().dmp_for_professionals
    found = find_documents(stores().tenant, WHOSE, query, connect, {})
    edition = stores().shown_documents.keep(page, cookie, found.entries)
    return Desk(journey, made, cookie, page, edition, found.entries)


def text(reply: dict[str, Any], origin: str = "") -> str:
    """A page that loads nothing but the document in its own address, or one at ``origin``."""
    headers = reply["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert (
        headers["Content-Security-Policy"]
        == report_page.page_headers(origin)["Content-Security-Policy"]
    )
    page = base64.b64decode(reply["body"]).decode()
    assert "<script" not in page
    return page


def records() -> list[dict[str, Any]]:
    return [one for one in audit_records() if one["event"] == "report.read"]


def test_a_pdf_is_shown_and_audited(desk: Desk) -> None:
    number = desk.report()
    shown = text(desk.ask(number))
    assert desk.made.patient.traits.family in shown
    assert "data:application/pdf;base64,JVBERi" in shown
    alone = desk.ask(number, verb="pdf")
    assert alone["headers"]["Content-Type"] == "application/pdf"
    assert alone["headers"]["Cache-Control"] == "no-store"
    pdf = base64.b64decode(alone["body"])
    assert pdf.startswith(b"%PDF-")
    assert base64.b64encode(pdf) in desk.content_of(number).replace(b"\n", b"")
    first, second = records()
    for one in (first, second):
        assert one["who"] == WHO
        assert one["result"] == "success"
        assert one["for_ins"] == desk.made.patient.ins
        assert one["for_document"] == desk.entries[number - 1].unique_id
        assert one["for_structure_id"] == STRUCTURE


def test_a_narrative_is_shown_without_a_script(desk: Desk) -> None:
    reply = desk.ask(desk.report("Headings"))
    assert "<h3>Conclusion</h3>" in text(reply)
    alone = desk.ask(desk.report("Headings"), verb="pdf")
    assert alone["headers"]["Content-Type"].startswith("text/html")


def test_a_part_of_a_long_narrative_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "PART", 300)
    number = desk.report("Headings")
    first, second = text(desk.ask(number)), text(desk.ask(number, part="2"))
    assert "Partie 1 sur" in first
    assert "Partie 2 sur" in second
    assert "Partie 1 sur" in text(desk.ask(number, part="x"))
    assert [one["result"] for one in records()] == ["success"] * 3


def test_the_conclusion_of_a_report_that_was_read_is_kept_for_its_list(desk: Desk) -> None:
    contexts, number = stores().contexts, desk.report("Imaging")
    assert conclusions(contexts, desk.page, desk.cookie) == {}
    assert desk.ask(number)["statusCode"] == 200
    [(name, said)] = conclusions(contexts, desk.page, desk.cookie).items()
    assert name == desk.entries[number - 1].unique_id
    assert said
    # A reader of the table learns nothing of it.
    assert said not in str(clients.dynamodb().scan(TableName="sessions")["Items"])


def test_the_state_and_the_mask_are_told(desk: Desk) -> None:
    archived = desk.number(lambda one: one.kind is Kind.REPORT and one.state is State.ARCHIVED)
    assert "archivé" in text(desk.ask(archived))
    masked = desk.number(
        lambda one: one.kind is Kind.REPORT and any(r.code == "MASQUE_PS" for r in one.restrictions)
    )
    assert "masqué aux professionnels" in text(desk.ask(masked))


def test_a_pdf_with_a_restriction_never_opens_alone(desk: Desk) -> None:
    masked = desk.number(
        lambda one: (
            one.kind is Kind.REPORT
            and bool(one.restrictions)
            and b"application/pdf" in desk.content_of(desk.entries.index(one) + 1)
        )
    )
    shown = text(desk.ask(masked, verb="pdf"))
    assert "data:application/pdf" in shown
    assert "s&#x27;ouvre pas seul" in shown


def test_the_dmp_says_anew_what_restricts(desk: Desk) -> None:
    """The list may be hours old: it knew a document in force and without restriction."""
    reports = [one for one in desk.entries if one.kind is Kind.REPORT]
    now = next(one for one in reports if one.state is State.REPLACED or one.restrictions)
    normal = tuple(one for one in now.confidentiality_codes if one.code == "N")
    before = replace(now, status=xds.APPROVED, confidentiality_codes=normal)
    edition = stores().shown_documents.keep(desk.page, desk.cookie, [before])
    for verb in ("report", "pdf"):
        shown = text(desk.ask(1, edition=edition, verb=verb))
        assert "Depuis l&#x27;affichage de la liste" in shown


@pytest.mark.parametrize("number", ["0", "-1", "9999", "1e1", "", "²"])
def test_a_number_that_was_not_shown_is_absent(desk: Desk, number: str) -> None:
    assert desk.ask(number)["statusCode"] == 404
    assert records() == []


def test_a_manifest_is_no_report(desk: Desk) -> None:
    manifest = desk.number(lambda one: one.kind is Kind.MANIFEST)
    assert desk.ask(manifest)["statusCode"] == 404


def test_another_session_page_edition_or_token_opens_nothing(desk: Desk, outside: Outside) -> None:
    number = desk.report()
    assert desk.ask(number)["statusCode"] == 200
    other = sign_in(outside)
    assert desk.ask(number, cookie=other)["statusCode"] == 404
    second = opened(desk.journey, desk.made, desk.cookie)
    assert desk.ask(number, page=second.page)["statusCode"] == 404
    assert desk.ask(number, edition=second.edition)["statusCode"] == 404
    assert desk.ask(number, edition="")["statusCode"] == 404
    assert desk.ask(number, token=form_token(other))["statusCode"] == 403
    assert desk.ask(number, token="")["statusCode"] == 403
    assert len(records()) == 1


def test_without_consent_or_on_a_link_s_page_nothing_is_read(desk: Desk) -> None:
    silent = opened(desk.journey, desk.made, desk.cookie, consent=False)
    assert silent.ask(silent.report())["statusCode"] == 409
    link = ReportLink(study=Uid("1.2.3"), accession="A", document="D")
    assert desk.ask(1, page=stores().contexts.open(link))["statusCode"] == 404
    assert records() == []


@pytest.mark.parametrize(
    ("changes", "trait"),
    [
        ({"birth_family": "AUTRE-PATIENTE"}, "nom de naissance"),
        ({"birth_date": "19010101"}, "date de naissance"),
        ({"sex": "O"}, "sexe"),
    ],
)
def test_another_patient_s_report_is_not_shown(
    desk: Desk, changes: dict[str, str], trait: str
) -> None:
    other = opened(desk.journey, desk.made, desk.cookie, **changes)
    for verb in ("report", "pdf"):
        shown = text(other.ask(other.report(), verb=verb))
        assert "n&#x27;est pas celle de votre patient" in shown
        assert trait in shown
        assert "application/pdf" not in shown
    assert [one["result"] for one in records()] == ["document_other_patient"] * 2


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("altered", "document_altered"),
        ("resized", "document_altered"),
        ("other_document", "dmp_unavailable"),
        ("huge", "dmp_unavailable"),
    ],
)
def test_a_document_that_is_not_the_announced_one_is_not_shown(
    desk: Desk, outside: Outside, spoil: str, code: str
) -> None:
    honest = outside.hosts["dmp.example"]

    def spoilt(request: httpx.Request) -> httpx.Response:
        answer = honest(request)
        content = SPOILS[spoil](answer.content)
        headers = {"content-type": answer.headers["content-type"]}
        return httpx.Response(200, content=content, headers=headers)

    outside.hosts["dmp.example"] = spoilt
    shown = text(desk.ask(desk.report()))
    assert f"<code>{code}</code>" in shown
    assert "application/pdf" not in shown
    assert [one["result"] for one in records()] == [code]


def test_a_dmp_that_is_down_or_lost_the_document_is_told(desk: Desk, outside: Outside) -> None:
    number = desk.report()
    desk.journey.registry.forget(desk.entries[number - 1].entry_uuid)
    assert "<code>document_gone</code>" in text(desk.ask(number))
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    assert "<code>dmp_unavailable</code>" in text(desk.ask(number))


def test_a_page_beyond_the_function_s_answer_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "MOST", 10)
    assert "<code>document_too_large</code>" in text(desk.ask(desk.report()))


# With PROOF=whole, 30 MB: every line that reads it is counted, which takes half a minute.
@pytest.mark.parametrize("size", [30_000_000 if os.environ.get("PROOF") == "whole" else 5_000_000])
def test_a_large_pdf_is_shown_from_the_bucket_until_the_sign_out(
    desk: Desk, outside: Outside, size: int
) -> None:
    number = desk.report()
    large = pdf(("Un compte rendu",), size)
    asked = _with_pdf(desk, number, large)
    reply = desk.ask(asked)
    [address] = re.findall(r'<iframe src="([^"]+)"', base64.b64decode(reply["body"]).decode())
    url = urlsplit(unescape(address))
    shown = text(reply, f"{url.scheme}://{url.netloc}")
    assert shown.count(address) == 2
    query = dict(parse_qsl(url.query))
    assert (query["response-content-type"], query["X-Amz-Expires"]) == ("application/pdf", "600")
    # Nothing in the address tells a patient or a document.
    entry = desk.entries[number - 1]
    assert not any(one in address for one in (entry.unique_id, desk.page, desk.made.patient.ins))
    [kept] = clients.s3().list_objects_v2(Bucket="readings")["Contents"]
    assert kept["Key"].startswith("demo/readings/")
    assert kept["Key"] in url.path
    stored = clients.s3().get_object(Bucket="readings", Key=kept["Key"])
    assert stored["Body"].read() == large
    assert stored["SSEKMSKeyId"].endswith("demo")
    # The button of an older page shows the page again; opened again, it takes the same place.
    assert "<iframe" in text(desk.ask(asked, verb="pdf"), f"{url.scheme}://{url.netloc}")
    assert clients.s3().list_objects_v2(Bucket="readings")["KeyCount"] == 1
    assert [one["result"] for one in records()] == ["success"] * 2
    submitted("leave", desk.cookie, verb="sign_out")
    assert clients.s3().list_objects_v2(Bucket="readings")["KeyCount"] == 0


def test_a_large_pdf_of_another_patient_is_kept_nowhere(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "EMBEDDED", 10)
    other = opened(desk.journey, desk.made, desk.cookie, birth_family="AUTRE")
    assert "<iframe" not in text(other.ask(other.report()))
    assert clients.s3().list_objects_v2(Bucket="readings")["KeyCount"] == 0


def test_a_large_pdf_that_cannot_be_kept_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_page, "EMBEDDED", 10)
    clients.s3().delete_bucket(Bucket="readings")
    assert "<code>storage_unavailable</code>" in text(desk.ask(desk.report()))
    assert [one["result"] for one in records()] == ["storage_unavailable"]


def test_a_large_pdf_of_a_session_that_has_ended_meanwhile_is_erased(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-out beside the request has erased what was there before the PDF was kept."""
    monkeypatch.setattr(report_page, "EMBEDDED", 10)
    put = S3CacheStore.put

    def left(store: S3CacheStore, *arguments: Any) -> None:
        submitted("leave", desk.cookie, verb="sign_out")
        put(store, *arguments)

    monkeypatch.setattr(S3CacheStore, "put", left)
    assert desk.ask(desk.report())["statusCode"] == 403
    assert clients.s3().list_objects_v2(Bucket="readings")["KeyCount"] == 0
    assert [one["result"] for one in records()] == ["not_authenticated"]


def _with_pdf(desk: Desk, number: int, content: bytes) -> int:
    """The report of that number has another PDF now, in the DMP and in the page's list."""
    uuid = desk.entries[number - 1].entry_uuid
    one = next(one for one in desk.made.documents if f'id="{uuid}"' in one.entry)
    document = re.sub(
        rb'(representation="B64">)[^<]+', rb"\1" + base64.b64encode(content), one.content
    )
    told = {"entry": one.entry, "content": base64.b64encode(document).decode()}
    desk.journey.registry.load([told])
    return number


def test_the_dmp_s_answer_is_noted_whatever_it_says(desk: Desk) -> None:
    """Through the real client: a DMP that refuses answers too."""

    def last() -> bool | None:
        found = stores().outcomes.last(Asked.DMP)
        return None if found is None else found.answered

    stores().outcomes.note(Asked.DMP, answered=False)
    desk.ask(desk.report())
    assert last() is True
    for answer, answered in ((httpx.Response(503), False), (httpx.Response(403), True)):
        desk.journey.outside.hosts["dmp.example"] = partial(_said, answer)
        desk.ask(desk.report())
        assert last() is answered, answer


def _said(answer: httpx.Response, _: httpx.Request) -> httpx.Response:
    return answer
