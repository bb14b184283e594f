"""The credential of the site's PACS."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from functions.authorize_pacs.handler import handler as authorize_pacs
from functions.aws.entry import InternalFailure
from functions.aws.policies import Unauthorized
from functions.drimbox.identity.pacs_credential import digest_of
from tests.fakes.aws import put_tenant_secret
from tests.fakes.logs import written
from tests.handlers.conftest import CONTEXT, audited, event, refused_callers

CREDENTIAL = "c" * 43


def asked(value: str, tenant: str = "demo") -> dict[str, Any]:
    return event(
        "authorize_pacs/request",
        multiValueHeaders={"authorization": [value]},
        pathParameters={"tenant": tenant},
    )


def test_the_site_s_own_pacs_is_let_in(site: None) -> None:
    held = json.dumps({"sha256": [digest_of("former" * 9), digest_of(CREDENTIAL)]})
    put_tenant_secret("demo", "pacs-credential", held)
    pair = base64.b64encode(f"demo:{CREDENTIAL}".encode()).decode()
    for value in (f"Bearer {CREDENTIAL}", f"Basic {pair}"):
        with written() as log:
            policy = authorize_pacs(asked(value), CONTEXT)
        assert policy["context"] == {"caller": "pacs", "tenant": "demo"}
        assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
        assert CREDENTIAL not in json.dumps(policy) + log.getvalue()
    assert audited() == []


@pytest.mark.parametrize("held", [None, json.dumps({"sha256": []})])
def test_without_a_credential_of_its_pacs_the_route_is_closed(
    site: None, held: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if held is not None:
        put_tenant_secret("demo", "pacs-credential", held)
    with written() as log, pytest.raises(Unauthorized, match=r"^Unauthorized$"):
        authorize_pacs(asked(f"Bearer {CREDENTIAL}"), CONTEXT)
    assert CREDENTIAL not in log.getvalue()
    assert audited() == [], "a stranger writes nothing that is locked for years"
    (counted,) = refused_callers(capsys.readouterr().out)
    assert (counted["tenant"], counted["code"]) == ("demo", "not_authenticated")


def test_the_credential_of_one_site_opens_no_other(site: None) -> None:
    held = json.dumps({"sha256": [digest_of(CREDENTIAL)]})
    put_tenant_secret("voisin", "pacs-credential", held)
    for tenant in ("demo", "nobody", "../voisin"):
        with pytest.raises(Unauthorized):
            authorize_pacs(asked(f"Bearer {CREDENTIAL}", tenant), CONTEXT)


@pytest.mark.parametrize("held", ['{"sha256": "x"}', '{"sha256": [1]}', "[]", "{}", "x"])
def test_a_secret_of_another_form_is_a_fault_of_ours(site: None, held: str) -> None:
    put_tenant_secret("demo", "pacs-credential", held)
    with pytest.raises(InternalFailure, match=r"^ConfigurationError$"):
        authorize_pacs(asked(f"Bearer {CREDENTIAL}"), CONTEXT)
