"""The verdict: one sentence for each kind of fault, the worst first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.services import Condition
from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Fault,
    Found,
    Judgement,
    Use,
)
from functions.drimbox.operations.viewing_certificates import SeenCertificate
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.seen_services import ServiceRow
from functions.drimbox.pages.operations.services_verdict import verdict
from functions.drimbox.wording.text import Language
from tests.drimbox.peers.scenes import AT

FACTS = CertificateFacts("CN=a", "CN=b", "1a", AT, AT + timedelta(days=9), "00" * 32)
USABLE = SeenCertificate("Site", Use.SIGN, Found(Judgement(FACTS, None), AT))
UNUSABLE = SeenCertificate("Site", Use.SIGN, Found(Judgement(FACTS, Fault.UNTRUSTED), AT))
UNCHECKED = SeenCertificate("Site", Use.SIGN, None)
ONE_FR = "1 service ne fonctionne pas : Pro Santé Connect."
ONE_EN = "1 service does not work: Pro Santé Connect."
DOWN, AGING = Condition.DOWN, Condition.AGING


def told(
    *rows: tuple[str, Condition],
    certificates: tuple[SeenCertificate, ...] = (),
    language: Language = "fr",
) -> tuple[str, str]:
    """The words of the notice, and its colour."""
    listed = [ServiceRow(name, condition, None, "<b>{x}") for name, condition in rows]
    layout = Layout(OPERATIONS, "site", "Site", language)
    notice: Any = html.fromstring(verdict(layout, listed, certificates))
    assert notice.get("role") == "status"
    return notice.text_content(), notice.get("class").removeprefix("notice ")


def test_without_a_known_fault_everything_works() -> None:
    rows = (("dmp", Condition.WORKS), ("pacs", Condition.UNKNOWN))
    certificates = (USABLE, UNCHECKED)
    assert told(*rows, certificates=certificates) == (
        "Tout fonctionne : aucune panne connue.",
        "good",
    )
    assert told(*rows, language="en")[0] == "Everything works: no fault is known."


@pytest.mark.parametrize(
    ("rows", "fr", "en"),
    [
        (
            [("psc", DOWN), ("dmp", Condition.WORKS)],
            ONE_FR,
            ONE_EN,
        ),
        (
            [("dmp", DOWN), ("agent", DOWN)],
            "2 services ne fonctionnent pas : DMP, Agent <b>{x}.",
            "2 services do not work: DMP, Agent <b>{x}.",
        ),
        (
            [("white_list", AGING)],
            "1 service est à vérifier : Liste blanche nationale.",
            "1 service must be looked at: National white list.",
        ),
        (
            [("psc", DOWN), ("dmp", AGING), ("agent", AGING)],
            f"{ONE_FR} 2 services sont à vérifier : DMP, Agent <b>{{x}}.",
            f"{ONE_EN} 2 services must be looked at: DMP, Agent <b>{{x}}.",
        ),
    ],
)
def test_the_services_are_counted_and_named(
    rows: list[tuple[str, Condition]], fr: str, en: str
) -> None:
    colour = "bad" if DOWN in dict(rows).values() else "wait"
    assert told(*rows) == (fr, colour)
    assert told(*rows, language="en") == (en, colour)


def test_a_certificate_that_is_not_usable_is_worse_than_a_service_to_look_at() -> None:
    rows = (("dmp", AGING),)
    assert told(*rows, certificates=(UNUSABLE, USABLE)) == (
        "1 certificat est inutilisable. 1 service est à vérifier : DMP.",
        "bad",
    )
    words, colour = told(certificates=(UNUSABLE, UNUSABLE), language="en")
    assert (words, colour) == ("2 certificates are not usable.", "bad")
