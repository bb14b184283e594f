"""Exams of a file while the DMP is away: given, judged, shown with their mark, opened."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from functions.aws import opening_exams
from functions.drimbox.consultation.record_access import Access, RecordAccess
from functions.drimbox.consultation.source_facts import SourceFacts
from functions.drimbox.dmp import xds
from functions.drimbox.errors import (
    ConfigurationError,
    DmpUnavailable,
    Forbidden,
    StorageUnavailable,
)
from functions.drimbox.identity.parties import Code
from functions.drimbox.identity.session import form_token
from functions.drimbox.outside.record_notes import RecordNotes
from functions.drimbox.outside.record_told import RecordTold
from functions.fetch_exam import steps
from functions.list_exams.handler import handler as list_exams
from functions.open_exam import answers
from functions.open_file.handler import handler as open_file
from functions.show_exams import given
from functions.show_exams.handler import handler as show_exams
from functions.show_exams.record_door import RecordDoor
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.images.samples import STUDY
from tests.drimbox.outside.archives import kos, submitted, xdm
from tests.drimbox.reading.exam_scenes import MANIFEST, answering, exam_entry, images
from tests.fakes.aws import put_tenant, tenant_facts
from tests.fakes.logs import written
from tests.handlers.conftest import CONTEXT, Outside, audit_records, event, now, stores
from tests.handlers.opened_scenes import IP, Desk, Dmp, executions, machine, readings
from tests.handlers.reader_scenes import BASE, WHO, asked_with, patient_page, sign_in
from tests.handlers.session_scenes import text
from tests.handlers.white_lists import put_list

BOUNDARY = "----WebKitFormBoundaryABC"
NORMAL = Code("N", xds.CONFIDENTIALITY_SYSTEM, "")


def allow(policy: str) -> None:
    """The tenant's file says so."""
    put_tenant({**tenant_facts(), "offline_files": policy})


def form(token: str, *files: bytes, name: str = "file") -> bytes:
    """A browser's form with these files."""
    parts = [f'form-data; name="token"\r\n\r\n{token}'.encode()]
    parts += [
        f'form-data; name="{name}"; filename="PAT-TROIS.zip"\r\n'.encode()
        + b"Content-Type: application/zip\r\n\r\n"
        + file
        for file in files
    ]
    start = f"--{BOUNDARY}\r\nContent-Disposition: ".encode()
    return b"".join(start + part + b"\r\n" for part in parts) + f"--{BOUNDARY}--\r\n".encode()


@dataclass
class Page:
    """A professional's page of CALL's patient."""

    outside: Outside
    cookie: str
    page: str

    def look(self) -> str:
        """The patient's page."""
        return text(patient_page(self.cookie, self.page))

    def give(self, file: bytes, **changes: Any) -> dict[str, Any]:
        """The reply to the form."""
        cookie = changes.pop("cookie", self.cookie)
        body = changes.pop("body", form(changes.pop("token", form_token(cookie)), file))
        made = event("open_file/give", body=base64.b64encode(body).decode())
        made["pathParameters"] = {"tenant": "demo", "page": changes.pop("page", self.page)}
        made["requestContext"] = {**made["requestContext"], "requestId": str(uuid4())}
        for header, value in changes.pop("headers", {}).items():
            made["multiValueHeaders"][header] = [value]
        reply: dict[str, Any] = open_file(asked_with(made, cookie), CONTEXT)
        return reply

    def file(self, **changes: Any) -> dict[str, Any]:
        """The page of the file's exams."""
        cookie = changes.pop("cookie", self.cookie)
        place = {"tenant": "demo", "page": self.page}
        made = event("show_exams/file", pathParameters=place, **changes)
        reply: dict[str, Any] = show_exams(asked_with(made, cookie), CONTEXT)
        return reply

    @property
    def edition(self) -> str:
        found = re.search(r'name="edition" value="([^"]+)"', text(self.file()))
        assert found is not None
        return found[1]


