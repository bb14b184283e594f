"""An operator confirms that a report with other strict traits is of the person of its INS.

The confirmation is an override of the message (:mod:`publication.overrides`): written once, with
the operator and the reason, and read by the replay that it starts. No replay confirms without it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Absent, BadRequest
from functions.drimbox.oid import Uid
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.overriding import keep, next_override, require_not_in_doubt
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.replaying import again
from functions.drimbox.publication.overrides import Confirmation
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen
from functions.drimbox.wording.held import CONFIRMED_ONE_BY_ONE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.inbox import Queue
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import Contest

# Characters of an operator's reason.
LONGEST_REASON: Final = 500


@frozen
class Word:
    """The operator's word: the study whose report it is about, and the reason in one line."""

    study: Uid
    reason: str

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Word:
        """From JSON: ``{"study_instance_uid": …, "reason": …, "confirm": true}``. BadRequest names
        the ill-formed field, ``not_confirmed`` is its code without the tick.
        """
        if set(facts) - {"study_instance_uid", "reason", "confirm"}:
            raise BadRequest("body")
        reason = confirmed_reason(facts)
        try:
            return cls(Uid(facts["study_instance_uid"]), reason)
        except (KeyError, TypeError, ValueError):
            raise BadRequest("/study_instance_uid") from None


def confirmed_reason(facts: Mapping[str, Any]) -> str:
    """The operator's reason, in one line, where ``confirm`` is true; BadRequest otherwise."""
    if facts.get("confirm") is not True:
        raise BadRequest("/confirm", code="not_confirmed")
    return one_line(facts.get("reason"))


def one_line(reason: object) -> str:
    """A reason in one line; BadRequest for anything else."""
    if not isinstance(reason, str) or not reason.strip().isprintable():
        raise BadRequest("/reason")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise BadRequest("/reason")
    return reason.strip()


def confirm_identity(
    site: Site, queue: Queue, caller: Caller, *, message_id: str, word: Word
) -> int:
    """Confirm the identity of the report for that study, and replay the message; the override's
    number. The studies and the sender that an operator chose before stay chosen.

    Forbidden without the permission ``identity``. Absent unless the study is held for its traits,
    Conflict while the DMP may hold a document of the message, or after too many overrides.
    """
    operator = demand(site.audit, caller, Permission.IDENTITY)
    entry = entry_of(site, message_id)
    contest = _contest(site, entry, word.study)
    require_not_in_doubt(site, entry)
    made = next_override(site, entry, operator.subject, site.clock.now())
    confirmation = Confirmation(contest.revision, word.reason, contest.traits)
    made = replace(made, identity={**made.identity, word.study: confirmation})
    number = keep(site, entry, made)
    site.audit.record(
        "identity.confirmed",
        key=f"{message_id}/{number}",
        result="kept",
        who=operator.subject,
        facts={
            "message_id": message_id,
            "study_instance_uid": str(word.study),
            "traits": ", ".join(contest.traits),
            "reason": word.reason,
        },
    )
    site.messages.set_override(message_id, number)
    again(site, queue, operator, entry)
    return number


def _contest(site: Site, entry: MessageEntry, study: Uid) -> Contest:
    """The contradiction that the operator judges; Absent where nothing of the kind is held."""
    pending = site.records.get(study).pending
    if (
        pending is None
        or pending.message_id != entry.message_id
        or pending.reason not in CONFIRMED_ONE_BY_ONE
        or pending.contested is None
    ):
        raise Absent("publication")
    return pending.contested
