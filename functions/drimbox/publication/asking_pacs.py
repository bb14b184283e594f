"""Calls to the site's PACS, through the tenant's circuit breaker (decision 0039)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import SERVICE, Breaker
from functions.drimbox.errors import (
    DrimboxError,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.oid import Uid

# One circuit for publications, others for calls that must not make them wait: an unreadable series
# of the cache, a search.
PACS: Final = "pacs"
IMAGES: Final = "pacs/images"
# An operator's searches: a PACS that is slow to search may give every study at once.
SEARCHES: Final = "pacs/search"


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