def away(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


@pytest.fixture
def page(site: None, outside: Outside) -> Page:
    allow("dmp_away")
    outside.hosts["dmp.example"] = away
    put_list("db1.example")
    outside.addresses["db1.example"] = (IP,)
    cookie = sign_in(outside)
    return Page(outside, cookie, stores().contexts.open(CALL))


def note(page: Page, told: RecordTold) -> None:
    """The DMP's words so far on that page."""
    stores().contexts.bind(page.page, page.cookie)
    stores().record_notes.put(page.cookie, CALL.ins, told)


def opened_records() -> list[dict[str, str]]:
    return [one for one in audit_records() if one["event"] == "file.opened"]


def test_a_manifest_is_read_while_the_dmp_is_away(page: Page) -> None:
    with written() as log:
        assert "Ouvrir un fichier hors DMP" in page.look()
        reply = page.give(kos())
        assert (reply["statusCode"], reply["headers"]["Location"]) == (
            303,
            f"{BASE}/{page.page}/file",
        )
        shown = page.file()
    told = text(shown)
    assert re.search(
        r"Hors DMP : fichier ouvert à [0-9]{2}:[0-9]{2}, l&#x27;état dans le DMP est inconnu", told
    )
    assert "hors DMP, état inconnu" in told
    assert "restriction inconnue" in told
    assert "Non signé : rien ne prouve son auteur." in told
    assert "Le DMP ne répond pas" in told
    assert "Scanner thoracique" in told
    assert shown["headers"]["Cache-Control"] == "no-store"
    (record,) = opened_records()
    assert (record["who"], record["result"], record["for_ins"]) == (WHO, "success", CALL.ins.value)
    assert (record["for_kind"], record["for_count"], record["for_refused"]) == ("manifest", "1", "")
    assert record["for_manifest_uids"] == MANIFEST
    for secret in (CALL.ins.value, page.page, "PAT-TROIS", "DOMINIQUE", str(STUDY), MANIFEST):
        assert secret not in log.getvalue()


def test_an_archive_tells_signature_and_refusals(page: Page) -> None:
    page.look()
    other = submitted(uid="2.25.7", content=kos("2.25.7", birth_family="AUTRE"))
    assert page.give(xdm(submitted(), other))["statusCode"] == 303
    told = text(page.file())
    assert "aucune autorité connue ne répond du signataire" in told
    assert "DRIMbox de test" in told
    assert "1 examen non montré" in told
    assert "l&#x27;identité du fichier n&#x27;est pas celle de votre patient" in told
    (record,) = opened_records()
    assert (record["for_count"], record["for_refused"]) == ("1", "other_patient")


def test_a_file_of_another_patient_shows_nothing_but_its_reason(page: Page) -> None:
    page.look()
    assert page.give(kos(birth_family="AUTRE"))["statusCode"] == 303
    told = text(page.file())
    assert "Aucun examen de ce fichier" in told
    assert "AUTRE" not in told
    assert opened_records()[0]["for_refused"] == "other_patient"


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"MZ", "file_unreadable"),
        (b"PK\x03\x04", "archive_unsafe"),
        (xdm(), "archive_not_xdm"),
    ],
)
def test_another_file_is_refused_in_words(file: bytes, code: str, page: Page) -> None:
    page.look()
    reply = page.give(file)
    assert reply["statusCode"] == 400
    assert code in text(reply)
    assert opened_records()[0]["result"] == code
    assert page.file()["statusCode"] == 303


def test_a_file_is_taken_in_place_of_a_silent_dmp_alone(page: Page) -> None:
    # Nobody has asked the DMP yet.
    assert page.give(kos())["statusCode"] == 409
    for told, status in (
        (RecordTold().after_list([], now()), 409),
        (RecordTold().after_failure("dmp_refused", now()), 409),
        (RecordTold().after_failure("record_closed", now()), 409),
        (RecordTold().after_failure("dmp_unavailable", now()), 303),
    ):
        note(page, told)
        assert page.give(kos())["statusCode"] == status


@pytest.mark.parametrize("policy", ["no", None])
def test_a_tenant_that_allows_no_file_offers_and_takes_none(
    policy: str | None, site: None, outside: Outside
) -> None:
    if policy:
        allow(policy)
    outside.hosts["dmp.example"] = away
    page = Page(outside, sign_in(outside), stores().contexts.open(CALL))
    assert "Ouvrir un fichier" not in page.look()
    note(page, RecordTold().after_failure("dmp_unavailable", now()))
    reply = page.give(kos())
    assert (reply["statusCode"], opened_records()[0]["result"]) == (403, "files_not_allowed")
    assert page.file()["statusCode"] == 303


def test_the_dmp_s_words_bind_the_file(page: Page) -> None:
    replaced = exam_entry(status=xds.DEPRECATED, confidentiality_codes=(NORMAL,))
    note(page, RecordTold().after_list([replaced], now()))
    page.look()
    page.give(kos())
    assert "le DMP l&#x27;a dit remplacé, retiré ou masqué" in text(page.file())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"token": "x"}, 403),
        ({"headers": {"Origin": "https://evil.example"}}, 403),
        ({"page": "q" * 43}, 404),
        ({"headers": {"Content-Type": "application/x-www-form-urlencoded"}}, 400),
        ({"headers": {"Content-Type": "multipart/form-data; boundary=other"}}, 400),
        ({"body": b""}, 400),
        ({"body": b"x" * (4 * 1024 * 1024 + 20_000)}, 413),
    ],
)
def test_another_form_is_refused(changes: dict[str, Any], status: int, page: Page) -> None:
    page.look()
    assert page.give(kos(), **changes)["statusCode"] == status


