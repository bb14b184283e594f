"""The page of a check: inert, whole in both languages, and every value a text."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest
from lxml import html

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.feed_check.facts import CUT, MAX_TEXT
from functions.drimbox.pages.check.answer import CONTENT_SECURITY_POLICY
from functions.drimbox.publication.record import Admission
from functions.drimbox.wording.text import Language
from tests.drimbox.feed_check.scenes import HOLDS, SITE, UNPUBLISHED, order_change
from tests.drimbox.pages.check.scenes import IN_XML, SCRIPT, facts, page, text
from tests.drimbox.report.build import (
    DOCUMENT,
    INS,
    STUDY,
    TRANSLATIONS,
    cda,
    exam,
    message,
    order,
    patient,
)
from tests.fakes.memory import MemoryBlobs


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_has_its_words(name: str) -> None:
    raw, tenant, reason = HOLDS[name]
    (study,) = facts(raw, tenant=tenant)["publication"]["studies"]
    assert study["hold"]["reason"] == reason
    assert study["hold"]["todo"]["fr"] in text(page(raw, tenant=tenant))
    assert study["hold"]["words"]["en"] in text(page(raw, "en", tenant=tenant))


def test_a_fault_has_the_value_read_and_the_accepted_ones() -> None:
    shown = text(page(message(ORC={1: "RO"})))
    assert "Lu : F" in shown
    assert "Attendu : C (ORC-1 est RO)" in shown
    assert "Lu : (rien)" in text(page(message(ORC={1: ""})))


def test_a_fault_of_the_storage_has_no_value_and_another_remedy() -> None:
    class Down(MemoryBlobs):
        def get(self, key: str) -> bytes | None:
            raise StorageUnavailable("s3 get: SlowDown")

    shown = text(page(message(), inbox=Down()))
    assert "Renvoyer le même message plus tard." in shown
    assert "Attendu :" not in shown


@pytest.mark.parametrize("raw", [message(ORC={1: "RO"}), message(drop=("PV1", "ORC")), message()])
def test_no_row_is_empty(raw: bytes) -> None:
    """A message with a fault had the row « Action (ORC-1) » without a value."""
    root: Any = html.fromstring(page(raw).body)
    rows = root.xpath("//tbody/tr[th]")
    assert rows
    assert [row.text_content() for row in rows if not row.xpath("string(td)").strip()] == []


def test_a_report_that_changes_nothing_shows_its_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    raw, tenant, reason = HOLDS["PRT-8 of another structure"]
    monkeypatch.setattr(
        "functions.drimbox.feed_check.check.foresee", lambda *_: Admission.UNCHANGED
    )
    shown = text(page(raw, tenant=tenant))
    assert "dit déjà la même chose" in shown
    assert "Mais la passerelle retiendrait le compte rendu" in shown
    assert "Lu : 1750803447" in shown
    assert "Attendu : 1750803448" in shown
    assert reason in shown


def test_the_page_tells_whether_prt_8_was_compared() -> None:
    assert "rien à comparer, celle du CDA agit seule" in text(page(message(drop=("PRT",))))
    assert "rien à comparer" not in text(page(message()))


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_nothing_published_has_its_words(name: str) -> None:
    raw, tenant, reason = UNPUBLISHED[name]
    publication = facts(raw, tenant=tenant)["publication"]
    assert (publication["published"], publication["reason"]) == (False, reason)
    assert publication["words"]["fr"] in text(page(raw, tenant=tenant))
    assert publication["words"]["en"] in text(page(raw, "en", tenant=tenant))


def test_a_long_text_is_cut_and_the_page_says_so() -> None:
    raw = message(document=cda(title=f"<title>{'x' * 3_000}</title>"))
    found = facts(raw)
    assert found["cut"] is True
    assert found["read"]["document"]["title"] == "x" * MAX_TEXT + CUT
    assert "des valeurs sont coupées" in text(page(raw))
    assert "des valeurs sont coupées" not in text(page(message()))


def test_the_page_is_whole_and_loads_nothing() -> None:
    written = page(message())
    assert written.content_type == "text/html; charset=utf-8"
    root = html.fromstring(written.body)
    assert root.get("lang") == "fr"
    assert written.headers["Content-Language"] == "fr"
    tags = {str(one.tag) for one in root.iter()}
    assert not tags & {"script", "img", "link", "iframe", "form", "object", "a", "base"}
    attributes = {name for one in root.iter() for name in one.attrib}
    assert attributes <= {"lang", "charset", "name", "content", "class", "scope"}
    (sheet,) = root.iter("style")
    digest = base64.b64encode(hashlib.sha256((sheet.text or "").encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert written.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "url(" not in (sheet.text or "")
    assert written.headers["Vary"] == "Accept, Accept-Language"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_the_facts_say(language: Language) -> None:
    raw = message("MDM", PID={32: "PROV"}, MSH={11: "X"})
    found, said = facts(raw), text(page(raw, language))
    for fault in found["faults"]:
        for name in ("code", "location", "detail", "clause", "condition_text"):
            assert fault[name] in said
        assert fault["words"][language] in said
    for value in (DOCUMENT, STUDY, "ACN103", "OPN103", INS, "PAT-TROIS", "MASQUE_PS", "774007"):
        assert value in said
    assert found["publication"]["words"][language] in said
    assert said.count({"fr": "dans l'acquittement", "en": "in the acknowledgement"}[language]) == 1


def test_the_page_of_a_good_message_says_what_would_be_published() -> None:
    for form, words in {
        "NW": "publierait un manifeste",
        "RO": "remplacerait",
        "CA": "retirerait la publication",
    }.items():
        status = {"NW": "F", "RO": "C", "CA": "D"}[form]
        said = text(page(message(ORC={1: form}, OBX={11: status})))
        assert words in said
        assert "Aucun défaut trouvé" in said
        assert f"({SITE.structures[0].id})" in said


def test_a_change_of_images_shows_its_studies() -> None:
    found = facts(order_change())
    assert found["read"]["order_change"]["studies"] == [STUDY]
    assert facts(message())["read"]["order_change"] is None
    said = text(page(order_change()))
    assert found["publication"]["words"]["fr"] in said
    assert STUDY in said
    assert "Document (CDA)" not in said


def test_the_page_of_what_is_no_hl7() -> None:
    said = text(page(b"<script>"))
    assert "HTTP 400" in said
    assert "Non lu." in said


def test_a_script_in_the_message_stays_a_text() -> None:
    name = (
        f'<name><family qualifier="BR">{IN_XML}</family>'
        f'<given qualifier="BR">{IN_XML}</given></name>'
    )
    raws = [
        message(
            MSH={3: SCRIPT, 4: SCRIPT, 5: SCRIPT, 10: SCRIPT},
            PV1={2: SCRIPT},
            PRT={5: f"801^{SCRIPT}^{SCRIPT}", 8: SCRIPT},
            document=cda(
                title=f"<title>{IN_XML}</title>",
                patient=patient(name=name),
                orders=order(IN_XML),
                exams=exam(
                    code=f'<code code="{IN_XML}" displayName="{IN_XML}" codeSystem="1.2">'
                    f"{TRANSLATIONS}</code>"
                ),
            ),
        ),
        message(ORC={1: SCRIPT}, PID={32: SCRIPT}),
        f"MSH|^~\\&|{SCRIPT}|{SCRIPT}|||||{SCRIPT}|{SCRIPT}|{SCRIPT}|{SCRIPT}\r".encode(),
        SCRIPT.encode(),
    ]
    for raw in raws:
        written = page(raw)
        assert b"<script" not in written.body
        assert not list(html.fromstring(written.body).iter("script"))
    shown = text(page(raws[0]))
    assert shown.count(SCRIPT) >= 8


def test_a_fault_has_its_remedy_and_an_organisation_its_words() -> None:
    told = text(page(message().replace(b"|VALI", b"|PROV")))
    assert "Corriger le message, puis l'envoyer." in told
    whole = text(page(message()))
    assert "Identifiant de la structure : " in whole
    for name in ("structure_id", "practice_setting"):
        assert name not in whole


@pytest.mark.parametrize(
    ("raw", "words", "good"),
    [
        (message(), "publierait un manifeste", True),
        (message(ORC={1: "RO"}, OBX={11: "C"}), "remplacerait", True),
        (message(MSH={11: "X"}), "AE", False),
        (order_change(), "ne porte pas de compte rendu", False),
        (b"no HL7", "HTTP 400", False),
        (HOLDS["an undeclared structure"][0], "retenu", False),
    ],
)
def test_the_first_line_is_the_verdict(raw: bytes, words: str, good: bool) -> None:
    root = html.fromstring(page(raw).body)
    [main] = root.iter("main")
    title, verdict, *_ = main
    assert title.tag == "h1"
    assert words in "".join(map(str, verdict.itertext()))
    assert verdict.get("class") == f"verdict {'good' if good else 'bad'}"
