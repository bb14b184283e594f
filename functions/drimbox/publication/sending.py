"""One effect on the DMP, exactly once, whatever is lost on the way.

From the moment a request may have left, the only things that may follow are a query and the same
bytes under the same identifiers: the registry refuses a submission set that it already has, so a
late commit cannot become a second one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from functions.drimbox.dmp.formats import DeviceAuthor
from functions.drimbox.dmp.session import Dmp
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    Held,
    IdentityRefused,
)
from functions.drimbox.identity.parties import Organisation
from functions.drimbox.publication import archive
from functions.drimbox.publication.acting_structure import structure_of
from functions.drimbox.publication.archive import Intent
from functions.drimbox.publication.ports import Change, Site
from functions.drimbox.publication.record import (
    Pending,
    State,
    StudyRecord,
    enter,
    not_taken,
    refused,
)
from functions.drimbox.report.model import Report
from functions.drimbox.tenants.model import Structure

# A registry that answers may still be committing an earlier request: two queries this far apart
# must both find nothing before the same bytes are sent again.
COMMIT_DELAY: Final = timedelta(seconds=5)


Connect = Callable[[Report, Structure], Dmp]


@dataclass(frozen=True, slots=True)
class Turn:
    """One change's turn to speak to the DMP. ``device`` is this product, as author."""

    site: Site
    change: Change
    pending: Pending
    report: Report
    dmp: Dmp
    device: DeviceAuthor

    def key(self, name: str) -> str:
        """The archive key of one file of this attempt."""
        return archive.key(self.change, self.pending.attempt, name)

    def read(self, name: str) -> bytes:
        """One file of this attempt; StorageUnavailable when it is not there."""
        return archive.require(self.site.archive, self.key(name))

    def fix(self, name: str, build: Callable[[], bytes]) -> bytes:
        """The file, built when nobody has; the first writer's bytes stand."""
        known = self.site.archive.get(self.key(name))
        if known is not None:
            return known
        return archive.keep(self.site.archive, self.key(name), build(), "text/xml")

    @property
    def intent(self) -> Intent:
        """The identifiers and the instant of this attempt."""
        return Intent.decode(self.read(archive.INTENT))

    @property
    def structure(self) -> Structure:
        """The structure that speaks."""
        return structure_of(self.site.tenant, self.report.document)

    @property
    def institution(self) -> Organisation:
        """The same, as XDS names it."""
        return Organisation(self.structure.id, self.structure.name)


@dataclass(frozen=True, slots=True)
class Effect:
    """``submit`` asks for it; ``look`` gives the entryUUID where it is there, "" where not."""

    submit: Callable[[], None]
    look: Callable[[], str]


def send(turn: Turn, record: StudyRecord, effect: Effect) -> tuple[str, StudyRecord]:
    """The entryUUID if the effect was there already, "" after a Success; and the record."""
    site, in_doubt = turn.site, turn.pending.in_doubt
    if in_doubt:
        entry_uuid = _look(turn, record, effect)
        if entry_uuid:
            return entry_uuid, record
    record = site.records.put(enter(record, State.SENDING, site.clock.now()))
    try:
        effect.submit()
    except DmpUnavailable:
        site.records.put(not_taken(record, site.clock.now(), in_doubt=in_doubt))
        raise
    except DmpOutcomeUnknown:
        site.records.put(enter(record, State.UNKNOWN, site.clock.now()))
        raise
    except DmpRefused as error:
        codes = ", ".join(error.registry_codes)
        site.records.put(refused(record, site.clock.now(), codes, in_doubt=in_doubt))
        raise _held(error) from None
    return "", record


def _look(turn: Turn, record: StudyRecord, effect: Effect) -> str:
    """Ask before sending again: the entryUUID of what is there, "" when it may be sent again.

    Raises DmpOutcomeUnknown until two queries, COMMIT_DELAY apart, have found nothing.
    """
    with held_when_refused():
        entry_uuid = effect.look()
    if entry_uuid:
        return entry_uuid
    site, pending, at = turn.site, turn.pending, turn.site.clock.now()
    if pending.state is not State.RECONCILING:
        site.records.put(enter(record, State.RECONCILING, at))
        raise DmpOutcomeUnknown("not in the registry yet")
    if at - pending.changed_at < COMMIT_DELAY:
        raise DmpOutcomeUnknown("not in the registry yet")
    return ""


@contextmanager
def held_when_refused() -> Iterator[None]:
    """A query that the DMP refuses to answer is for a human: Held ``dmp_refused``, or
    ``identity_refused``."""
    try:
        yield
    except DmpRefused as error:
        raise _held(error) from None


def _held(error: DmpRefused) -> Held:
    code = "identity_refused" if isinstance(error, IdentityRefused) else "dmp_refused"
    return Held(code, ", ".join(error.registry_codes))
