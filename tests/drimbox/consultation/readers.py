"""Professionals, their sessions and a scripted Pro Santé Connect, for several test modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from functions.aws.sessions import unguessable
from functions.drimbox.consultation.context import CallContext, WantedExams
from functions.drimbox.consultation.reader_facts import ReaderFacts
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.oidc import Tokens
from functions.drimbox.identity.psc_sign_in import SignedIn
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.identity.session import Sessions
from functions.drimbox.oid import Oid

START: Final = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)
HERE: Final = Activity("1750803447", "CLINIQUE", "SA01", "10", "SM44")
ELSEWHERE: Final = Activity("300000000000033", "CABINET", "SA07", "10", "SM26")

CALL: Final = CallContext(
    ins=Ins("279035121518989", Oid("1.2.250.1.213.1.4.10")),
    birth_family="PAT-TROIS",
    birth_given="DOMINIQUE",
    birth_date="19790327",
    sex="F",
    birth_place="63113",
    consent=True,
    situation="",
    wanted=WantedExams(),
)


@dataclass
class Clock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at


@dataclass
class Store:
    """``identity.session.SessionStore`` in memory."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def put(self, key: str, facts: Mapping[str, str], ends_at: datetime) -> None:
        self.kept[key] = dict(facts)

    def get(self, key: str) -> Mapping[str, str] | None:
        return dict(self.kept[key]) if key in self.kept else None

    def note(self, key: str, name: str, value: str) -> None:
        self.kept[key][name] = value

    def swap(self, key: str, name: str, old: str, new: str) -> bool:
        there = self.kept.get(key, {})
        if there.get(name) != old:
            return False
        there[name] = new
        return True

    def take(self, key: str) -> Mapping[str, str] | None:
        return self.kept.pop(key, None)


def professional(*activities: Activity, **changes: Any) -> HealthProfessional:
    """A professional with these activities."""
    facts: dict[str, Any] = {
        **{"subject_name_id": "899", "family": "ESSAI", "given": "Camille"},
        **{"profession": "10", "specialty": "", "sector": "SA01", **changes},
    }
    return HealthProfessional(**facts, activities=activities)


def tokens(number: int = 1, **changes: Any) -> Tokens:
    """Tokens that tell their number."""
    facts: dict[str, Any] = {
        **{"subject": "f:realm:1", "claims": {"nonce": "nonce-1"}, "id_token": f"id-{number}"},
        **{"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"},
        **{"expires_at": START + timedelta(seconds=300), **changes},
    }
    return Tokens(**facts)


def came(*activities: Activity, **changes: Any) -> SignedIn:
    """A professional who has just signed in; the token ends five minutes after the start."""
    return SignedIn(
        professional(*(activities or (HERE,))),
        tokens(**changes),
        START + timedelta(seconds=300),
    )


def sessions(store: Store, clock: Clock) -> Sessions[ReaderFacts]:
    """The professionals' sessions over ``store``."""
    return Sessions(store, clock, unguessable, Seal(b"s", "demo", "readers"), ReaderFacts)
