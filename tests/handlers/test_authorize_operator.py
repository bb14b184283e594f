"""The session behind a cookie."""

from __future__ import annotations

import pytest

from functions.authorize_operator.handler import handler as authorize_operator
from functions.aws import callers, clients
from functions.aws.entry import InternalFailure
from tests.fakes.aws import put_tenant_secret
from tests.handlers.conftest import CONTEXT, Outside, another_tenant, event
from tests.handlers.session_scenes import COOKIE, authorized, sign_in, with_cookies


def test_a_session_of_one_tenant_is_none_of_another(site: None, outside: Outside) -> None:
    another_tenant("voisin")
    put_tenant_secret("voisin", "sessions", "B" * 64)
    cookie = sign_in(outside)
    made = with_cookies(
        event("authorize_operator/session", pathParameters={"tenant": "voisin"}),
        **{"__Host-operator-voisin": cookie},
    )
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}
    # Nor is its record, copied to the other tenant: even where both had the same secret.
    for record in clients.dynamodb().scan(TableName="sessions")["Items"]:
        copied = {**record, "tenant": {"S": "voisin"}}
        clients.dynamodb().put_item(TableName="sessions", Item=copied)
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}


def test_a_cookie_that_is_sent_twice_is_none(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    made = with_cookies(event("authorize_operator/session"), **{COOKIE: cookie})
    made["multiValueHeaders"]["Cookie"] = [f"{COOKIE}={cookie}; {COOKIE}={cookie}"]
    assert authorize_operator(made, CONTEXT)["context"] == {"caller": callers.NOBODY}


def test_sessions_that_cannot_be_read_let_nobody_in(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    clients.dynamodb().delete_table(TableName="sessions")
    with pytest.raises(InternalFailure):
        authorized(cookie)
