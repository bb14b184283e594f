"""The names and forms by which cloud and agent speak of jobs (protocol 1).

A job's name is its key with another mark: ``index-<hash>`` for ``index#<hash>``. A message is a
pointer, ``{tenant, job, kind, protocol}``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent
from functions.drimbox.jobs.job import Kind, Wish

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.oid import Uid
    from functions.drimbox.study.found_study import StudyCriteria

# The protocols that the cloud serves, and the one in which it rings.
PROTOCOL: Final = 1
LOWEST: Final = 1
# How much a survey tells of each study.
PRESENCE: Final = "presence"
INDEX: Final = "index"

_NAME: Final = re.compile(rf"({'|'.join(Kind)})-([0-9a-f]{{64}})")


def name_of(key: str) -> str:
    """The name by which an agent knows the job."""
    return key.replace("#", "-")


def key_of(name: str) -> str:
    """The key of the job that an agent names; Absent for any other text."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise Absent("job")
    return f"{found[1]}#{found[2]}"


def kind_of(key: str) -> Kind:
    """The kind of the job of that key."""
    return Kind(key.partition("#")[0])


def message(tenant: str, key: str) -> dict[str, str | int]:
    """The message that rings for a job; the dead letters of all tenants are in one queue."""
    kind = str(kind_of(key))
    return {"tenant": tenant, "job": name_of(key), "kind": kind, "protocol": PROTOCOL}


def index_wish(study: Uid, asker: Mapping[str, str]) -> Wish:
    """The wish for a study's index; ``asker`` says who asks, and for which time."""
    return Wish(Kind.INDEX, {**asker, "study": str(study)})


def survey_wish(studies: Sequence[Uid], depth: str, asker: Mapping[str, str]) -> Wish:
    """The wish for the state of studies, 50 at most."""
    return Wish(Kind.SURVEY, {**asker, "studies": " ".join(sorted(studies)), "depth": depth})


def studies_of(facts: Mapping[str, str]) -> list[str]:
    """The studies of a survey."""
    return facts["studies"].split(" ")


def find_wish(digest: str, most: int) -> Wish:
    """The wish for the studies that answer a search, known by a keyed digest of its criteria."""
    return Wish(Kind.FIND, {"criteria": digest, "most": str(most)})


def import_wish(pack: str) -> Wish:
    """The wish for the objects of a pack in the site's PACS; its key names nobody."""
    return Wish(Kind.IMPORT, {"pack": pack})


def ask_of(wish: Wish, criteria: StudyCriteria | None) -> dict[str, object]:
    """The thing that an agent is asked, as it reads it. ``criteria`` are those of a search; an
    import is told by its pack (``agents.packs``)."""
    facts = wish.facts
    if wish.kind is Kind.INDEX:
        return {"study_instance_uid": facts["study"]}
    if wish.kind is Kind.SURVEY:
        return {"depth": facts["depth"], "studies": studies_of(facts)}
    if criteria is None:
        raise Absent("job")
    return {
        "patient_id": criteria.patient_id,
        "accession_number": criteria.accession_number,
        "modality": criteria.modality,
        "since": criteria.since,
        "until": criteria.until,
        "most": int(facts["most"]),
    }
