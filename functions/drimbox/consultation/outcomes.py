"""The last outcome of each service that a consultation needs, as this tenant's requests met it.

It tells people what works; nothing is decided by it, so that a note that cannot be stored is left
out.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.errors import (
    DmpRefused,
    DmpUnavailable,
    Forbidden,
    IdentityUnavailable,
    StorageUnavailable,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.drimbox.ports import Clock

# The same outcome again is noted at most once in this time.
_NOTED: Final = timedelta(minutes=1)
# An outcome that is older tells nothing of now.
TOLD: Final = timedelta(hours=1)


_SILENCES: Final = frozenset({IdentityUnavailable.code, DmpUnavailable.code})

Noting = Callable[[], AbstractContextManager[None]]
"""Hears how the one call in its block ends."""


class Asked(StrEnum):
    """A service whose outcomes are noted; the value is what the table keeps."""

    PSC = "psc"
    DMP = "dmp"


@frozen
class LastOutcome:
    """Whether the service ``answered`` when it was asked last, ``at`` that time; ``since`` when all
    its outcomes were so.
    """

    answered: bool
    since: datetime
    at: datetime
    revision: int = 0


class OutcomeStore(Protocol):
    """The outcomes of one tenant. Both raise StorageUnavailable."""

    def get(self, service: Asked) -> LastOutcome | None:
        """Read consistently; None when none is known."""
        ...

    def put(self, service: Asked, outcome: LastOutcome) -> bool:
        """Store as the next revision if the stored one is still its own (0: none); False if not."""
        ...


@frozen
class Outcomes:
    """The notes of one tenant."""

    store: OutcomeStore
    clock: Clock

    def note(self, service: Asked, *, answered: bool) -> None:
        """Note an outcome, unless it says what the last note says."""
        with suppress(StorageUnavailable):
            at, last = self.clock.now(), self.store.get(service)
            if last is None:
                self.store.put(service, LastOutcome(answered, at, at))
                return
            lasting = last.answered is answered and at - last.at < TOLD
            if not lasting or at - last.at >= _NOTED:
                since = last.since if lasting else at
                self.store.put(service, LastOutcome(answered, since, at, last.revision))

    @contextmanager
    def noting(self, service: Asked) -> Iterator[None]:
        """Note the outcome of the one call in the block: a refusal is an answer too."""
        try:
            yield
        except (IdentityUnavailable, DmpUnavailable) as error:
            # Another code: nobody was asked, since the request's own time was over.
            if error.code in _SILENCES:
                self.note(service, answered=False)
            raise
        except (DmpRefused, Forbidden) as error:
            # To the professional the DMP's refusal is a Forbidden; others come before any call.
            if error.code == DmpRefused.code:
                self.note(service, answered=True)
            raise
        self.note(service, answered=True)

    def last(self, service: Asked) -> LastOutcome | None:
        """The last outcome, None when none is known or it is too old to tell anything."""
        found = self.store.get(service)
        return None if found is None or self.clock.now() - found.at >= TOLD else found
