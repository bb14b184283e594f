"""functions.drimbox.feed_check.identity: which identity, and why, in both languages and forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.drimbox.feed_check import facts
from functions.drimbox.feed_check.check import Check, check_message
from functions.drimbox.feed_check.identity import SendingIdentity, describe
from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Fault,
    Found,
    Judgement,
    Use,
)
from functions.drimbox.pages.check.answer import HTML, JSON, Form, write
from functions.drimbox.pages.check.result_page import result_page
from functions.drimbox.tenants.model import Identification, Structure, Tenant
from functions.drimbox.wording.certificates import FAULTS
from simulators.ris.messages import message
from tests.fakes.memory import (
    MemoryBlobs,
    MemoryFoundCertificates,
    MemoryRecords,
    VirtualClock,
)
from tests.fakes.world import SENDER, STRUCTURE, SUBJECT, TENANT, case

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
EJ = "1750000009"
FACTS = CertificateFacts(
    f"CN=<b>sign</b>,OU={STRUCTURE},C=FR",
    "CN=IGC-SANTE,C=FR",
    "1a2b",
    AT,
    AT + timedelta(days=1096),
    "00ff" * 16,
)
USABLE = Found(Judgement(FACTS, None), AT)
EXPIRED = Found(Judgement(FACTS, Fault.EXPIRED), AT)
ABSENT = Found(Judgement(None, Fault.ABSENT), AT)


def _known(auth: Found | None, sign: Found | None, holder: str = STRUCTURE) -> Any:
    pairs = {(holder, Use.AUTH): auth, (holder, Use.SIGN): sign}
    return MemoryFoundCertificates({key: found for key, found in pairs.items() if found})


def _check(known: MemoryFoundCertificates, tenant: Tenant = TENANT) -> Check:
    raw = message(case("C"), "ORU", sender=SENDER, control_id="1", at=AT)
    return check_message(
        raw,
        SUBJECT,
        tenant=tenant,
        inbox=MemoryBlobs(),
        records=MemoryRecords(),
        certificates=known,
        clock=VirtualClock(),
    )


def _facts(check: Check) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        write(facts.describe(check), result_page, Form(JSON, "fr")).body
    )["publication"]
    return found


def _page(check: Check, language: Any) -> str:
    """As a person reads it, but for markup that a certificate could bring."""
    text = write(facts.describe(check), result_page, Form(HTML, language)).body.decode()
    return text.replace("&#x27;", "'").replace("&#39;", "'")


def test_both_certificates_are_shown_with_their_public_facts() -> None:
    check = _check(_known(USABLE, USABLE))
    identity = _facts(check)["identity"]
    assert identity["organisation"]["id"] == STRUCTURE
    assert (identity["structure"], identity["holder"]) == (STRUCTURE, STRUCTURE)
    assert identity["identification"] == "EG"
    auth, sign = identity["certificates"]
    assert (auth["kind"], sign["kind"]) == ("ORG_AUTH_CLI", "ORG_SIGN")
    assert sign["usable"] is True
    assert (sign["fault"], sign["todo"]) == (None, None)
    assert (sign["subject"], sign["issuer"]) == (FACTS.subject, FACTS.issuer)
    assert sign["serial_number"] == "1a2b"
    assert (sign["not_before"], sign["not_after"]) == (AT.isoformat(), FACTS.not_after.isoformat())
    assert sign["checked_at"] == AT.isoformat()
    assert [study["hold"] for study in _facts(check)["studies"]] == [None]
    for language, words in (
        ("fr", ("sous ses propres certificats", "Utilisable.", "Numéro de série")),
        ("en", ("under its own certificates", "Usable.", "Serial number")),
    ):
        page = _page(check, language)
        assert all(one in page for one in (*words, "1a2b", "ORG_AUTH_CLI", "CN=IGC-SANTE,C=FR"))
        assert "CN=&lt;b&gt;sign&lt;/b&gt;" in page, "a certificate's texts are inert"


@pytest.mark.parametrize(
    ("auth", "sign", "detail"),
    [(USABLE, EXPIRED, "ORG_SIGN: expired"), (ABSENT, USABLE, "ORG_AUTH_CLI: absent")],
)
def test_a_certificate_that_cannot_serve_holds_the_report_and_says_what_to_do(
    auth: Found, sign: Found, detail: str
) -> None:
    check = _check(_known(auth, sign))
    (study,) = _facts(check)["studies"]
    assert study["hold"]["reason"] == "no_certificate_for_structure"
    assert study["hold"]["detail"] == detail
    wrong = auth if auth.judgement.fault else sign
    assert wrong.judgement.fault is not None
    advice = FAULTS[wrong.judgement.fault]
    assert f"{advice.fr} {advice.todo.fr}" in _page(check, "fr")
    assert f"{advice.en} {advice.todo.en}" in _page(check, "en")


def test_a_certificate_not_checked_yet_holds_nothing() -> None:
    check = _check(_known(None, None))
    assert [one["usable"] for one in _facts(check)["identity"]["certificates"]] == [None, None]
    assert _facts(check)["studies"][0]["hold"] is None
    assert "Not checked yet" in _page(check, "en")
    assert "Pas encore contrôlé" in _page(check, "fr")


def test_a_legal_entity_that_lends_its_certificates() -> None:
    lent = Structure(STRUCTURE, "Centre", "SA08", Identification.EJ_EG, EJ)
    check = _check(_known(USABLE, USABLE, EJ), replace(TENANT, structures=(lent,)))
    identity = _facts(check)["identity"]
    assert (identity["structure"], identity["holder"]) == (STRUCTURE, EJ)
    assert [one["usable"] for one in identity["certificates"]] == [True, True]
    assert "its legal entity lends its certificates" in _page(check, "en")


def test_an_undeclared_structure_is_never_replaced_by_another() -> None:
    other = Structure("1750803448", "Autre", "SA08")
    check = _check(_known(USABLE, USABLE, other.id), replace(TENANT, structures=(other,)))
    identity = _facts(check)["identity"]
    assert (identity["structure"], identity["holder"]) == (None, None)
    assert identity["certificates"] == []
    assert identity["organisation"]["id"] == STRUCTURE
    assert "nothing would be sent under another" in _page(check, "en")
    assert "1a2b" not in _page(check, "fr")


def test_a_report_without_structure_says_so() -> None:
    said = describe(SendingIdentity(None, None))
    assert said["organisation"] is None
    assert "does not name" in said["why"]["en"]
    forced = Structure(EJ, "Entité", "SA08", Identification.EJ)
    assert "forces it" in describe(SendingIdentity(None, forced))["why"]["en"]
