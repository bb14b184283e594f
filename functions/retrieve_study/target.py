"""The resource in the path of a retrieve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent
from functions.drimbox.images.retrieve import Target
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from collections.abc import Mapping

# Part of the path -> what the audit record calls it.
_NAMED: Final = {
    "study": "study_instance_uid",
    "series": "series_instance_uid",
    "instance": "sop_instance_uid",
}


def target_of(names: Mapping[str, str]) -> Target:
    """The study, series or object that the path names; Absent for a text that is no UID."""
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
