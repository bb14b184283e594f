"""The two forms of a check: the same facts, bounded, and inert on a page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from functions.drimbox.errors import NotAcceptable
from functions.drimbox.feed_check.facts import BUDGET, CUT, MAX_TEXT
from functions.drimbox.pages.check.answer import HTML, JSON, Form, Written, preferred_form, write
from functions.drimbox.pages.check.result_page import CONTENT_SECURITY_POLICY
from functions.drimbox.wording.text import Language
from tests.drimbox.feed_check.scenes import HOLDS, SITE, UNPUBLISHED, check, order_change
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

SCRIPT = "<script>alert(1)</script>"
IN_XML = "&lt;script&gt;alert(1)&lt;/script&gt;"


def facts(raw: bytes, **more: Any) -> dict[str, Any]:
    written = write(check(raw, **more), Form(JSON, "fr"))
    assert written.content_type == JSON
    found: dict[str, Any] = json.loads(written.body)
    return found


def page(raw: bytes, language: Language = "fr", **more: Any) -> Written:
    return write(check(raw, **more), Form(HTML, language))


def text(written: Written) -> str:
    return " ".join("".join(map(str, html.fromstring(written.body).itertext())).split())


# --- facts ---


def test_json_says_what_was_read_and_what_would_be_published() -> None:
    found = facts(message("MDM"))
    assert found["cut"] is False
    assert found["faults"] == []
    answer = found["answer"]
    assert (answer["status"], answer["code"]) == (200, "AA")
    ack = base64.b64decode(answer["acknowledgement_base64"])
    assert ack.decode() == answer["acknowledgement"]
    assert "MSA|AA|M1" in answer["acknowledgement"]
    read = found["read"]
    assert read["header"]["message_type"] == "MDM^T02^MDM_T02"
    assert (read["action"], read["patient_class"]) == ("publish", "I")
    assert read["document"]["id"] == {"root": DOCUMENT, "extension": ""}
    assert read["document"]["version"] == 1
    assert read["document"]["legal_authenticator"]["organisation"]["structure_id"] == "1750803447"
    assert read["orders"][0]["accession"]["extension"] == "ACN103"
    (one,) = read["exams"]
    assert one["study_instance_uid"] == STUDY
    assert [code["code"] for code in one["modalities"]] == ["CT"]
    assert [code["code"] for code in one["regions"]] == ["774007"]
    assert one["low"] == "2021-01-08T10:25:00+01:00"
    assert read["flags"] == {
        "MASQUE_PS": False,
        "INVISIBLE_PATIENT": True,
        "INVISIBLE_REP_LEGAUX": False,
        "CONNEXION_SECRETE": False,
        "MODIF_CONF_CODE": False,
        "DESTDMP": True,
    }
    publication = found["publication"]
    assert (publication["published"], publication["reason"]) == (True, None)
    assert publication["structure"]["id"] == SITE.structures[0].id
    (study,) = publication["studies"]
    assert study["reference_ids"][0]["accession_number"] == "ACN103"
    assert study["hold"] is None


def test_a_fault_has_its_words_its_condition_and_its_clause() -> None:
    (fault,) = facts(message(PID={3: ""}))["faults"]
    assert (fault["code"], fault["location"]) == ("ins_missing", "PID^1^3")
    assert (fault["condition"], fault["condition_text"]) == (101, "Required field missing")
    assert (fault["application_code"], fault["application_text"]) == (
        "903",
        "No INS in the document",
    )
    assert fault["answered"] is True
    assert fault["words"]["fr"] != fault["words"]["en"]
    assert "PID-3" in fault["clause"]


def test_a_code_without_words_is_still_told() -> None:
    found = check(message(PID={32: "PROV"}))
    strange = replace(found, faults=(replace(found.faults[0], code="brand_new"),))
    (fault,) = json.loads(write(strange, Form(JSON, "fr")).body)["faults"]
    assert (fault["code"], fault["location"], fault["clause"]) == ("brand_new", "PID^1^32", None)
    assert fault["words"]["en"]


def test_a_message_without_header_has_a_result_without_acknowledgement() -> None:
    found = facts(b"hello")
    assert found["answer"] == {
        "status": 400,
        "code": None,
        "acknowledgement": None,
        "acknowledgement_base64": None,
    }
    assert found["read"]["header"] is None
    assert found["faults"][0]["code"] == "not_hl7"
    assert found["publication"]["reason"] == "not_accepted"


@pytest.mark.parametrize("name", HOLDS)
def test_a_hold_has_its_words(name: str) -> None:
    raw, tenant, reason = HOLDS[name]
    (study,) = facts(raw, tenant=tenant)["publication"]["studies"]
    assert study["hold"]["reason"] == reason
    assert study["hold"]["todo"]["fr"] in text(page(raw, tenant=tenant))
    assert study["hold"]["words"]["en"] in text(page(raw, "en", tenant=tenant))


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_nothing_published_has_its_words(name: str) -> None:
    raw, tenant, reason = UNPUBLISHED[name]
    publication = facts(raw, tenant=tenant)["publication"]
    assert (publication["published"], publication["reason"]) == (False, reason)
    assert publication["words"]["fr"] in text(page(raw, tenant=tenant))
    assert publication["words"]["en"] in text(page(raw, "en", tenant=tenant))


@pytest.mark.parametrize(
    "document",
    [
        cda(title=f"<title>{'&quot;' * 400_000}</title>"),
        cda(orders=order() * 3_000),
        cda(exams=exam("".join(f'<id root="{STUDY}.{n}"/>' for n in range(50)))),
        cda(
            exams=exam(
                "".join(f'<id root="{STUDY}.{n}"/>' for n in range(50)),
                code=f'<code code="24727-0">{TRANSLATIONS * 2_000}</code>',
            )
        ),
    ],
    ids=["a title", "orders", "studies", "codes of studies"],
)
def test_the_answer_is_bounded_whatever_the_message_holds(document: bytes) -> None:
    raw = message(document=document)
    found = check(raw)
    assert found.answer.code == "AA"
    written = [write(found, Form(kind, "fr")).body for kind in (JSON, HTML)]
    # In base64, under the 6 MB of a Lambda's answer.
    assert max(map(len, written)) < 4_000_000
    shown = json.loads(written[0])
    texts = re.findall(r'"([^"\\]*)"', written[0].decode())
    assert sum(map(len, texts)) < 3 * BUDGET
    if len(document) > BUDGET:
        assert shown["cut"] is True


def test_a_long_text_is_cut_and_the_page_says_so() -> None:
    raw = message(document=cda(title=f"<title>{'x' * 3_000}</title>"))
    found = facts(raw)
    assert found["cut"] is True
    assert found["read"]["document"]["title"] == "x" * MAX_TEXT + CUT
    assert "des valeurs sont coupées" in text(page(raw))
    assert "des valeurs sont coupées" not in text(page(message()))


# --- form ---


@pytest.mark.parametrize(
    ("accept", "language", "form"),
    [
        ([], [], Form(JSON, "fr")),
        (["text/html"], [], Form(HTML, "fr")),
        (["text/html"], ["en-GB"], Form(HTML, "en")),
        (["text/html"], ["de"], Form(HTML, "fr")),
    ],
)
def test_the_form_is_the_callers(accept: list[str], language: list[str], form: Form) -> None:
    assert preferred_form(accept, language) == form


def test_another_form_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable):
        preferred_form(["application/pdf"], [])


# --- the page ---


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
                orders=order(IN_XML, IN_XML),
                exams=exam(code=f'<code code="{IN_XML}" displayName="{IN_XML}"/>'),
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
