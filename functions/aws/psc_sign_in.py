"""Pro Santé Connect as the place where professionals sign in."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from functions.aws import https
from functions.aws.clock import SystemClock
from functions.drimbox.identity.oidc import OidcClient
from functions.drimbox.identity.psc_sign_in import PscSignIn, application

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from functions.aws.settings_protocols import NamesPscSignIn
    from functions.drimbox.budget import Budget


def open_psc_sign_in(
    settings: NamesPscSignIn,
    redirect_uri: str,
    noting: Callable[[], AbstractContextManager[None]] = nullcontext,
    budget: Budget | None = None,
) -> PscSignIn:
    """Pro Santé Connect, with this DRIMbox's client certificate (RFC 8705); ``noting`` hears how
    each call ends; all of them share ``budget``.
    """
    psc = https.open_psc(
        settings,
        introspection_url=settings.psc_introspection_url,
        userinfo_url=settings.psc_userinfo_url,
        budget=budget,
    )
    as_known = application(settings.psc_issuer, settings.psc_client_id, redirect_uri)
    oidc = OidcClient(https.psc_client(settings), as_known, SystemClock(), budget)
    return PscSignIn(oidc, psc, settings.psc_client_id, noting)
