"""The findings on certificates: days that are left, and the names of their uses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.drimbox.identity.certificate_findings import (
    CertificateFacts,
    Fault,
    Judgement,
    Use,
)

END = datetime(2027, 3, 1, tzinfo=UTC)
FACTS = CertificateFacts("CN=a", "CN=b", "01", END - timedelta(days=365), END, "00")


@pytest.mark.parametrize(
    ("judgement", "days"),
    [
        (Judgement(FACTS, None), 10),
        (Judgement(FACTS, Fault.NOT_YET_VALID), 10),
        (Judgement(FACTS, Fault.WRONG_USAGE), 0),
        (Judgement(None, Fault.ABSENT), 0),
    ],
)
def test_a_certificate_that_cannot_serve_has_no_days_left(judgement: Judgement, days: int) -> None:
    assert judgement.days_left(END - timedelta(days=10, hours=1)) == days
    assert judgement.days_left(END + timedelta(days=1)) == 0


def test_a_use_has_the_name_of_its_authority() -> None:
    assert [use.kind for use in Use] == ["ORG_AUTH_CLI", "ORG_SIGN"]
