"""One INS, one set of strict traits: those of an earlier report of the tenant stand.

The INS is qualified in every report that comes this far, so that its traits come from the national
service: other traits under the same INS mean that one of the two reports is of somebody else, or
that the identity was corrected in between. Only a human can tell (decision 0037).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.identity.traits import contradicted, marks_of, patient_key
from functions.drimbox.publication.record import StudyRecord, contest
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.identity.parties import Patient
    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.overrides import Override
    from functions.drimbox.publication.ports import KnownPatient, KnownPatients, Site

# Reports of one patient that are compared at the same moment; more come back by the workflow.
_ATTEMPTS: Final = 5


@frozen
class KnownTraits:
    """The tenant's patients, and the secret under which they are kept."""

    patients: KnownPatients
    secret: bytes


class Keep(StrEnum):
    """The operator's choice between sets that contradict each other, seen from one report."""

    THESE = "these"  # the sets with which the report agrees stand alone
    OTHERS = "others"  # they are forgotten


@frozen
class Divergence:
    """Several sets of traits stand for one INS, as one report sees them.

    ``sets`` counts them; ``before`` holds them, ``agreeing`` those with which the report agrees.
    ``differing`` names the traits of the report that contradict one of them.
    """

    before: KnownPatient
    agreeing: tuple[Mapping[str, str], ...]
    differing: tuple[str, ...]

    @property
    def sets(self) -> int:
        """How many sets stand."""
        return len(self.before.sets)

    @property
    def is_decidable(self) -> bool:
        """Whether the report tells them apart: it agrees with some and contradicts others."""
        return 0 < len(self.agreeing) < self.sets

    def kept(self, keep: Keep) -> KnownPatient:
        """The patient with the chosen sets alone; there is one at least where it is decidable."""
        agrees = keep is Keep.THESE
        return self.before.with_sets(s for s in self.before.sets if (s in self.agreeing) is agrees)


def divergence_of(known: KnownTraits, patient: Patient) -> Divergence | None:
    """The sets that stand for the INS of the report's patient; None where there is one at most."""
    before = known.patients.get(patient_key(patient.ins, known.secret))
    if len(before.sets) < 2:  # one set diverges from none
        return None
    said = marks_of(patient, known.secret)
    return Divergence(before, tuple(_agreeing(before, said)), _differing(before, said))


def require_known_traits(
    site: Site,
    change: Change,
    record: StudyRecord,
    patient: Patient,
    known: KnownTraits,
    *,
    override: Override | None,
) -> None:
    """Compare the report's strict traits with those known for its INS, and keep them.

    Raises Held ``known_traits_mismatch`` where they contradict every known set, unless ``override``
    confirms this study's report against just what is known: its set then stands beside the others.
    A replay confirms nothing.
    """
    key, said = patient_key(patient.ins, known.secret), marks_of(patient, known.secret)
    study = change.study_instance_uid
    for _ in range(_ATTEMPTS):
        before = known.patients.get(key)
        agreeing = _agreeing(before, said)
        confirmed = override.confirms(study, before.revision) if override else None
        if not agreeing and confirmed is None:
            site.records.put(contest(record, before.revision, _differing(before, said)))
            raise Held("known_traits_mismatch")
        if not agreeing and override is not None:
            _audit(site, change, patient, override.who, _differing(before, said))
        after = _with(before, agreeing, said)
        if after == before or known.patients.put(after):
            return
    raise StorageUnavailable("several reports of one patient at once")


def _agreeing(before: KnownPatient, said: Mapping[str, str]) -> list[Mapping[str, str]]:
    return [one for one in before.sets if not contradicted(one, said)]


def _with(
    before: KnownPatient, agreeing: list[Mapping[str, str]], said: Mapping[str, str]
) -> KnownPatient:
    """The patient once this report has passed. A report that agrees with several sets tells none of
    them apart, and adds to none."""
    match agreeing:
        case []:
            return before.with_sets((*before.sets, said))
        case [only]:
            return before.with_sets({**one, **said} if one is only else one for one in before.sets)
        case _:
            return before


def _differing(before: KnownPatient, said: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the traits that contradict any of the known sets."""
    found = {trait for one in before.sets for trait in contradicted(one, said)}
    return tuple(trait for trait in said if trait in found)


def _audit(
    site: Site, change: Change, patient: Patient, who: str, differing: tuple[str, ...]
) -> None:
    site.audit.record(
        "traits.confirmed",
        key=f"{change.message_id}/{change.study_instance_uid}/{change.replay}",
        result="added",
        who=who,
        facts={
            "ins": patient.ins.value,
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
            "replay": str(change.replay),
            "override": str(change.override),  # whose own record gives the reason
            "traits": ", ".join(differing),
        },
    )
