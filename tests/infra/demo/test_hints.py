"""The lines to paste: no progress meter, the local authority named, no command without it."""

from __future__ import annotations

from infra.demo.hints import hints
from infra.demo.layout import Layout
from infra.demo.play import Played

LINES = list(
    hints(
        Layout.read({"DRIMBOX_HOME": ".local"}).endpoints(),
        Played("1.2.3", "1.2.3.4", "1.2.3.5", "279035121518989", "1.2.250.1.213.1.4.10"),
    )
)


def test_every_curl_is_silent_and_trusts_the_local_authority() -> None:
    curls = [line for line in LINES if "curl" in line]
    assert len(curls) == 5
    assert all("curl -sS --cacert " in line for line in curls)


def test_the_in_host_is_shown_the_sender_s_certificate() -> None:
    to_in = [line for line in LINES if ":8441/" in line]
    assert len(to_in) == 2
    assert all("--cert " in line and "--key " in line for line in to_in)


def test_a_browser_is_told_the_authority() -> None:
    to_open = [line for line in LINES if "/_sim/" in line or "the operator's page" in line]
    assert len(to_open) == 2
    for line in to_open:
        assert line.endswith("pki/ca.pem)")
        assert "(authority: " in line


def test_the_operator_is_told_where_and_as_whom_to_sign_in() -> None:
    [at] = [number for number, line in enumerate(LINES) if "the operator's page" in line]
    assert "https://127.0.0.1:8443/v1/tenants/demo/operations " in LINES[at]
    assert "Camille Exploitante" in LINES[at + 1]
