"""The facts that a professional's session holds, sealed: identity, situation and tokens."""

from __future__ import annotations

import json
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.identity.oidc import Tokens
    from functions.drimbox.identity.psc_sign_in import SignedIn


@frozen
class ReaderFacts:
    """Texts only, as :mod:`functions.drimbox.identity.session` keeps them.

    ``subject_name_id`` is the national identifier, ``professional`` userinfo's facts as JSON.
    ``situation`` is the number of the activity that the professional chose, "" before;
    ``chosen_on`` the page that asked for the choice, "" for the first one.
    ``renewing_since``: one request renews the tokens since that time; "" when none does.
    ``renewed_at``: when they were renewed last, "" since the sign-in.
    """

    subject: str
    subject_name_id: str
    professional: str = field(repr=False)
    nonce: str = field(repr=False)
    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: str
    situation: str = ""
    renewing_since: str = ""
    chosen_on: str = ""
    renewed_at: str = ""

    @classmethod
    def of(cls, came: SignedIn) -> ReaderFacts:
        """The facts of a professional who has just signed in."""
        tokens = came.tokens
        return cls(
            subject=tokens.subject,
            subject_name_id=came.professional.subject_name_id,
            professional=json.dumps(asdict(came.professional)),
            nonce=str(tokens.claims["nonce"]),
            id_token=tokens.id_token,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
            expires_at=came.expires_at.isoformat(),
        )

    @property
    def who(self) -> HealthProfessional:
        """The professional."""
        kept = json.loads(self.professional)
        activities = tuple(Activity(**one) for one in kept.pop("activities"))
        return HealthProfessional(**kept, activities=activities)

    @property
    def ends_at(self) -> datetime:
        """The end of the access token."""
        return datetime.fromisoformat(self.expires_at)

    def with_tokens(self, tokens: Tokens, at: datetime) -> ReaderFacts:
        """The same facts with the new tokens; an access token that does not tell its end serves
        ``at`` this moment alone.
        """
        return replace(
            self,
            id_token=tokens.id_token or self.id_token,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or self.refresh_token,
            expires_at=(tokens.expires_at or at).isoformat(),
            renewing_since="",
            renewed_at=at.isoformat(),
        )
