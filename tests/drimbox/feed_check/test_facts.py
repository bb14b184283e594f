"""A check's facts: everything that was read, in words, and bounded whatever was sent."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.feed_check.facts import BUDGET, describe
from functions.drimbox.pages.check.answer import HTML, JSON, Form, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.wording.message_faults import remedy
from tests.drimbox.feed_check.scenes import HOLDS, SITE, check, order_change
from tests.drimbox.pages.check.scenes import facts
from tests.drimbox.report.build import (
    DOCUMENT,
    STUDY,
    TRANSLATIONS,
    cda,
    exam,
    message,
    order,
)
from tests.fakes.memory import MemoryBlobs


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


@pytest.mark.parametrize(
    ("raw", "would"),
    [
        (message(), "publish"),
        (message(ORC={1: "RO"}, OBX={11: "C"}), "replace"),
        (message(ORC={1: "CA"}, OBX={11: "D"}), "withdraw"),
        (order_change(), "look"),
        (b"hello", "nothing"),
        (message(OBX={11: "X"}), "nothing"),
        (HOLDS["an undeclared structure"][0], "hold"),
    ],
)
def test_one_word_says_what_would_follow(raw: bytes, would: str) -> None:
    assert facts(raw)["publication"]["would"] == would


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
    assert fault["todo"] == remedy("ins_missing").by_language()
    assert "PID-3" in fault["clause"]


def test_a_fault_of_the_storage_says_to_send_again_later() -> None:
    class Down(MemoryBlobs):
        def get(self, key: str) -> bytes | None:
            raise StorageUnavailable("s3 get: SlowDown")

    (fault,) = facts(message(), inbox=Down())["faults"]
    assert fault["todo"]["en"] == "Send the same message again later."


def test_a_code_without_words_is_still_told() -> None:
    found = check(message(PID={32: "PROV"}))
    strange = replace(found, faults=(replace(found.faults[0], code="brand_new"),))
    (fault,) = json.loads(write(describe(strange), result_page, Form(JSON, "fr")).body)["faults"]
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


@pytest.mark.parametrize(
    "document",
    [
        cda(title=f"<title>{'&quot;' * 400_000}</title>"),
        cda(orders=order("P" * 64) * 100),
        cda(exams=exam("".join(f'<id root="{STUDY}.{n}"/>' for n in range(50)))),
        cda(
            exams=exam(
                "".join(f'<id root="{STUDY}.{n}"/>' for n in range(50)),
                code='<code code="24727-0" codeSystem="2.16.840.1.113883.6.1">'
                f"{TRANSLATIONS * 33}</code>",
            )
        ),
    ],
    ids=["a title", "orders", "studies", "codes of studies"],
)
def test_the_answer_is_bounded_whatever_the_message_holds(document: bytes) -> None:
    raw = message(document=document)
    found = check(raw)
    assert found.answer.code == "AA"
    written = [write(describe(found), result_page, Form(kind, "fr")).body for kind in (JSON, HTML)]
    # In base64, under the 6 MB of a Lambda's answer.
    assert max(map(len, written)) < 4_000_000
    shown = json.loads(written[0])
    texts = re.findall(r'"([^"\\]*)"', written[0].decode())
    assert sum(map(len, texts)) < 3 * BUDGET
    if len(document) > BUDGET:
        assert shown["cut"] is True
