"""The resource in the path of a retrieve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.images.retrieve import Target
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Part of the path -> what the audit record calls it.
_NAMED: Final = {
    "study": "study_instance_uid",
    "series": "series_instance_uid",
    "instance": "sop_instance_uid",
}
# The keys of a search by which it names its study (PS3.18 8.3.4.1).
_STUDY_KEYS: Final = ("StudyInstanceUID", "0020000D", "0020000d")


def study_of_search(parameters: Mapping[str, Sequence[str]]) -> str:
    """The study that a search of studies names, as received; "" unless there is exactly one, since
    nobody may look through the studies of a site."""
    named = [value for key in _STUDY_KEYS for value in parameters.get(key, ())]
    return named[0] if len(named) == 1 else ""


def target_of(names: Mapping[str, str]) -> Target:
    """The study, series or object that the path names, or the study of a search; BadRequest without
    a study, Absent for a text that is no UID."""
    if not names.get("study"):
        raise BadRequest("StudyInstanceUID")
    try:
        return Target(*(Uid(names[name]) for name in _NAMED if names.get(name)))
    except ValueError:
        raise Absent("not a UID") from None


def audited_facts(names: Mapping[str, str]) -> dict[str, str]:
    """The UIDs of the path; the record keeps no other text of a caller."""
    return {fact: _uid_or_nothing(names.get(name)) for name, fact in _NAMED.items()}


def _uid_or_nothing(text: str | None) -> str:
    try:
        return str(Uid(text or ""))
    except ValueError:
        return ""