def test_a_form_has_one_file_and_short_texts(page: Page) -> None:
    page.look()
    token = form_token(page.cookie)
    twice = form(token, kos(), kos())
    none = form(token)
    long = form(token + "x" * 2000, kos())
    repeated = form(token, kos()).replace(
        f"--{BOUNDARY}--".encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="token"\r\n\r\nx\r\n'
        f"--{BOUNDARY}--".encode(),
    )
    unnamed = form(token, kos()).replace(b'name="token"', b"token")
    headless = form(token, kos()).replace(b'name="token"\r\n', b'name="token"')
    after = form(token, kos()) + b"more"
    for body in (twice, none, long, repeated, unnamed, headless, after):
        assert page.give(b"", body=body)["statusCode"] == 400
    large = form(token, b"\0" * (4 * 1024 * 1024 + 1))
    assert page.give(b"", body=large)["statusCode"] == 413
    assert page.give(b"", body=form(token, kos()))["statusCode"] == 303


def test_another_session_sees_nothing_of_the_file(page: Page, outside: Outside) -> None:
    page.look()
    page.give(kos())
    other = sign_in(outside)
    assert page.give(kos(), cookie=other)["statusCode"] == 404
    assert page.file(cookie=other)["statusCode"] == 404
    assert "Pro Santé Connect" in text(page.file(cookie=""))


def test_a_report_s_link_and_a_call_without_consent_have_no_file(
    page: Page, outside: Outside
) -> None:
    unconsented = Page(outside, page.cookie, stores().contexts.open(replace(CALL, consent=False)))
    assert unconsented.give(kos())["statusCode"] == 409
    assert unconsented.file()["statusCode"] == 303


def test_where_the_words_cannot_be_kept_no_file_is_offered(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise StorageUnavailable("sessions")

    monkeypatch.setattr(RecordNotes, "put", broken)
    assert "Ouvrir un fichier" not in page.look()


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch) -> Dmp:
    made = Dmp()
    monkeypatch.setattr(opening_exams, "opened", made.connect)
    monkeypatch.setattr(steps, "open_dmp", made.connect)
    monkeypatch.setattr(answers, "PATIENCE", 0.0)
    return made


def desk(page: Page, dmp: Dmp) -> Desk:
    """The page of the file, from which an exam is opened."""
    machine()
    page.look()
    page.give(kos())
    page.outside.hosts[IP] = answering(images(1, 2, 3))
    kept = stores().given_files.get(page.page, page.cookie)
    assert kept is not None
    return Desk(page.outside, dmp, page.cookie, page.page, page.edition, kept.entries)


def test_its_images_are_fetched_as_any_others_and_marked(page: Page, dmp: Dmp) -> None:
    made = desk(page, dmp)
    told = made.document("open")["1"]
    assert (told["state"], told["outside"]) == ("coming", made.entries[0].given_at)
    assert made.run(made.exam)["outcome"] == "watch"
    told = made.document("progress")["1"]
    assert (told["state"], told["identity"]) == ("whole", "agrees")
    assert dmp.asked == [], "the DMP is asked for nothing"
    (record,) = [one for one in audit_records() if one["event"] == "exam.opened"]
    assert record["for_outside"] == made.entries[0].given_at


def test_a_manifest_that_its_site_does_not_know_is_lost_without_the_dmp(
    page: Page, dmp: Dmp
) -> None:
    made = desk(page, dmp)
    page.outside.hosts[IP] = lambda _: httpx.Response(404)
    made.document("open")
    made.run(made.exam)
    assert made.document("progress")["1"]["reason"] == "lost"
    assert dmp.asked == []


def test_an_exam_of_a_file_never_stands_for_the_dmp_s(page: Page, dmp: Dmp) -> None:
    """The DMP's list, in the same page, has its own manifest of that name."""
    made = desk(page, dmp)
    made.document("open")
    listed = stores().shown_documents.keep(page.page, page.cookie, [exam_entry()])
    dmp.documents[MANIFEST] = b"garbage"
    of_dmp = Desk(page.outside, dmp, page.cookie, page.page, listed, (exam_entry(),))
    assert of_dmp.document("open")["1"]["reason"] == "document_unreadable"
    assert dmp.asked == [MANIFEST]


