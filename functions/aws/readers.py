"""The professional behind a request of the reading pages, with a sign-in that stands now."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from functions.aws import callers, pages
from functions.aws.settings_protocols import NamesPscSignIn, NamesSessions
from functions.aws.stores import TenantStores, for_platform, for_tenant
from functions.drimbox.budget import Budget
from functions.drimbox.consultation import situations
from functions.drimbox.consultation.renewal import renewed
from functions.drimbox.errors import BadRequest, NotAuthenticated

if TYPE_CHECKING:
    from functions.aws import requests
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.consultation.situations import Situation
    from functions.drimbox.identity.health_professional import HealthProfessional

# Seconds between two looks at a renewal that another request does.
_PAUSE: Final = 0.25
PAGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class NamesReading(NamesSessions, NamesPscSignIn, Protocol):
    """The sessions, and where their sign-ins are renewed."""


S = TypeVar("S", bound=NamesReading)
S_co = TypeVar("S_co", bound=NamesReading, covariant=True)


@dataclass(frozen=True)
class Reader(Generic[S_co]):
    """One request of a professional: the tenant's stores, and the session's facts."""

    stores: TenantStores[S_co]
    facts: ReaderFacts

    @cached_property
    def professional(self) -> HealthProfessional:
        """The professional, with all activities."""
        return self.facts.who

    @cached_property
    def situations(self) -> tuple[Situation, ...]:
        """The professional's situations in this tenant; Forbidden when there is none any more."""
        return situations.situations(self.stores.tenant, self.professional)

    @property
    def situation(self) -> Situation | None:
        """The situation that counts, None while the professional has not chosen."""
        return situations.current(self.situations, self.facts.situation)

    def situation_for(self, structure_id: str, page: str) -> Situation | None:
        """The same on the ``page`` of a call that names a structure, "" for none."""
        facts, tenant = self.facts, self.stores.tenant
        here = facts.chosen_on == page
        return situations.current_for_call(
            self.situations, tenant, structure_id, facts.situation, here=here
        )


def reader(event: requests.Event, identifier: str, settings: S) -> Reader[S]:
    """The reader of a request whose session's cookie is ``identifier``.

    NotAuthenticated without a live session, or once Pro Santé Connect ended the sign-in;
    IdentityUnavailable when the sign-in has to be renewed and Pro Santé Connect does not answer.
    All that the request waits for from here on shares one budget of time.
    """
    who, budget = callers.reading(event), Budget()
    stores = for_tenant(settings, who.tenant, budget)
    provider = for_platform(settings, budget).psc_sign_in("", stores.noting_psc)
    used = not pages.unattended(event)
    session = renewed(stores.reader_sessions, identifier, provider, stores.clock, _pause, used=used)
    if session.facts.subject_name_id != who.subject:
        raise NotAuthenticated("another session than the authorizer's")
    return Reader(stores, session.facts)


def page_named(text: str) -> str:
    """The page that a query or a form names, "" for none; BadRequest when it cannot be one."""
    if text and not PAGE.fullmatch(text):
        raise BadRequest("page")
    return text


def _pause() -> None:
    time.sleep(_PAUSE)
