"""One INS, one set of strict traits: those of an earlier report of the tenant stand.

The INS is qualified in every report that comes this far, so that its traits come from the national
service: other traits under the same INS mean that one of the two reports is of somebody else, or
that the identity was corrected in between. Only a human can tell (decision 0037).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from functions.drimbox.errors import Held, StorageUnavailable
from functions.drimbox.identity.parties import Patient
from functions.drimbox.identity.traits import contradicted, marks_of, patient_key
from functions.drimbox.publication.ports import Change, KnownPatients, Site
from functions.drimbox.publication.record import StudyRecord, contest, is_confirmed, pending_in

# Reports of one patient that are compared at the same moment; more come back by the workflow.
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class KnownTraits:
    """The tenant's patients, and the secret under which they are kept."""

    patients: KnownPatients
    secret: bytes


def require_known_traits(
    site: Site, change: Change, record: StudyRecord, patient: Patient, known: KnownTraits
) -> None:
    """Compare the report's strict traits with those known for its INS, and keep them.

    Raises Held ``known_traits_mismatch``. A replay of a change that was held here is the operator's
    confirmation: its traits take the place of those that it contradicted, of no others.
    """
    key, said = patient_key(patient.ins, known.secret), marks_of(patient, known.secret)
    for _ in range(_ATTEMPTS):
        before = known.patients.get(key)
        differing = contradicted(before.traits, said)
        if not differing and said.keys() <= before.traits.keys():
            return
        if differing and not is_confirmed(pending_in(record), before.revision):
            site.records.put(contest(record, before.revision))
            raise Held("known_traits_mismatch")
        if differing:
            _audit(site, change, patient, differing)
        after = said if differing else {**before.traits, **said}
        if known.patients.put(replace(before, traits=after)):
            return
    raise StorageUnavailable("several reports of one patient at once")


def _audit(site: Site, change: Change, patient: Patient, differing: tuple[str, ...]) -> None:
    site.audit.record(
        "traits.confirmed",
        key=f"{change.message_id}/{change.study_instance_uid}/{change.replay}",
        result="replaced",
        who="operator",
        facts={
            "ins": patient.ins.value,
            "message_id": change.message_id,
            "study_instance_uid": str(change.study_instance_uid),
            "replay": str(change.replay),  # whose own record says which operator
            "traits": ", ".join(differing),
        },
    )