@pytest.mark.parametrize(
    "told",
    [
        RecordTold().after_list([exam_entry(status=xds.DEPRECATED)], now()),
        RecordTold().after_failure("authorization_refused", now()),
    ],
)
def test_an_exam_is_not_opened_after_the_dmp_said_no(
    told: RecordTold, page: Page, dmp: Dmp
) -> None:
    made = desk(page, dmp)
    note(page, told)
    assert made.document("open")["1"]["reason"] == "document_gone"
    allow("no")
    assert readings() == []
    assert executions() == []


def test_an_exam_that_was_opened_is_judged_again(page: Page, dmp: Dmp) -> None:
    """The DMP says no after the opening: neither the page nor the execution goes on."""
    made = desk(page, dmp)
    assert made.document("open")["1"]["state"] == "coming"
    note(page, RecordTold().after_failure("dmp_refused", now()))
    told = made.document("progress")["1"]
    assert (told["state"], told["reason"]) == ("failed", "document_gone")
    assert made.run(made.exam)["outcome"] == "done"
    assert readings() == []


def test_a_refusal_binds_all_pages_of_the_patient(page: Page) -> None:
    """Another page, and a silence after it, forget nothing."""
    other = replace(page, page=stores().contexts.open(CALL))
    note(page, RecordTold().after_failure("dmp_refused", now()))
    for one in (page, other):
        assert "Ouvrir un fichier hors DMP" not in one.look()
        assert one.give(kos())["statusCode"] == 409


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The answers of the DMP to TD0.2, asked at each look at the file's page."""
    answers: list[Any] = []

    def answer(_: RecordDoor) -> Any:
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return RecordAccess(found)

    monkeypatch.setattr(RecordDoor, "asked_anew", answer)
    monkeypatch.setattr(given, "YOUNG", timedelta())
    return answers


@pytest.mark.parametrize(
    "refusal",
    [
        Forbidden("the DMP refused", code="dmp_refused"),
        ConfigurationError("no certificate"),
        Access.CLOSED,
    ],
)
def test_a_refusal_is_no_silence(refusal: Any, page: Page, asked: list[Any]) -> None:
    """Nor does the next silence show the file again."""
    page.look()
    page.give(kos())
    asked += [DmpUnavailable("away"), refusal, DmpUnavailable("away"), Access.OPEN]
    assert "Le DMP ne répond pas" in text(page.file())
    for _ in range(2):
        assert page.file()["headers"]["Location"] == f"{BASE}/{page.page}"
    assert page.give(kos())["statusCode"] == 409
    assert "Le DMP répond de nouveau" in text(page.file())
    # It answers: no further file stands in for it.
    assert page.give(kos())["statusCode"] == 409


def test_a_refusal_stands_where_nobody_asks(page: Page) -> None:
    page.look()
    page.give(kos())
    note(page, RecordTold().after_failure("dmp_refused", now()))
    assert page.file()["statusCode"] == 303


def test_an_old_silence_takes_no_file(page: Page) -> None:
    note(page, RecordTold().after_failure("dmp_unavailable", now() - timedelta(minutes=11)))
    assert page.give(kos())["statusCode"] == 409


def test_its_sites_are_asked_without_the_dmp(page: Page, dmp: Dmp) -> None:
    page.look()
    page.give(kos())
    page.outside.hosts[IP] = lambda _: httpx.Response(503)
    fields = f"token={form_token(page.cookie)}&edition={page.edition}&exams=1"
    made = event("list_exams/states", body=fields)
    made["pathParameters"] = {"tenant": "demo", "page": page.page}
    made["multiValueHeaders"]["Accept"] = ["text/html"]
    reply = list_exams(asked_with(made, page.cookie), CONTEXT)
    assert reply["headers"]["Location"] == f"{BASE}/{page.page}/file"
    assert not [one for one in audit_records() if one["event"] == "manifests.read"]
    told = stores().sources(page.page, page.cookie, lambda _: {}).known.memory.get()
    assert told == SourceFacts(), "nothing of a file stands beside the DMP's list"
    kept = stores().given_files.get(page.page, page.cookie)
    assert kept is not None
    of_file = stores().sources(page.page, page.cookie, lambda _: {}, given_at=kept.given_at)
    memory = of_file.known.memory
    before = memory.get()
    assert before.places
    memory.put(SourceFacts())
    note(page, RecordTold().after_failure("dmp_refused", now()))
    list_exams(asked_with(made, page.cookie), CONTEXT)
    assert memory.get() == SourceFacts(), "no site is asked of an exam that is gone"
