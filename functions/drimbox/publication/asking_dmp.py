"""How a publication asks the DMP: through the tenant's circuit breakers (decision 0039).

A dead DMP is asked once a minute by all publications together. It is asked for a structure whose
identity it refuses every quarter of an hour, or when an operator replays, while the others go on.
A caller that may not ask waits, as it does for a DMP that is away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from functions.drimbox.breaker import IDENTITY, SERVICE, SUBJECT, Breaker, Pass
from functions.drimbox.dmp.session import Dmp
from functions.drimbox.errors import (
    DmpOutcomeUnknown,
    DmpRefused,
    DmpUnavailable,
    Held,
    IdentityRefused,
)
from functions.drimbox.publication.acting_structure import structure_of
from functions.drimbox.report.model import Report
from functions.drimbox.tenants.model import Structure

if TYPE_CHECKING:
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.stored_submission import StoredSubmission
    from functions.drimbox.identity.ins import Ins
    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.ports import Site

DMP: Final = "dmp"


Connect = Callable[[Report, Structure], Dmp]


def identity_circuit(structure: Structure) -> str:
    """The name of the circuit of a structure's identity."""
    return f"{DMP}/{structure.id}"


def study_circuit(study: Uid) -> str:
    """The name of the circuit of one study: the DMP said when to come back, of it alone."""
    return f"{DMP}/study/{study}"


@contextmanager
def asking_dmp(site: Site, change: Change, report: Report, connect: Connect) -> Iterator[Dmp]:
    """The DMP for the legal authenticator's structure, within this block.

    A publication for which the DMP fails, however often, counts once: it may fail for that one
    alone, and the others go on. A time that it names then is that publication's alone too.

    Raises DmpUnavailable when the circuit gives no permission to call, with the code
    ``identity_refused`` when only the structure's circuit is open.
    """
    structure = structure_of(site.tenant, report.document)
    dmp = _Heard(connect(report, structure))
    name, insists = identity_circuit(structure), change.replay > 0
    breaker, study = site.breaker, change.study_instance_uid
    its_own = study_circuit(study)
    seen = breaker.look((its_own, name, DMP))
    own = breaker.admit(its_own, SUBJECT, seen=seen[its_own])
    if own is None:
        raise DmpUnavailable("asked again later", circuit=its_own)
    identity = breaker.admit(name, IDENTITY, forced=insists, seen=seen[name])
    if identity is None:
        breaker.unused(own)
        raise DmpUnavailable("asked again later", code="identity_refused", circuit=name)
    service = breaker.admit(DMP, SERVICE, seen=seen[DMP])
    if service is None:
        breaker.unused(own)
        breaker.unused(identity)
        raise DmpUnavailable("asked again later", circuit=DMP)
    try:
        yield dmp
    except Exception:
        _report(breaker, dmp, _Passes(own, identity, service), study)
        raise
    _report(breaker, dmp, _Passes(own, identity, service), study)


class _Passes(NamedTuple):
    """The permissions of one exchange: of the study, of the structure's identity, of the DMP."""

    own: Pass
    identity: Pass
    service: Pass


class _Last(StrEnum):
    """How the last call ended."""

    NONE = "none"
    ANSWERED = "answered"
    UNAVAILABLE = "unavailable"
    FAILED = "failed, perhaps for this publication alone"
    REFUSED = "identity refused"


def _report(breaker: Breaker, dmp: _Heard, passes: _Passes, study: Uid) -> None:
    def failed(leave: Pass) -> None:
        breaker.failed(leave, dmp.retry_after)

    def failed_for(leave: Pass) -> None:
        breaker.failed_for(leave, study, dmp.retry_after)

    def silenced(leave: Pass) -> None:
        if dmp.retry_after:
            breaker.silenced(leave, dmp.retry_after)
        else:
            breaker.unused(leave)

    about = {
        _Last.NONE: (breaker.unused, breaker.unused, breaker.unused),
        _Last.ANSWERED: (breaker.answered, breaker.answered, breaker.answered),
        _Last.UNAVAILABLE: (breaker.unused, breaker.unused, failed),
        _Last.FAILED: (silenced, breaker.unused, failed_for),
        _Last.REFUSED: (breaker.answered, breaker.failed, breaker.answered),
    }[dmp.last]
    for tell, leave in zip(about, passes, strict=True):
        tell(leave)


_Answer = TypeVar("_Answer")


class _Heard:
    """The DMP, and how its last call ended."""

    def __init__(self, dmp: Dmp) -> None:
        self._dmp = dmp
        self.last = _Last.NONE
        self.retry_after: tuple[str, ...] = ()

    def submit(self, submission: StoredSubmission) -> None:
        """ITI-41."""
        self._hear(lambda: self._dmp.submit(submission))

    def update(self, metadata: bytes) -> None:
        """ITI-57."""
        self._hear(lambda: self._dmp.update(metadata))

    def entries(self, unique_id: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 GetDocuments."""
        return self._hear(lambda: self._dmp.entries(unique_id))

    def of_study(self, patient: Ins, study_instance_uid: Uid) -> tuple[DocumentEntry, ...]:
        """ITI-18 FindDocumentsByReferenceId."""
        return self._hear(lambda: self._dmp.of_study(patient, study_instance_uid))

    def _hear(self, call: Callable[[], _Answer]) -> _Answer:
        try:
            answer = call()
        except (DmpUnavailable, DmpOutcomeUnknown) as error:
            self.last = _Last.FAILED if error.alone else _Last.UNAVAILABLE
            self.retry_after = error.retry_after
            raise
        except DmpRefused as error:
            refused = isinstance(error, IdentityRefused)
            self.last = _Last.REFUSED if refused else _Last.ANSWERED
            raise
        self.last = _Last.ANSWERED
        return answer


@contextmanager
def held_when_refused() -> Iterator[None]:
    """A query that the DMP refuses to answer is for a human: Held ``dmp_refused``, or
    ``identity_refused``."""
    try:
        yield
    except DmpRefused as error:
        raise held_for(error) from None


def held_for(error: DmpRefused) -> Held:
    """The hold for a refusal of the DMP, with its codes."""
    code = "identity_refused" if isinstance(error, IdentityRefused) else "dmp_refused"
    return Held(code, ", ".join(error.registry_codes))
