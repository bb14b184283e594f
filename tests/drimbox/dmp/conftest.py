"""Fixtures that need a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drimbox.dmp import samples


@pytest.fixture(scope="session")
def certificate_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of ``samples.signer()``, PEM."""
    path = tmp_path_factory.mktemp("pki") / "sign.pem"
    path.write_bytes(samples.signer().pem)
    return path
