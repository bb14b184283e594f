"""Sessions: the cookie's holder is signed in, until the session is idle, old, left or replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aws.sessions import unguessable
from functions.drimbox.errors import Forbidden, NotAuthenticated
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import (
    ATTEMPT,
    IDLE,
    LONGEST,
    Kept,
    Session,
    Sessions,
    form_token,
    require_own_form,
)
from functions.drimbox.operations.sign_in import OperatorFacts

OWN = "https://vi.example"
Own = Sessions[OperatorFacts]


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 26, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Store:
    """The port in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, str]] = {}
        self.ends: dict[str, datetime] = {}
        self.notes = 0

    def put(self, key: str, facts: Kept, ends_at: datetime) -> None:
        self.kept[key] = dict(facts)
        self.ends[key] = ends_at

    def get(self, key: str) -> Kept | None:
        return self.kept.get(key)

    def note(self, key: str, name: str, value: str) -> None:
        self.notes += 1
        self.kept[key][name] = value

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        there = self.kept.get(key)
        if there is None or there[name] != old:
            return False
        there[name] = new
        return True

    def take(self, key: str) -> Kept | None:
        return self.kept.pop(key, None)


def made(store: Store, clock: Clock, secret: bytes = b"s", tenant: str = "demo") -> Own:
    return Sessions(store, clock, unguessable, Seal(secret, tenant, "test"), OperatorFacts)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def sessions(store: Store, clock: Clock) -> Own:
    return made(store, clock)


def test_the_holder_of_the_cookie_is_in(sessions: Own, store: Store, clock: Clock) -> None:
    cookie = sessions.open(OperatorFacts("operator-1"))
    found = sessions.current(cookie)
    assert found is not None
    assert found == Session(OperatorFacts("operator-1"), clock.at)
    # A reader of the store has no cookie.
    [(key, facts)] = store.kept.items()
    assert cookie not in key + "".join(facts.values())
    assert "operator-1" not in "".join(facts.values())
    assert set(facts) == {"sealed", "used_at"}
    assert store.ends[key] == clock.at + LONGEST
    assert sessions.current(unguessable()) is None


def test_an_idle_session_ends_and_a_used_one_goes_on(
    sessions: Own, store: Store, clock: Clock
) -> None:
    cookie = sessions.open(OperatorFacts("operator-1"))
    for _ in range(3):
        clock.at += IDLE
        assert sessions.current(cookie) is not None
        assert sessions.current(cookie) is not None
    # A use is noted once a minute, not at every request.
    assert store.notes == 3
    clock.at += IDLE + timedelta(seconds=1)
    assert sessions.current(cookie) is None


def test_a_request_that_no_person_caused_is_no_use(
    sessions: Own, store: Store, clock: Clock
) -> None:
    cookie = sessions.open(OperatorFacts("operator-1"))
    for _ in range(4):
        clock.at += IDLE / 4
        assert sessions.current(cookie, used=False) is not None
    assert store.notes == 0
    clock.at += timedelta(seconds=1)
    assert sessions.current(cookie, used=False) is None
    assert sessions.current(cookie) is None


def test_an_old_session_ends_however_much_it_is_used(sessions: Own, clock: Clock) -> None:
    cookie = sessions.open(OperatorFacts("operator-1"))
    for _ in range(int(LONGEST / IDLE)):
        clock.at += IDLE
        assert sessions.current(cookie) is not None
    clock.at += timedelta(seconds=1)
    assert sessions.current(cookie) is None


def test_signing_in_again_is_another_session_and_leaving_ends_it(sessions: Own) -> None:
    first = sessions.open(OperatorFacts("operator-1"))
    second = sessions.open(OperatorFacts("operator-1"))
    assert first != second
    sessions.close(first)
    assert sessions.current(first) is None
    assert sessions.current(second) is not None
    sessions.close(second)
    assert sessions.current(second) is None
    sessions.close(second)
    sessions.close("")


def test_a_sign_in_comes_back_once_and_in_time(sessions: Own, clock: Clock) -> None:
    cookie, attempt = sessions.begin()
    assert sessions.attempt(cookie) == attempt
    assert len({attempt.state, attempt.nonce, attempt.code_verifier, cookie}) == 4
    with pytest.raises(NotAuthenticated):
        sessions.attempt(cookie)
    late, _ = sessions.begin()
    clock.at += ATTEMPT + timedelta(seconds=1)
    with pytest.raises(NotAuthenticated):
        sessions.attempt(late)


def test_a_sign_in_is_no_session_and_a_session_no_sign_in(sessions: Own) -> None:
    cookie, _ = sessions.begin()
    assert sessions.current(cookie) is None
    with pytest.raises(NotAuthenticated):
        sessions.attempt(sessions.open(OperatorFacts("operator-1")))


@given(st.text(max_size=60))
def test_any_other_cookie_opens_nothing(cookie: str) -> None:
    sessions = made(Store(), Clock())
    sessions.open(OperatorFacts("operator-1"))
    assert sessions.current(cookie) is None
    with pytest.raises(NotAuthenticated):
        sessions.attempt(cookie)
    with pytest.raises(Forbidden):
        require_own_form(cookie, form_token(cookie), ["https://evil.example"], OWN)


