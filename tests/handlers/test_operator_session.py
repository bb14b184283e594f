"""Operators sign in and out on the ``vi`` host."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from functions.aws import callers, clients
from functions.drimbox.identity.session import form_token
from functions.operator_session.handler import handler as operator_session
from tests.fakes.logs import written
from tests.handlers.conftest import (
    CONTEXT,
    Outside,
    audit_records,
    audited,
    event,
    now,
    refused_callers,
    stores,
)
from tests.handlers.session_scenes import (
    BASE,
    COOKIE,
    authorized,
    come_back,
    cookies,
    sign_in,
    start,
    text,
    with_cookies,
)


def test_an_operator_signs_in_and_out(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    assert authorized(cookie) == {
        **{"caller": callers.SIGNED_IN, "tenant": "demo", "subject": "operator-1"},
    }
    leaving = leave(cookie, form_token(cookie))
    assert leaving["statusCode"] == 303
    assert leaving["headers"]["Location"] == f"{BASE}?left=1"
    assert cookies(leaving) == {COOKIE: ""}
    assert authorized(cookie) == {"caller": callers.NOBODY}
    assert sorted(audited()) == [
        ("operator.signed_in", "success"),
        ("operator.signed_out", "success"),
    ]
    who = {one["event"]: one["who"] for one in audit_records()}
    assert who["operator.signed_in"] == who["operator.signed_out"] == "operator-1"


def leave(cookie: str, token: str, **headers: list[str]) -> dict[str, Any]:
    made = with_cookies(
        event(
            "operator_session/leave",
            body=urlencode({"verb": "sign_out", "token": token}),
        ),
        **{COOKIE: cookie},
    )
    made["multiValueHeaders"] |= headers
    reply: dict[str, Any] = operator_session(made, CONTEXT)
    return reply


def test_a_form_of_elsewhere_signs_nobody_out(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    for reply in (
        leave(cookie, form_token("x" * 43)),
        leave(cookie, form_token(cookie), Origin=["https://evil.example"]),
        leave(cookie, form_token(cookie), Origin=[]),
        leave(cookie, form_token(cookie), Origin=["null"]),
    ):
        assert reply["statusCode"] == 403
        assert "foreign_form" in text(reply)
    for reply in (
        leave(cookie, form_token(cookie), **{"Content-Type": ["text/plain"]}),
        leave(cookie, form_token(cookie) + "&token=x"),
    ):
        assert reply["statusCode"] in {400, 403}
    assert authorized(cookie)["caller"] == callers.SIGNED_IN


def test_a_session_is_another_one_after_each_sign_in(site: None, outside: Outside) -> None:
    first = sign_in(outside)
    second = sign_in(outside, before=first)
    assert first != second
    assert authorized(first) == {"caller": callers.NOBODY}
    assert authorized(second)["caller"] == callers.SIGNED_IN


def test_a_person_who_is_no_operator_gets_no_session(site: None, outside: Outside) -> None:
    with written() as log:
        reply = come_back(*start(outside, "stranger-1", page="/publications/m1"))
    assert reply["statusCode"] == 403
    told = text(reply)
    assert "not_an_operator" in told
    assert "<code>stranger-1</code>" in told, "as whom the person is signed in"
    assert f'href="{BASE}/sign-in?page=%2Fpublications%2Fm1&amp;again=1"' in told
    assert "not_an_operator" in log.getvalue()
    assert "stranger-1" not in log.getvalue()
    assert COOKIE not in cookies(reply)
    assert ("operator.signed_in", "not_an_operator") in audited()
    assert [r["who"] for r in audit_records() if r["result"] == "not_an_operator"] == ["stranger-1"]


def test_a_person_who_is_refused_leaves_nobody_else_signed_in(site: None, outside: Outside) -> None:
    former = sign_in(outside)
    reply = come_back(*start(outside, "stranger-1"), before=former)
    assert reply["statusCode"] == 403
    assert authorized(former) == {"caller": callers.NOBODY}
    kept = sign_in(outside)
    assert come_back("x" * 43, "forged", before=kept)["statusCode"] == 403
    assert authorized(kept)["caller"] == callers.SIGNED_IN, "nobody was proven"


def test_a_return_without_its_start_is_refused(
    site: None, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    with written() as log:
        cookie, state = start(outside)
        for reply in (
            come_back("", state),
            come_back("x" * 43, state),
            come_back(cookie, "another"),
            come_back(cookie, state),  # the attempt was spent on the line before
        ):
            assert reply["statusCode"] == 403
            assert "not_authenticated" in text(reply)
            assert COOKIE not in cookies(reply)
        twice = come_back(*start(outside), code=["a", "b"])
        assert twice["statusCode"] == 400
    assert audited() == [], "nobody had proved who he is"
    counted = refused_callers(capsys.readouterr().out)
    assert [one["code"] for one in counted] == ["not_authenticated"] * 4 + ["bad_request"]
    assert {one["tenant"] for one in counted} == {"demo"}
    for secret in ("code-of-a-test", state, cookie):
        assert secret not in log.getvalue()


def test_a_provider_that_is_down_lets_nobody_in(
    site: None, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    cookie, state = start(outside)
    outside.hosts["identity.example"] = lambda _: httpx.Response(503)
    assert operator_session(event("operator_session/start"), CONTEXT)["statusCode"] == 503
    reply = come_back(cookie, state)
    assert reply["statusCode"] == 503
    assert "identity_unavailable" in text(reply)
    assert audited() == []
    counted = refused_callers(capsys.readouterr().out)
    assert [one["code"] for one in counted] == ["identity_unavailable"] * 2


def test_a_tenant_that_does_not_exist_has_no_sign_in(site: None, outside: Outside) -> None:
    elsewhere = {"pathParameters": {"tenant": "another"}}
    for reply in (
        operator_session(event("operator_session/start", **elsewhere), CONTEXT),
        operator_session(event("operator_session/return", **elsewhere), CONTEXT),
    ):
        assert reply["statusCode"] == 404
        text(reply)
    assert authorized("x" * 43, "another") == {"caller": callers.NOBODY}
    assert outside.asked == []


def test_the_table_forgets_sessions_after_their_longest_life(site: None, outside: Outside) -> None:
    sign_in(outside)
    [item] = clients.dynamodb().scan(TableName="sessions")["Items"]
    left = int(item["ends_at"]["N"]) - now().timestamp()
    assert timedelta(hours=7).total_seconds() < left <= timedelta(hours=8).total_seconds()


def test_a_session_that_ended_meanwhile_is_not_made_again(site: None) -> None:
    store = stores().sessions._store
    store.note("session#gone", "used_at", "2026")
    assert store.get("session#gone") is None


def test_a_sign_in_leads_back_to_the_wanted_page(site: None, outside: Outside) -> None:
    for page, place in (("/publications/m1", "/publications/m1"), ("//evil.example", "")):
        cookie, returned = start(outside, "operator-1", page=page)
        assert come_back(cookie, returned)["headers"]["Location"] == BASE + place


def test_the_provider_is_asked_anew_after_a_sign_out(site: None, outside: Outside) -> None:
    cookie, returned = start(outside, "operator-1", again="1")
    assert come_back(cookie, returned)["headers"]["Location"] == BASE
