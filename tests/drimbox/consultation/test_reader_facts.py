"""The facts of a professional's session."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from functions.drimbox.consultation.reader_facts import ReaderFacts
from tests.drimbox.consultation.readers import ELSEWHERE, HERE, START, came, professional, tokens


def test_the_professional_is_the_same_after_the_store() -> None:
    facts = ReaderFacts.of(came(HERE, ELSEWHERE))
    again = ReaderFacts(**asdict(facts))
    assert again.who == professional(HERE, ELSEWHERE)
    assert again.ends_at == START + timedelta(seconds=300)
    assert (again.subject, again.subject_name_id) == ("f:realm:1", "899")
    assert all(isinstance(value, str) for value in asdict(facts).values())


def test_new_tokens_stand_beside_those_that_stay() -> None:
    facts = ReaderFacts.of(came())
    later = START + timedelta(seconds=600)
    after = facts.with_tokens(tokens(2, expires_at=later), START)
    assert (after.access_token, after.refresh_token, after.id_token) == (
        *("access-2", "refresh-2", "id-2"),
    )
    assert (after.ends_at, after.renewing_since) == (later, "")
    assert (facts.renewed_at, after.renewed_at) == ("", START.isoformat())
    kept = facts.with_tokens(tokens(2, refresh_token="", id_token=""), START)
    assert (kept.access_token, kept.refresh_token, kept.id_token) == (
        *("access-2", "refresh-1", "id-1"),
    )
    assert facts.with_tokens(tokens(2, expires_at=None), START).ends_at == START


def test_no_token_and_no_person_is_shown() -> None:
    shown = repr(ReaderFacts.of(came()))
    for secret in ("access-1", "refresh-1", "id-1", "nonce-1", "ESSAI"):
        assert secret not in shown
