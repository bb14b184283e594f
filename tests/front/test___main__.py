"""The command prints a configuration, and refuses a value that no configuration may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from front.__main__ import main
from tests.front.options import GOOD


def test_a_configuration_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(GOOD) == 0
    text = capsys.readouterr().out
    for line in (
        "listen 0.0.0.0:8443 ssl;",
        "default https://db-api.example.fr;",
        "proxy_ssl_name db-api.example.fr;",
        "proxy_ssl_certificate /front/server.pem;",
        "proxy_ssl_trusted_certificate /front/web.pem;",
        "ssl_crl /front/peers.crl;",
        r'"~^https://images\.s3\.eu\-west\-3\.amazonaws\.com/[!-~]*$" $upstream_http_location;',
    ):
        assert line in text


def test_a_wrong_value_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main((*GOOD, "--signed", "https://images.example/path")) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "no such configuration" in told.err


def test_the_certificate_that_the_api_demands_is_another_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pem = str(tmp_path / "api.pem")
    assert main((*GOOD, "--api-certificate", pem, "--api-key", pem)) == 0
    assert f"proxy_ssl_certificate {pem};" in capsys.readouterr().out
