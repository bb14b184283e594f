"""Calls to the site's PACS, through the tenant's circuit breaker (decision 0039)."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import SERVICE, Breaker, Circuit
from functions.drimbox.errors import (
    DrimboxError,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.tenants.model import Link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site

# One circuit for publications, others for calls that must not make them wait: an unreadable series
# of the cache, a search.
PACS: Final = "pacs"
IMAGES: Final = "pacs/images"
# An operator's searches: a PACS that is slow to search may give every study at once.
SEARCHES: Final = "pacs/search"


def asking_site(site: Site, study: Uid, circuit: str = PACS) -> AbstractContextManager[None]:
    """Ask the site's PACS within this block, as :func:`asking_pacs` does. No circuit stands before
    an agent: it says itself whether it is there, and whether the PACS answers it.
    """
    if site.tenant.link is Link.AGENT:
        return nullcontext()
    return asking_pacs(site.breaker, study, circuit)


def is_before(site: Site, circuit: str) -> bool:
    """Whether the circuit stands before the site's service: no circuit of the PACS does before an
    agent, also where the site had another link, whose circuit nobody closes any more."""
    return circuit != PACS or site.tenant.link is not Link.AGENT


def is_away(site: Site) -> bool:
    """Whether the PACS is known not to answer, so that nobody waits for it. An agent's is asked."""
    return is_before(site, PACS) and site.breaker.room(PACS, SERVICE).circuit is Circuit.OPEN


@contextmanager
def asking_pacs(breaker: Breaker, study: Uid, circuit: str = PACS) -> Iterator[None]:
    """Call the PACS about ``study`` within this block; PacsUnavailable when the circuit gives no
    permission.

    The circuit counts outages only: an answer that cannot be used for one study is an answer, and a
    PACS that fails for one study alone opens nothing until it fails for several.
    """
    leave = breaker.admit(circuit, SERVICE)
    if leave is None:
        raise PacsUnavailable("asked again later", circuit=circuit)
    try:
        yield
    except PacsAnswerUnusable as error:
        if error.failed:
            breaker.failed_for(leave, study, answers=True)
        else:
            breaker.answered(leave)
        raise
    except PacsUnavailable as error:
        breaker.failed(leave, error.retry_after)
        raise
    except StorageUnavailable:
        breaker.unused(leave)
        raise
    except DrimboxError:
        breaker.answered(leave)
        raise
    breaker.answered(leave)