def test_a_form_is_that_of_the_session_and_of_the_host() -> None:
    mine, other = unguessable(), unguessable()
    for salt in ("", "c2FsdA"):
        require_own_form(mine, form_token(mine, salt), [OWN], OWN)
    for cookie, token, origins in (
        (mine, form_token(other), [OWN]),
        (mine, form_token(mine, "c2FsdA").replace("c2", "d3"), [OWN]),
        (mine, form_token(mine, "c2FsdA").partition(".")[2], [OWN]),
        (mine, "", [OWN]),
        (mine, "é", [OWN]),
        ("", form_token(""), [OWN]),
        (mine, form_token(mine), []),
        (mine, form_token(mine), ["null"]),
        (mine, form_token(mine), ["https://vi.example.evil.example"]),
        (mine, form_token(mine), [OWN, OWN]),
    ):
        with pytest.raises(Forbidden) as raised:
            require_own_form(cookie, token, origins, OWN)
        assert raised.value.code == "foreign_form"


def test_a_record_in_another_place_does_not_open(store: Store, clock: Clock) -> None:
    sessions = made(store, clock)
    cookie, other = (sessions.open(OperatorFacts(name)) for name in ("operator-1", "operator-2"))
    mine, theirs = store.kept
    store.kept[mine], store.kept[theirs] = store.kept[theirs], store.kept[mine]
    assert sessions.current(cookie) is sessions.current(other) is None
    store.kept[mine], store.kept[theirs] = store.kept[theirs], store.kept[mine]
    assert sessions.current(cookie) is not None
    # The same store under another tenant, or under another secret.
    assert made(store, clock, tenant="other").current(cookie) is None
    assert made(store, clock, secret=b"other").current(cookie) is None
    store.kept[mine]["sealed"] = "not sealed"
    assert sessions.current(cookie) is None


def test_a_sign_in_in_progress_is_sealed(store: Store, clock: Clock) -> None:
    sessions = made(store, clock)
    cookie, attempt = sessions.begin()
    [kept] = store.kept.values()
    assert set(kept) == {"sealed"}
    assert attempt.code_verifier not in kept["sealed"]
    with pytest.raises(NotAuthenticated):
        made(store, clock, tenant="other").attempt(cookie)


def test_the_attempt_keeps_the_page_that_was_wanted(sessions: Own) -> None:
    cookie, attempt = sessions.begin("p" * 43)
    assert attempt.page == "p" * 43
    assert sessions.attempt(cookie) == attempt
    cookie, attempt = sessions.begin()
    assert sessions.attempt(cookie).page == ""


def test_a_session_changes_under_the_same_cookie(sessions: Own, clock: Clock) -> None:
    cookie = sessions.open(OperatorFacts("one"))
    read = sessions.current(cookie)
    assert read is not None
    clock.at += timedelta(minutes=5)
    changed = sessions.change(read, OperatorFacts("two"))
    assert changed == Session(OperatorFacts("two"), read.opened_at)
    assert sessions.current(cookie) == changed
    again = sessions.change(changed, OperatorFacts("three"))
    assert again is not None
    # The longest life goes on from the sign-in.
    for _ in range(60):
        clock.at += timedelta(minutes=10)
        sessions.current(cookie)
    assert sessions.current(cookie) is None


@dataclass(frozen=True)
class LaterFacts:
    """The facts of a later release."""

    subject: str
    since: str = ""


def test_a_session_that_a_later_release_opened_is_read(store: Store, clock: Clock) -> None:
    """A rollback meets it: everybody who is signed in would get an error until the browser ends."""
    later = Sessions(store, clock, unguessable, Seal(b"s", "demo", "test"), LaterFacts)
    cookie = later.open(LaterFacts("who", "now"))
    read = made(store, clock).current(cookie)
    assert read is not None
    assert read.facts == OperatorFacts("who")


def test_of_two_writers_one_changes_a_session(sessions: Own) -> None:
    cookie = sessions.open(OperatorFacts("one"))
    first, second = sessions.current(cookie), sessions.current(cookie)
    assert first is not None
    assert second is not None
    assert sessions.change(first, OperatorFacts("two")) is not None
    assert sessions.change(second, OperatorFacts("three")) is None
    found = sessions.current(cookie)
    assert found is not None
    assert found.facts == OperatorFacts("two")


def test_a_write_that_was_sent_twice_has_been_done_once(
    sessions: Own, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer was lost: the second finds the record changed, by this very write."""
    cookie = sessions.open(OperatorFacts("one"))
    read = sessions.current(cookie)
    assert read is not None
    real = store.swap

    def twice(key: str, name: str, old: str, new: str) -> bool:
        return real(key, name, old, new) and real(key, name, old, new)

    monkeypatch.setattr(store, "swap", twice)
    changed = sessions.change(read, OperatorFacts("two"))
    assert changed is not None
    assert sessions.current(cookie) == changed
    # The same facts, written by somebody else, are not this write.
    assert sessions.change(read, OperatorFacts("two")) is None


def test_a_session_that_was_left_meanwhile_stays_left(sessions: Own, store: Store) -> None:
    cookie = sessions.open(OperatorFacts("one"))
    read = sessions.current(cookie)
    assert read is not None
    sessions.close(cookie)
    assert sessions.change(read, OperatorFacts("two")) is None
    assert store.kept == {}


def test_a_session_s_repr_shows_neither_key_nor_record(sessions: Own) -> None:
    read = sessions.current(sessions.open(OperatorFacts("one")))
    assert read is not None
    assert read.key not in repr(read)
    assert read.sealed not in repr(read)
