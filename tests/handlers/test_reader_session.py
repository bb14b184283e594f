"""Professionals sign in by Pro Santé Connect, choose their situation, and sign out."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import httpx
import pytest

from functions.aws import callers, clients, https
from functions.aws.cache_store import S3CacheStore
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.errors import ConfigurationError, DrimboxError, StorageUnavailable
from functions.drimbox.identity.session import form_token
from functions.drimbox.reading.keys import session_prefix
from functions.reader_session.handler import handler as reader_session
from tests.fakes.logs import written
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import (
    CONTEXT,
    Outside,
    audit_records,
    audited,
    event,
    refused_callers,
    stores,
)
from tests.handlers.reader_scenes import (
    ATTEMPT,
    BASE,
    COOKIE,
    WHO,
    Psc,
    activity,
    asked_with,
    authorized,
    come_back,
    home,
    sign_in,
    start,
    submitted,
    token_ends_in,
)
from tests.handlers.session_scenes import cookies, text, with_cookies
from tests.handlers.session_scenes import sign_in as operator_signs_in

PAGE = "p" * 43
NURSE = "60"


def test_the_last_outcome_of_pro_sante_connect_is_noted(site: None, outside: Outside) -> None:
    psc = Psc()
    sign_in(outside, psc)
    last = stores().outcomes.last(Asked.PSC)
    assert last is not None
    assert last.answered
    cookie, state = start(outside, psc)
    psc.broken = {"/realm/token"}
    assert come_back(cookie, state)["statusCode"] == 503
    last = stores().outcomes.last(Asked.PSC)
    assert last is not None
    assert not last.answered


def test_a_professional_signs_in_and_out(site: None, outside: Outside) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)
    asked = psc.asked
    assert (asked["scope"], asked["acr_values"]) == ("openid scope_all", "eidas1")
    assert asked["code_challenge_method"] == "S256"
    assert authorized(cookie) == {"caller": callers.READING, "tenant": "demo", "subject": WHO}
    leaving = submitted("leave", cookie, verb="sign_out")
    assert leaving["statusCode"] == 303
    assert leaving["headers"]["Location"] == f"{BASE}?left=left"
    assert cookies(leaving) == {COOKIE: ""}
    assert authorized(cookie) == {"caller": callers.NOBODY}
    assert psc.ended == [one for one in psc.given if one.count(".") == 2], "by the ID token"
    assert sorted(audited()) == [
        ("reader.signed_in", "success"),
        ("reader.signed_out", "success"),
    ]
    assert {one["who"] for one in audit_records()} == {WHO}


def test_a_sign_in_comes_back_to_the_page_that_was_wanted(site: None, outside: Outside) -> None:
    sign_in(outside, page=PAGE)


@pytest.mark.parametrize("page", ["short", "../operations", "https://evil.example", f"{PAGE}x"])
def test_no_sign_in_comes_back_elsewhere(site: None, outside: Outside, page: str) -> None:
    made = event("reader_session/start", multiValueQueryStringParameters={"page": [page]})
    reply = reader_session(made, CONTEXT)
    assert reply["statusCode"] == 400
    assert outside.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ["forged"]},
        {"state": []},
        {"iss": ["https://evil.example/realm"]},
        {"iss": []},
        {"code": []},
        {"error": ["access_denied"], "code": []},
    ],
    ids=str,
)
def test_a_forged_return_opens_no_session(
    site: None, outside: Outside, changes: dict[str, list[str]]
) -> None:
    """State, issuer (mix-up, RFC 9207) and code; a parameter without a value is left out."""
    psc = Psc()
    cookie, state = start(outside, psc)
    query = {"state": [state], "code": ["c"], "iss": ["https://psc.example/realm"], **changes}
    kept = {name: values for name, values in query.items() if values}
    made = event("reader_session/return", multiValueQueryStringParameters=kept)
    reply = reader_session(with_cookies(made, **{ATTEMPT: cookie}), CONTEXT)
    assert reply["statusCode"] == 403
    assert COOKIE not in cookies(reply)
    assert psc.given == []
    assert audited() == []


def test_an_attempt_serves_once_and_only_in_its_browser(
    site: None, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    cookie, state = start(outside, Psc())
    other, _ = start(outside, Psc())
    for reply in (
        come_back("", state),
        come_back(other, state),  # the attempt of another browser
        come_back(cookie, "forged"),
        come_back(cookie, state),  # spent on the line before
    ):
        assert reply["statusCode"] == 403
        assert "not_authenticated" in text(reply)
        assert COOKIE not in cookies(reply)
    assert audited() == []
    counted = refused_callers(capsys.readouterr().out)
    assert [one["code"] for one in counted] == ["not_authenticated"] * 4


@pytest.mark.parametrize(
    "psc",
    [
        Psc(claims={"nonce": "forged"}),
        Psc(claims={"aud": "another"}),
        Psc(claims={"acr": "eidas0"}),
        Psc(claims={"iss": "https://evil.example/realm"}),
        Psc(claims={"sub": "f:realm:somebody"}),
        Psc(introspection={"azp": "another"}),
        Psc(introspection={"active": False}),
        Psc(refusing=True),
    ],
    ids=lambda psc: str(psc.claims or psc.introspection or "code reused"),
)
def test_tokens_that_prove_nothing_open_no_session(site: None, outside: Outside, psc: Psc) -> None:
    reply = come_back(*start(outside, psc))
    assert reply["statusCode"] == 403
    assert COOKIE not in cookies(reply)
    assert audited() == []


def test_a_session_is_another_one_after_each_sign_in(site: None, outside: Outside) -> None:
    """Session fixation: a cookie that was known before is worth nothing after."""
    first = sign_in(outside)
    second = sign_in(outside, Psc(who="899000000002"), before=first)
    assert first != second
    assert authorized(first) == {"caller": callers.NOBODY}
    assert authorized(second)["subject"] == "899000000002"
    chosen = sign_in(outside, before="f" * 43)
    assert chosen != "f" * 43


@pytest.mark.parametrize(
    ("exercices", "code"),
    [
        (None, "no_activity"),
        ([], "no_activity"),
        ([activity("300000000000033")], "no_activity_here"),
        ([activity("")], "no_activity_here"),
    ],
    ids=str,
)
def test_a_professional_without_a_situation_here_is_refused_and_signed_out_there(
    site: None, outside: Outside, exercices: list[dict[str, Any]] | None, code: str
) -> None:
    psc = Psc(exercices=exercices)
    reply = come_back(*start(outside, psc))
    assert reply["statusCode"] == 403
    assert code in text(reply)
    assert COOKIE not in cookies(reply)
    assert audited() == [("reader.signed_in", code)]
    assert [one["who"] for one in audit_records()] == [WHO]
    assert len(psc.ended) == 1
    psc = Psc(exercices=exercices, broken={"/realm/logout"})
    assert come_back(*start(outside, psc))["statusCode"] == 403


@pytest.mark.parametrize("who", [WHO, "899000000002"])
@pytest.mark.parametrize("exercices", [None, [activity("300000000000033")]], ids=str)
def test_a_professional_who_is_refused_leaves_nobody_else_signed_in(
    site: None, outside: Outside, exercices: list[dict[str, Any]] | None, who: str
) -> None:
    former = sign_in(outside)
    reply = come_back(*start(outside, Psc(who=who, exercices=exercices)), former)
    assert reply["statusCode"] == 403
    assert authorized(former) == {"caller": callers.NOBODY}


def test_a_return_that_proves_nobody_ends_no_session(site: None, outside: Outside) -> None:
    former = sign_in(outside)
    cookie, _ = start(outside, Psc())
    assert come_back(cookie, "forged", former)["statusCode"] == 403
    assert come_back(*start(outside, Psc(claims={"nonce": "forged"})), former)["statusCode"] == 403
    assert authorized(former)["caller"] == callers.READING


def test_a_choice_among_situations(site: None, outside: Outside) -> None:
    psc = Psc(exercices=[activity("3000"), activity(STRUCTURE), activity(STRUCTURE, NURSE)])
    cookie = sign_in(outside, psc)
    assert "à choisir" in text(home(cookie))
    reply = submitted("choose", cookie, verb="situation", situation="2", page=PAGE)
    assert (reply["statusCode"], reply["headers"]["Location"]) == (303, f"{BASE}/{PAGE}")
    assert "à choisir" not in text(home(cookie))
    reply = submitted("choose", cookie, verb="situation", situation="1", page="")
    assert reply["headers"]["Location"] == BASE
    for fields in (
        {"situation": "0"},  # of another structure
        {"situation": "3"},
        {"situation": ""},
        {},
        {"situation": "1", "page": "https://evil.example"},
    ):
        assert submitted("choose", cookie, verb="situation", **fields)["statusCode"] == 400
    for verb in ("", "open"):
        assert submitted("choose", cookie, verb=verb, situation="1")["statusCode"] == 400


def test_a_form_of_elsewhere_changes_nothing(site: None, outside: Outside) -> None:
    cookie, psc = sign_in(outside), Psc()
    assert submitted("leave", cookie, form_token("x" * 43), verb="sign_out")["statusCode"] == 403
    assert authorized(cookie)["caller"] == callers.READING
    assert psc.ended == []
    nobody = event("reader_session/leave", body=f"verb=sign_out&token={form_token(cookie)}")
    nobody["requestContext"]["authorizer"] = {"caller": callers.NOBODY}
    assert reader_session(with_cookies(nobody, **{COOKIE: cookie}), CONTEXT)["statusCode"] == 403


def test_a_sign_out_ends_here_even_when_pro_sante_connect_does_not_answer(
    site: None, outside: Outside
) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)
    psc.broken = {"/realm/logout"}
    reply = submitted("leave", cookie, verb="sign_out")
    assert reply["headers"]["Location"] == f"{BASE}?left=left_here"
    assert authorized(cookie) == {"caller": callers.NOBODY}
    [out] = [one for one in audit_records() if one["event"] == "reader.signed_out"]
    assert out["for_identity_provider"] == "unknown"


@pytest.mark.parametrize(
    "error", [StorageUnavailable("secret: Throttling"), ConfigurationError("no certificate")]
)
def test_a_sign_out_ends_here_even_when_our_certificate_cannot_be_read(
    site: None, outside: Outside, monkeypatch: pytest.MonkeyPatch, error: DrimboxError
) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)

    def unreadable(_: object) -> httpx.Client:
        raise error

    monkeypatch.setattr(https, "psc_client", unreadable)
    reply = submitted("leave", cookie, verb="sign_out")
    assert (reply["statusCode"], reply["headers"]["Location"]) == (303, f"{BASE}?left=left_here")
    assert cookies(reply) == {COOKIE: ""}
    assert authorized(cookie) == {"caller": callers.NOBODY}
    [out] = [one for one in audit_records() if one["event"] == "reader.signed_out"]
    assert (out["who"], out["for_identity_provider"]) == (WHO, "unknown")
    assert psc.ended == []


def test_a_sign_out_erases_the_exams_of_its_session(site: None, outside: Outside) -> None:
    cookie, store = sign_in(outside), stores().shelf.store
    mine, others = session_prefix(cookie), session_prefix("o" * 43)
    for prefix in (mine, others):
        store.put(f"{prefix}page/exam/manifest", BytesIO(b"x"), "application/dicom")
    submitted("leave", cookie, verb="sign_out")
    assert store.get(f"{mine}page/exam/manifest", max_bytes=9) is None
    assert store.get(f"{others}page/exam/manifest", max_bytes=9) == b"x"


def test_a_sign_out_ends_here_even_when_nothing_can_be_erased(
    site: None, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> int:
        raise StorageUnavailable("down")

    cookie = sign_in(outside)
    monkeypatch.setattr(S3CacheStore, "delete_under", away)
    assert submitted("leave", cookie, verb="sign_out")["statusCode"] == 303
    assert authorized(cookie) == {"caller": callers.NOBODY}


def test_a_session_that_ended_between_authorizer_and_handler_is_left_all_the_same(
    site: None, outside: Outside
) -> None:
    cookie = sign_in(outside)
    made = asked_with(
        event("reader_session/leave", body=f"verb=sign_out&token={form_token(cookie)}"), cookie
    )
    assert submitted("leave", cookie, verb="sign_out")["statusCode"] == 303
    reply = reader_session(made, CONTEXT)
    assert reply["headers"]["Location"] == f"{BASE}?left=left_here"


@pytest.mark.parametrize(
    "path", ["/realm/.well-known/wallet-openid-configuration", "/realm/token", "/introspect"]
)
def test_while_pro_sante_connect_is_down_a_page_says_what_still_works(
    site: None, outside: Outside, path: str
) -> None:
    cookie, state = start(outside, Psc())
    outside.hosts["psc.example"] = Psc(broken={path}, asked=outside.hosts["psc.example"].asked)  # type: ignore[attr-defined]
    reply = come_back(cookie, state)
    assert reply["statusCode"] == 503
    page = text(reply)
    assert "identity_unavailable" in page
    assert "Ce qui marche encore" in page
    assert audited() == []


def test_a_provider_that_is_slow_lets_nobody_in(site: None, outside: Outside) -> None:
    def slow(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    outside.hosts["psc.example"] = slow
    reply = reader_session(event("reader_session/start"), CONTEXT)
    assert reply["statusCode"] == 503
    assert "identity_unavailable" in text(reply)


def test_a_tenant_that_does_not_exist_has_no_sign_in(site: None, outside: Outside) -> None:
    elsewhere = {"pathParameters": {"tenant": "another"}}
    for made in (
        event("reader_session/start", **elsewhere),
        event("reader_session/return", **elsewhere),
    ):
        assert reader_session(made, CONTEXT)["statusCode"] == 404
    assert outside.asked == []


def test_an_operator_s_cookie_is_no_professional_s(site: None, outside: Outside) -> None:
    """Both kinds are in one table, under one secret; each has a seal of its own."""
    operators = operator_signs_in(outside)
    readers = sign_in(outside)
    assert authorized(operators) == {"caller": callers.NOBODY}
    assert authorized(readers)["caller"] == callers.READING


def test_no_token_leaves_the_sealed_session(
    site: None, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    psc = Psc(exercices=[activity(STRUCTURE), activity(STRUCTURE, NURSE)])
    with written() as log:
        replies = [come_back(*start(outside, psc))]
        cookie = cookies(replies[0])[COOKIE]
        token_ends_in(cookie, 0)
        replies += [
            submitted("choose", cookie, verb="situation", situation="1"),
            home(cookie),
            submitted("leave", cookie, verb="sign_out"),
        ]
    kept = json.dumps(clients.dynamodb().scan(TableName="sessions")["Items"])
    said = json.dumps([replies, audit_records(), authorized(cookie), outside.asked])
    printed = capsys.readouterr().out
    assert len(psc.given) == 6, "the page renewed the first three"
    for token in (*psc.given, psc.asked["nonce"]):
        for place in (kept, said, log.getvalue(), printed):
            assert token not in place


def test_the_table_holds_a_seal_and_no_name(site: None, outside: Outside) -> None:
    # A short name may stand in a sealed text by chance.
    psc = Psc(family="ESSAI-DE-LA-SESSION")
    sign_in(outside, psc)
    kept = json.dumps(clients.dynamodb().scan(TableName="sessions")["Items"])
    for secret in (*psc.given, WHO, psc.family):
        assert secret not in kept
