"""The renewal of a session's tokens: by one request at a time, which the others wait for.

A refresh token may serve only once (RFC 6749 10.4), and its second use may end the sign-in. So a
request first claims the renewal in the session's record, and only then asks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.identity.psc_sign_in import PscSignIn
    from functions.drimbox.identity.session import Session, Sessions
    from functions.drimbox.ports import Clock

# A token is renewed when it has less left.
EARLY: Final = timedelta(seconds=60)
# A token with less left is not used any more.
LEAST: Final = timedelta(seconds=5)
# A token that another party refuses is renewed, unless it is itself so new: a party that refuses
# each token would have all of them renewed, one after the other.
FRESH: Final = timedelta(seconds=30)
# A claim that is older has lost its claimant. No renewal takes so long, from the time of its claim
# to the answer: LATE, then oidc.SENT_WITHIN, then oidc.ASKED.
CLAIM: Final = timedelta(seconds=30)
# A claim that took longer to write asks nobody: the next request might take it over before the
# answer, and use the same refresh token.
LATE: Final = timedelta(seconds=3)
LOOKS: Final = 40
# A request that has waited for longer renews no more: its function must outlive the answer.
PATIENCE: Final = timedelta(seconds=5)
# How often an outcome is written again after another request changed the session: new tokens that
# are not kept end the sign-in, since the former refresh token has served.
_TRIES: Final = 20


def renewed(
    sessions: Sessions[ReaderFacts],
    identifier: str,
    provider: PscSignIn,
    clock: Clock,
    pause: Callable[[], None],
    *,
    used: bool = True,
    least: timedelta = LEAST,
    refused: str = "",
) -> Session[ReaderFacts]:
    """The live session of the cookie ``identifier``, with an access token that is good now.
    Without ``used`` no person's act is behind it, and the session's end does not move. A token with
    no more than ``least`` left is not used while a better one may come.

    ``refused``, "" for none, is an access token that another party does not take. Pro Santé Connect
    may have ended it before its time (RFC 7009), so that another one takes its place. Where there
    can be none (no refresh token, or the token came a moment ago), the session has it still.

    ``pause`` waits a moment for another request. Raises NotAuthenticated without a live session,
    or when Pro Santé Connect ended the sign-in (the session ends with it); IdentityUnavailable
    when the token has ended, or is refused, and Pro Santé Connect gives no usable answer.
    """
    began = clock.now()
    for _ in range(LOOKS):
        session = sessions.current(identifier, used=used)
        if session is None:
            raise NotAuthenticated("no session")
        facts, now = session.facts, clock.now()
        is_refused = facts.access_token == refused and _may_be_ended(facts, now)
        if not is_refused and _is_good(facts, now, least):
            return session
        if not facts.refresh_token:
            sessions.close(identifier)
            raise NotAuthenticated("the access token has ended")
        if _is_claimed(facts, now):
            pause()
            continue
        if now - began > PATIENCE:
            break
        claimed = sessions.change(session, replace(facts, renewing_since=now.isoformat()))
        if claimed is None:
            continue
        enough = timedelta.max if is_refused else least
        session = _renew(sessions, identifier, claimed, provider, clock, enough=enough)
        if session is not None:
            return session
    raise IdentityUnavailable("another request renews the sign-in")


def _is_good(facts: ReaderFacts, now: datetime, least: timedelta) -> bool:
    """Whether the token may be used as it is: it has enough left, or no better one comes."""
    left = facts.ends_at - now
    if not facts.refresh_token:
        return left > LEAST
    return left > EARLY or (left > least and _is_claimed(facts, now))


def _may_be_ended(facts: ReaderFacts, now: datetime) -> bool:
    """Whether a token that is refused may have a better successor."""
    since = facts.renewed_at
    is_fresh = bool(since) and now - datetime.fromisoformat(since) < FRESH
    return bool(facts.refresh_token) and not is_fresh


def _is_claimed(facts: ReaderFacts, now: datetime) -> bool:
    since = facts.renewing_since
    return bool(since) and now - datetime.fromisoformat(since) < CLAIM


def _renew(
    sessions: Sessions[ReaderFacts],
    identifier: str,
    claimed: Session[ReaderFacts],
    provider: PscSignIn,
    clock: Clock,
    *,
    enough: timedelta,
) -> Session[ReaderFacts] | None:
    """The claimed session with new tokens, or with its token where that has more than ``enough``
    left. None where the record has to be read again: it ended, or it holds another request's
    outcome.
    """
    facts = claimed.facts
    try:
        if clock.now() - datetime.fromisoformat(facts.renewing_since) > LATE:
            raise IdentityUnavailable("the claim took too long")
        tokens = provider.refresh(facts.refresh_token, facts.subject, facts.nonce)
    except NotAuthenticated:
        sessions.close(identifier)
        raise
    except IdentityUnavailable:
        freed = _written(sessions, identifier, claimed, lambda now: replace(now, renewing_since=""))
        if freed is None or facts.ends_at - clock.now() <= enough:
            raise
        return freed
    at = clock.now()
    return _written(sessions, identifier, claimed, lambda now: now.with_tokens(tokens, at))


def _written(
    sessions: Sessions[ReaderFacts],
    identifier: str,
    claimed: Session[ReaderFacts],
    change: Callable[[ReaderFacts], ReaderFacts],
) -> Session[ReaderFacts] | None:
    """The session with ``change`` made to its facts of now: while the claim stood, another request
    may have changed others. None once it ended, or the claim is no more that of ``claimed``.
    """
    session: Session[ReaderFacts] | None = claimed
    for _ in range(_TRIES):
        if session is None or session.facts.renewing_since != claimed.facts.renewing_since:
            break
        written = sessions.change(session, change(session.facts))
        if written is not None:
            return written
        session = sessions.current(identifier, used=False)
    return None
