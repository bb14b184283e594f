"""functions.drimbox.identity.pacs_access: read whole, or not used."""

from __future__ import annotations

import base64
import json
import ssl
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.pacs_access import read_access
from functions.drimbox.tls import TlsIdentity
from tests.fakes.world import keys

CA = keys().authority.root.certificate_pem
PAIR = {"certificate": keys().auth.certificate_pem, "private_key": keys().auth.key_pem}
NONE = {"kind": "none"}
BASIC = {"kind": "basic", "user": "drimbox", "password": "été:x"}
BEARER = {"kind": "bearer", "token": "abc.def-_~+/="}
CERTIFICATE = {"kind": "certificate", **PAIR}


def text(credential: Any, **facts: Any) -> str:
    return json.dumps({"anchors": CA, "credential": credential, **facts})


def test_each_kind() -> None:
    assert read_access(text(NONE)).authorization == ""
    basic = read_access(text(BASIC)).authorization
    assert basic == "Basic " + base64.b64encode("drimbox:été:x".encode()).decode()
    assert read_access(text(BEARER)).authorization == "Bearer abc.def-_~+/="
    access = read_access(text(CERTIFICATE))
    assert (access.authorization, access.identity) == ("", TlsIdentity(*PAIR.values()))
    for credential in (NONE, BASIC, BEARER, CERTIFICATE):
        access = read_access(text(credential))
        context = access.context()
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert context.cert_store_stats()["x509"] == 1
        assert repr(access) == "PacsAccess(…)"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        json.dumps({"anchors": CA}),
        json.dumps({"credential": NONE}),
        text(NONE, anchors=""),
        text(NONE, anchors=" \n"),
        text(NONE, anchors=None),
        text(NONE, anchors=[CA]),
        text(NONE, more="x"),
        text(None),
        text("none"),
        text({}),
        text({"kind": None}),
        text({"kind": ["none"]}),
        text({"kind": "None"}),
        text({"kind": "digest", "user": "a", "password": "b"}),
        text({"kind": "none", "user": "a"}),
        text({"user": "a", "password": "b"}),
        *(text({**BASIC, "password": one}) for one in ("", None, 1, "a\nb", "a\0", "x" * 4097)),
        *(text({**BASIC, "user": one}) for one in ("", "a:b", "a\r")),
        text({"kind": "basic", "user": "a"}),
        *(text({**BEARER, "token": one}) for one in ("", "a b", "a\n", "é", "=", "x" * 4097)),
        text({**CERTIFICATE, "private_key": ""}),
        text({"kind": "certificate", "certificate": PAIR["certificate"]}),
    ],
)
def test_any_other_form_is_none_and_no_value_is_told(value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_access(value)
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        text(NONE, anchors="none"),
        text(NONE, anchors="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        text({**CERTIFICATE, "private_key": keys().sign.key_pem}),
        text({**CERTIFICATE, "certificate": "none"}),
    ],
)
def test_certificates_that_are_none_make_no_connection(value: str) -> None:
    access = read_access(value)
    with pytest.raises(ConfigurationError, match="unreadable"):
        access.context()


@given(st.text(), st.text())
def test_a_header_is_one_line_of_ascii(user: str, password: str) -> None:
    try:
        access = read_access(text({"kind": "basic", "user": user, "password": password}))
    except ConfigurationError:
        return
    assert access.authorization.isascii()
    assert access.authorization.isprintable()
