"""One publisher of white lists for these tests."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulators.pki import SIGNATURE, Authority
from simulators.whitelist.publisher import SIGNER, Publisher


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority.create(datetime.now(UTC))


@pytest.fixture
def publisher(authority: Authority) -> Publisher:
    """A new publisher of that authority."""
    now = datetime.now(UTC)
    signer = authority.issue(SIGNER, SIGNATURE, now)
    return Publisher(authority, signer, lambda: datetime.now(UTC))
