"""One request renews the tokens; the others wait, or use the winner's."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.reader_facts import ReaderFacts
from functions.drimbox.consultation.renewal import (
    CLAIM,
    EARLY,
    FRESH,
    LATE,
    LEAST,
    LOOKS,
    PATIENCE,
    renewed,
)
from functions.drimbox.errors import DrimboxError, IdentityUnavailable, NotAuthenticated
from functions.drimbox.identity.oidc import ASKED, SENT_WITHIN, Tokens
from functions.drimbox.identity.psc_sign_in import PscSignIn
from tests.drimbox.consultation.readers import START, Clock, Store, came, sessions, tokens

LIFE = timedelta(seconds=300)


@dataclass
class Scene:
    """A session whose token ends five minutes after the start."""

    clock: Clock = field(default_factory=Clock)
    store: Store = field(default_factory=Store)
    used: list[str] = field(default_factory=list)
    error: DrimboxError | None = None
    during: Callable[[], None] = lambda: None
    pauses: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sessions = sessions(self.store, self.clock)
        self.cookie = self.sessions.open(ReaderFacts.of(came()))

    def refresh(self, refresh_token: str, subject: str, nonce: str) -> Tokens:
        assert (subject, nonce) == ("f:realm:1", "nonce-1")
        self.used.append(refresh_token)
        self.during()
        if self.error is not None:
            raise self.error
        return tokens(len(self.used) + 1, expires_at=self.clock.at + LIFE)

    def pause(self) -> None:
        self.pauses.pop(0)()

    def renew(self, **asked: Any) -> ReaderFacts:
        provider = cast("PscSignIn", self)
        return renewed(self.sessions, self.cookie, provider, self.clock, self.pause, **asked).facts

    def facts(self) -> ReaderFacts:
        read = self.sessions.current(self.cookie)
        assert read is not None
        return read.facts

    def change(self, **changes: Any) -> None:
        read = self.sessions.current(self.cookie)
        assert read is not None
        assert self.sessions.change(read, replace(read.facts, **changes)) is not None


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_no_person_caused_renews_the_tokens_and_not_the_session(scene: Scene) -> None:
    for minutes in (4, 8, 12, 16, 20):
        scene.clock.at = START + timedelta(minutes=minutes)
        scene.renew(used=False)
    assert len(scene.used) == 5
    scene.clock.at = START + timedelta(minutes=20, seconds=1)
    with pytest.raises(NotAuthenticated):
        scene.renew(used=False)


def test_a_token_that_is_good_for_a_while_is_used(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY - timedelta(seconds=1)
    assert scene.renew().access_token == "access-1"
    assert scene.used == []


def test_a_token_near_its_end_is_renewed_once(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    facts = scene.renew()
    assert (facts.access_token, facts.refresh_token, facts.renewing_since) == (
        *("access-2", "refresh-2", ""),
    )
    assert scene.renew() == facts == scene.facts()
    assert scene.used == ["refresh-1"]


def test_the_claim_stands_before_the_provider_is_asked(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    seen: list[str] = []
    scene.during = lambda: seen.append(scene.facts().renewing_since)
    scene.renew()
    assert seen == [scene.clock.at.isoformat()]


def test_the_loser_uses_the_token_that_is_still_good(scene: Scene) -> None:
    scene.clock.at = START + LIFE - LEAST - timedelta(seconds=1)
    losers: list[str] = []
    scene.during = lambda: losers.append(scene.renew().access_token)
    assert scene.renew().access_token == "access-2"
    assert losers == ["access-1"]
    assert scene.used == ["refresh-1"]


def test_the_loser_waits_for_the_winner_s_token(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    scene.change(renewing_since=scene.clock.at.isoformat())
    read = scene.sessions.current(scene.cookie)
    assert read is not None
    winner = read.facts.with_tokens(tokens(9, expires_at=scene.clock.at + LIFE), START)

    def wins() -> None:
        assert scene.sessions.change(read, winner) is not None

    scene.pauses = [lambda: None, lambda: None, wins]
    assert scene.renew().access_token == "access-9"
    assert scene.used == []


def test_a_loser_that_needs_more_time_than_is_left_waits_for_the_winner_s_token(
    scene: Scene,
) -> None:
    """A party that asks the provider of the token may take longer than the token lives."""
    least = timedelta(seconds=30)
    scene.clock.at = START + LIFE - least
    scene.change(renewing_since=scene.clock.at.isoformat())
    assert scene.renew().access_token == "access-1"
    scene.pauses = [lambda: scene.change(access_token="access-9", expires_at="2027-01-01T00:00Z")]
    assert scene.renew(least=least).access_token == "access-9"
    assert (scene.pauses, scene.used) == ([], [])


def test_a_token_that_is_too_short_is_not_used_while_the_provider_is_down(scene: Scene) -> None:
    least = timedelta(seconds=30)
    scene.clock.at = START + LIFE - least
    scene.error = IdentityUnavailable("down")
    with pytest.raises(IdentityUnavailable):
        scene.renew(least=least)
    assert scene.renew().access_token == "access-1"


# -- a token that another party does not take


def test_a_token_that_is_refused_is_renewed_though_it_has_not_ended(scene: Scene) -> None:
    assert scene.renew(refused="access-1").access_token == "access-2"
    assert scene.used == ["refresh-1"]
    # Another request that was refused with the former one.
    assert scene.renew(refused="access-1").access_token == "access-2"
    assert scene.used == ["refresh-1"]


def test_a_refused_token_of_a_sign_in_that_was_ended_there_ends_the_session(scene: Scene) -> None:
    scene.error = NotAuthenticated("refused")
    with pytest.raises(NotAuthenticated):
        scene.renew(refused="access-1")
    assert scene.store.kept == {}


def test_a_refused_token_is_not_used_while_the_provider_is_down(scene: Scene) -> None:
    scene.error = IdentityUnavailable("down")
    with pytest.raises(IdentityUnavailable):
        scene.renew(refused="access-1")
    assert (scene.facts().access_token, scene.facts().renewing_since) == ("access-1", "")
    scene.error = None
    assert scene.renew(refused="access-1").access_token == "access-3"


def test_of_two_that_are_refused_at_once_one_asks(scene: Scene) -> None:
    losers: list[str] = []

    def loses() -> None:
        scene.pauses = [lambda: None] * LOOKS
        with pytest.raises(IdentityUnavailable):
            scene.renew(refused="access-1")
        losers.append(scene.renew().access_token)

    scene.during = loses
    assert scene.renew(refused="access-1").access_token == "access-2"
    # A request that nobody refused uses the token meanwhile.
    assert (losers, scene.used) == (["access-1"], ["refresh-1"])


def test_a_party_that_refuses_each_token_has_one_renewed_and_no_more(scene: Scene) -> None:
    scene.renew(refused="access-1")
    scene.clock.at += FRESH - timedelta(seconds=1)
    assert scene.renew(refused="access-2").access_token == "access-2"
    assert scene.used == ["refresh-1"]
    scene.clock.at += timedelta(seconds=1)
    assert scene.renew(refused="access-2").access_token == "access-3"


def test_a_refused_token_without_a_successor_stays(scene: Scene) -> None:
    scene.change(refresh_token="")
    assert scene.renew(refused="access-1").access_token == "access-1"
    assert scene.store.kept != {}


def test_a_loser_waits_for_a_time_only(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    scene.change(renewing_since=scene.clock.at.isoformat())
    scene.pauses = [lambda: None] * LOOKS
    with pytest.raises(IdentityUnavailable):
        scene.renew()
    assert (scene.pauses, scene.used) == ([], [])


@pytest.mark.parametrize("late", [False, True])
def test_a_loser_that_waited_for_long_leaves_the_renewal_to_the_next_request(
    scene: Scene, late: bool
) -> None:
    """Its function would end before the answer, and the new tokens would be lost."""
    scene.clock.at = START + LIFE
    scene.change(renewing_since=scene.clock.at.isoformat())

    def freed() -> None:
        scene.clock.at += PATIENCE + timedelta(seconds=late)
        scene.change(renewing_since="")

    scene.pauses = [freed]
    if late:
        with pytest.raises(IdentityUnavailable):
            scene.renew()
        assert (scene.used, scene.facts().renewing_since) == ([], "")
    assert scene.renew().access_token == "access-2"


def test_a_claim_whose_claimant_died_is_taken_over(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    scene.change(renewing_since=(scene.clock.at - CLAIM).isoformat())
    assert scene.renew().access_token == "access-2"


def test_a_claim_is_longer_than_a_renewal() -> None:
    assert LATE + SENT_WITHIN + timedelta(seconds=ASKED.longest) < CLAIM


@pytest.mark.parametrize("left", [LEAST, LEAST + timedelta(seconds=1)])
def test_a_claim_that_took_long_to_write_uses_no_refresh_token(
    scene: Scene, left: timedelta
) -> None:
    """Another request might take it over before the answer, and use the same one."""
    slow = LATE + timedelta(seconds=1)
    scene.clock.at = START + LIFE - left - slow
    real = scene.store.swap

    def swap(key: str, name: str, old: str, new: str) -> bool:
        scene.clock.at += slow
        scene.store.swap = real  # type: ignore[method-assign]
        return real(key, name, old, new)

    scene.store.swap = swap  # type: ignore[method-assign]
    if left > LEAST:
        assert scene.renew().access_token == "access-1"
    else:
        with pytest.raises(IdentityUnavailable):
            scene.renew()
    assert (scene.used, scene.facts().renewing_since) == ([], "")
    assert scene.renew().access_token == "access-2"


def test_of_two_claims_at_once_one_asks(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    real, others = scene.store.swap, [scene.renew]

    def swap(key: str, name: str, old: str, new: str) -> bool:
        if others:
            others.pop()()  # the other request comes between our reading and our writing
        return real(key, name, old, new)

    scene.store.swap = swap  # type: ignore[method-assign]
    assert scene.renew().access_token == "access-2"
    assert scene.used == ["refresh-1"]


def test_a_sign_in_that_was_ended_there_ends_here(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    scene.error = NotAuthenticated("refused")
    with pytest.raises(NotAuthenticated):
        scene.renew()
    assert scene.store.kept == {}
    with pytest.raises(NotAuthenticated):
        scene.renew()
    assert scene.used == ["refresh-1"]


def test_a_provider_that_is_down_leaves_the_token_its_life(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    scene.error = IdentityUnavailable("down")
    assert scene.renew().access_token == "access-1"
    assert scene.facts().renewing_since == ""
    scene.clock.at = START + LIFE - LEAST
    with pytest.raises(IdentityUnavailable):
        scene.renew()
    scene.error = None
    assert scene.renew().access_token == "access-4"


def test_a_session_that_is_left_while_the_provider_is_down_is_no_session(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    scene.error = IdentityUnavailable("down")
    scene.during = lambda: scene.sessions.close(scene.cookie)
    with pytest.raises(IdentityUnavailable):
        scene.renew()
    assert scene.store.kept == {}


def test_a_session_that_is_left_during_its_renewal_stays_left(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    scene.during = lambda: scene.sessions.close(scene.cookie)
    with pytest.raises(NotAuthenticated):
        scene.renew()
    assert scene.store.kept == {}


@pytest.mark.parametrize("changes", [1, 5])
def test_a_choice_during_the_renewal_loses_no_token(scene: Scene, changes: int) -> None:
    scene.clock.at = START + LIFE
    real, left = scene.store.swap, [changes]

    def swap(key: str, name: str, old: str, new: str) -> bool:
        if scene.used and left[0]:
            left[0] -= 1
            scene.store.swap = real  # type: ignore[method-assign]
            scene.change(situation=f"{left[0]}")
            scene.store.swap = swap  # type: ignore[method-assign]
        return real(key, name, old, new)

    scene.store.swap = swap  # type: ignore[method-assign]
    found = scene.renew()
    assert found == scene.facts()
    assert (found.access_token, found.refresh_token) == ("access-2", "refresh-2")
    assert (found.situation, found.renewing_since) == ("0", "")
    scene.clock.at += LIFE
    scene.renew()
    assert scene.used == ["refresh-1", "refresh-2"]


def test_a_choice_while_the_provider_is_down_leaves_the_token_its_life(scene: Scene) -> None:
    scene.clock.at = START + LIFE - EARLY
    scene.error = IdentityUnavailable("down")
    scene.during = lambda: scene.change(situation="1")
    found = scene.renew()
    assert (found.access_token, found.situation, found.renewing_since) == ("access-1", "1", "")
    assert found == scene.facts()


def test_writes_that_are_sent_twice_lose_no_token(scene: Scene) -> None:
    """The answer to the first sending was lost, so that the second finds the record changed."""
    scene.clock.at = START + LIFE
    real = scene.store.swap

    def swap(key: str, name: str, old: str, new: str) -> bool:
        return real(key, name, old, new) and real(key, name, old, new)

    scene.store.swap = swap  # type: ignore[method-assign]
    found = scene.renew()
    assert (found.access_token, found) == ("access-2", scene.facts())
    assert scene.used == ["refresh-1"]


def test_a_write_sent_twice_and_then_a_choice_lose_no_token(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    real = scene.store.swap

    def swap(key: str, name: str, old: str, new: str) -> bool:
        done = real(key, name, old, new)
        if not scene.used:
            return done
        scene.store.swap = real  # type: ignore[method-assign]
        scene.change(situation="1")
        return False

    scene.store.swap = swap  # type: ignore[method-assign]
    found = scene.renew()
    assert (found.access_token, found.situation) == ("access-2", "1")
    assert scene.used == ["refresh-1"]


def test_a_session_that_changes_without_end_is_given_up(scene: Scene) -> None:
    scene.clock.at = START + LIFE
    real = scene.store.swap

    def swap(key: str, name: str, old: str, new: str) -> bool:
        return not scene.used and real(key, name, old, new)

    scene.store.swap = swap  # type: ignore[method-assign]
    scene.pauses = [lambda: None] * LOOKS
    with pytest.raises(IdentityUnavailable):
        scene.renew()
    assert scene.used == ["refresh-1"]


def test_without_a_refresh_token_the_session_ends_with_the_access_token(scene: Scene) -> None:
    scene.change(refresh_token="")
    scene.clock.at = START + LIFE - LEAST - timedelta(seconds=1)
    assert scene.renew().access_token == "access-1"
    scene.clock.at = START + LIFE - LEAST
    with pytest.raises(NotAuthenticated):
        scene.renew()
    assert (scene.store.kept, scene.used) == ({}, [])


@given(st.lists(st.integers(0, 400), max_size=8), st.integers(1, 3))
def test_no_refresh_token_is_used_twice(steps: list[int], readers: int) -> None:
    """This holds for any times, and for any number of requests that come while one renews."""
    scene = Scene()
    depth = [0]

    def others() -> None:
        if depth[0] < readers:
            depth[0] += 1
            scene.pauses = [lambda: None] * LOOKS
            with suppress(IdentityUnavailable):
                scene.renew()
            depth[0] -= 1

    scene.during = others
    for seconds in steps:
        scene.clock.at += timedelta(seconds=seconds)
        facts = scene.renew()
        assert facts.ends_at - scene.clock.at > LEAST
    assert len(set(scene.used)) == len(scene.used)
