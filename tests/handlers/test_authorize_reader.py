"""The professional's session behind a cookie."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.authorize_reader.handler import handler as authorize_reader
from functions.aws import callers, clients
from functions.aws.entry import InternalFailure
from functions.drimbox.identity.session import IDLE, UNATTENDED
from tests.fakes.aws import put_tenant_secret
from tests.handlers.conftest import CONTEXT, Outside, another_tenant, event, now
from tests.handlers.reader_scenes import COOKIE, authorized, sign_in
from tests.handlers.session_scenes import with_cookies


def test_a_session_of_one_tenant_is_none_of_another(site: None, outside: Outside) -> None:
    another_tenant("voisin")
    put_tenant_secret("voisin", "sessions", "B" * 64)
    cookie = sign_in(outside)
    made = with_cookies(
        event("authorize_reader/session", pathParameters={"tenant": "voisin"}),
        **{"__Host-reader-voisin": cookie},
    )
    assert authorize_reader(made, CONTEXT)["context"] == {"caller": callers.NOBODY}
    for record in clients.dynamodb().scan(TableName="sessions")["Items"]:
        copied = {**record, "tenant": {"S": "voisin"}}
        clients.dynamodb().put_item(TableName="sessions", Item=copied)
    assert authorize_reader(made, CONTEXT)["context"] == {"caller": callers.NOBODY}
    assert authorized(cookie, "another") == {"caller": callers.NOBODY}


def test_a_cookie_that_is_sent_twice_is_none(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    made = with_cookies(event("authorize_reader/session"), **{COOKIE: cookie})
    made["multiValueHeaders"]["Cookie"] = [f"{COOKIE}={cookie}; {COOKIE}={cookie}"]
    assert authorize_reader(made, CONTEXT)["context"] == {"caller": callers.NOBODY}


def test_an_idle_session_has_ended(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    [item] = clients.dynamodb().scan(TableName="sessions")["Items"]
    idle = (now() - IDLE - timedelta(seconds=1)).isoformat()
    clients.dynamodb().put_item(TableName="sessions", Item={**item, "used_at": {"S": idle}})
    assert authorized(cookie) == {"caller": callers.NOBODY}


def test_a_look_of_the_page_s_own_script_does_not_move_the_session_s_end(
    site: None, outside: Outside
) -> None:
    cookie = sign_in(outside)
    [item] = clients.dynamodb().scan(TableName="sessions")["Items"]
    before = (now() - IDLE / 2).isoformat()
    clients.dynamodb().put_item(TableName="sessions", Item={**item, "used_at": {"S": before}})
    made = with_cookies(event("authorize_reader/session"), **{COOKIE: cookie})
    by_itself = {**made["multiValueHeaders"], UNATTENDED: ["1"]}
    reply = authorize_reader({**made, "multiValueHeaders": by_itself}, CONTEXT)
    assert reply["context"]["caller"] == callers.READING
    assert used_at() == before
    authorize_reader(made, CONTEXT)
    assert used_at() > before


def used_at() -> str:
    """The last use of the one session."""
    [item] = clients.dynamodb().scan(TableName="sessions")["Items"]
    return str(item["used_at"]["S"])


def test_sessions_that_cannot_be_read_let_nobody_in(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    clients.dynamodb().delete_table(TableName="sessions")
    with pytest.raises(InternalFailure):
        authorized(cookie)
