"""Calls to the site's PACS, through the tenant's circuit breaker (decision 0039)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from functions.drimbox.breaker import SERVICE, Breaker
from functions.drimbox.errors import DrimboxError, PacsUnavailable, StorageUnavailable

# One circuit for publications, another for the images of the cache: an unreadable series must not
# make publications wait.
PACS: Final = "pacs"
IMAGES: Final = "pacs/images"


@contextmanager
def asking_pacs(breaker: Breaker, circuit: str = PACS) -> Iterator[None]:
    """Call the PACS within this block; PacsUnavailable when the circuit gives no permission."""
    leave = breaker.admit(circuit, SERVICE)
    if leave is None:
        raise PacsUnavailable("asked again later")
    try:
        yield
    except PacsUnavailable:
        breaker.failed(leave)
        raise
    except StorageUnavailable:
        breaker.unused(leave)
        raise
    except DrimboxError:
        breaker.answered(leave)
        raise
    breaker.answered(leave)
