"""An operator decides which of the contradicting sets of traits of one INS are right.

Two sets stand once an identity was confirmed (:mod:`confirming_identity`). The decision is made on
the page of a report that agrees with some of them: these stand alone, or they are forgotten. It
takes effect at once for the reports to come; it changes nothing of published manifests. The message
keeps it beside its overrides, with the operator and the reason (decision 0037).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from functions.drimbox.errors import Absent, BadRequest, Conflict
from functions.drimbox.operations.confirming_identity import confirmed_reason
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.overriding import keep, next_override
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication import overrides
from functions.drimbox.publication.known_traits import Divergence, Keep, KnownTraits, divergence_of
from functions.drimbox.publication.messages import ReportMessage, load_judged
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site


@frozen
class Decision:
    """The operator's choice. ``revision`` is that of the known traits that the operator has seen:
    the decision counts against no other."""

    keep: Keep
    revision: int
    reason: str

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Decision:
        """From JSON: ``{"keep": "these" | "others", "revision": …, "reason": …, "confirm": true}``.
        BadRequest names the ill-formed field, ``not_confirmed`` is its code without the tick.
        """
        if set(facts) - {"keep", "revision", "reason", "confirm"}:
            raise BadRequest("body")
        reason, revision = confirmed_reason(facts), facts.get("revision")
        if type(revision) is not int:  # true is no number
            raise BadRequest("/revision")
        try:
            return cls(Keep(facts["keep"]), revision, reason)
        except (KeyError, ValueError):
            raise BadRequest("/keep") from None


def decide_traits(
    site: Site, known: KnownTraits, caller: Caller, *, message_id: str, decision: Decision
) -> int:
    """Keep the chosen sets of traits of the report's patient, and forget the others; the number of
    the override that keeps the decision.

    Forbidden without the permission ``identity``. Absent where the message is no report, is left
    aside, or does not tell several sets apart. Conflict after another change of the known traits
    (``traits_changed``), or after too many overrides.
    """
    operator = demand(site.audit, caller, Permission.IDENTITY)
    entry = entry_of(site, message_id)
    ins, found = _divergence(site, known, entry)
    if found.before.revision != decision.revision:
        raise Conflict(code="traits_changed")
    after = found.kept(decision.keep)
    made = next_override(site, entry, operator.subject, site.clock.now())
    word = overrides.Decision(str(decision.keep), decision.reason, found.differing)
    number = keep(site, entry, replace(made, decision=word))
    site.audit.record(
        "traits.decided",
        key=f"{message_id}/{number}",
        result="ordered",
        who=operator.subject,
        facts={
            "ins": ins,
            "message_id": message_id,
            "keep": str(decision.keep),
            "sets": f"{len(after.sets)} of {found.sets}",
            "traits": ", ".join(found.differing),
            "reason": decision.reason,
        },
    )
    if not known.patients.put(after):
        raise Conflict(code="traits_changed")
    site.messages.set_override(message_id, number)
    return number


def _divergence(site: Site, known: KnownTraits, entry: MessageEntry) -> tuple[str, Divergence]:
    """The INS and its sets of traits; Absent where this message tells none apart. An override makes
    a message replayable that was left aside: a decision must not."""
    message = load_judged(site, entry.message_id)
    if not isinstance(message, ReportMessage) or entry.ignored or entry.held:
        raise Absent("publication")
    patient = message.report.document.patient
    found = divergence_of(known, patient)
    if found is None or not found.is_decidable:
        raise Absent("publication")
    return patient.ins.value, found
