"""functions.drimbox.publication.acting_structure: the legal authenticator's structure, or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from functions.drimbox.errors import Held
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.publication.acting_structure import declared_structure, structure_of
from functions.drimbox.report.reading import read_report
from simulators.ris.messages import message
from tests.fakes.world import TENANT, case

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DOCUMENT = read_report(message(case("A"), control_id="1", at=AT)).document
AUTHOR = DOCUMENT.legal_authenticator


def test_the_structure_is_that_of_the_legal_authenticator() -> None:
    assert structure_of(TENANT, DOCUMENT) is TENANT.structures[0]
    assert declared_structure(TENANT, DOCUMENT) is TENANT.structures[0]


@pytest.mark.parametrize(
    ("organisation", "detail"),
    [
        (None, "the report names no organisation"),
        (Organisation("1999999999"), "an undeclared structure"),
    ],
)
def test_no_other_structure_ever_acts(organisation: Organisation | None, detail: str) -> None:
    author = replace(AUTHOR, organisation=organisation)
    stranger = replace(DOCUMENT, legal_authenticator=author)
    assert declared_structure(TENANT, stranger) is None
    with pytest.raises(Held) as raised:
        structure_of(TENANT, stranger)
    assert (raised.value.code, raised.value.detail) == ("no_certificate_for_structure", detail)
