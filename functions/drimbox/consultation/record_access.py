"""Whether a professional may read a patient's DMP now, and the patient's authorisation for it.

Nothing of a DMP is shown before the DMP itself has said that it is open, that the structure's
authorisation is valid, and traits that do not contradict those of the call (RG_0130). An
authorisation is added for the professional's explicit act alone (EX_0.3-1010).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.consultation.reader import choose_activity
from functions.drimbox.dmp.existence import Authorization, Existence, PatientRecord, RecordTraits
from functions.drimbox.dmp.session import PatientRecords
from functions.drimbox.errors import ConfigurationError, Conflict, DmpRefused, Forbidden, Held
from functions.drimbox.identity.health_professional import Activity, HealthProfessional
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.traits import plain_name
from functions.drimbox.tenants.model import Structure, Tenant
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.consultation.situations import Situation

Connect = Callable[[HealthProfessional, Activity, Structure, Ins], PatientRecords]
"""Opens the DMP for a professional in an activity, by a structure's certificates, for a patient."""

# The time for which an open DMP is not asked about again; its refusal of a query ends it before.
LIFE: Final = timedelta(minutes=5)


class Access(StrEnum):
    """The state of the access: OPEN alone opens the list."""

    OPEN = "open"
    NO_RECORD = "no_record"
    CLOSED = "record_closed"
    ABSENT = "authorization_absent"
    EXPIRED = "authorization_expired"
    REFUSED = "authorization_refused"
    OTHER_PERSON = "other_person"


_STATES: Final = {
    Authorization.VALID: Access.OPEN,
    Authorization.ABSENT: Access.ABSENT,
    Authorization.EXPIRED: Access.EXPIRED,
    Authorization.REFUSED: Access.REFUSED,
}


@frozen
class RecordAccess:
    """The state, the DMP's traits, and the names of those that contradict the call's."""

    state: Access
    traits: RecordTraits = field(default_factory=RecordTraits, repr=False)
    differing: tuple[str, ...] = ()

    @property
    def may_be_authorized(self) -> bool:
        """Whether the patient's word, told by the professional, may open it."""
        return self.state in {Access.ABSENT, Access.EXPIRED}


def ask(
    tenant: Tenant,
    professional: HealthProfessional,
    context: CallContext,
    connect: Connect,
    audited: dict[str, str],
) -> RecordAccess:
    """Ask the DMP (TD0.2). ``audited`` gets what the audit record must say besides.

    Raises Forbidden (no activity in this tenant, an incomplete professional, or the DMP refuses),
    ConfigurationError when no certificate of the structure may serve, DmpUnavailable.
    """
    records = _open(tenant, professional, context, connect, audited)
    access = _ask(records, tenant, context)
    audited["access"] = str(access.state)
    return access


def authorize(
    tenant: Tenant,
    professional: HealthProfessional,
    context: CallContext,
    connect: Connect,
    audited: dict[str, str],
) -> None:
    """Add the structure's authorisation (TD0.3), where the DMP lacks it or it has expired.

    The DMP is asked first: an authorisation that stands is left alone, and nothing is sent against
    the patient's refusal or about another person. Raises Conflict then and when the DMP refuses,
    DmpOutcomeUnknown when the answer is lost, and as :func:`ask`.
    """
    records = _open(tenant, professional, context, connect, audited)
    access = _ask(records, tenant, context)
    audited["access"] = str(access.state)
    if access.state is Access.OPEN:
        return
    if not access.may_be_authorized:
        raise Conflict(str(access.state), code="not_to_be_authorized")
    try:
        records.authorize()
    except DmpRefused as error:
        raise Conflict(error.detail, code="authorization_not_taken") from None


def judge(context: CallContext, record: PatientRecord) -> RecordAccess:
    """The access to the DMP of the call's patient."""
    if record.existence is Existence.NONE:
        return RecordAccess(Access.NO_RECORD)
    if record.authorization is None or record.traits is None:
        return RecordAccess(Access.CLOSED)
    differing = tuple(_differing(context, record.traits))
    state = Access.OTHER_PERSON if differing else _STATES[record.authorization]
    return RecordAccess(state, record.traits, differing)


def write(access: RecordAccess, situation: Situation, at: datetime) -> str:
    """An open access as a text to keep, "" for every other: those are asked about again."""
    if access.state is not Access.OPEN:
        return ""
    facts = {"whose": _whose(situation), "at": at.isoformat(), "traits": asdict(access.traits)}
    return json.dumps(facts)


def read(kept: str, situation: Situation, now: datetime) -> RecordAccess | None:
    """The access of :func:`write`, while it holds and in that situation alone."""
    facts: dict[str, Any] = json.loads(kept) if kept else {}
    if facts.get("whose") != _whose(situation):
        return None
    if not timedelta() <= now - datetime.fromisoformat(facts["at"]) < LIFE:
        return None
    traits = facts["traits"]
    return RecordAccess(Access.OPEN, RecordTraits(**{**traits, "givens": tuple(traits["givens"])}))


def _open(
    tenant: Tenant,
    professional: HealthProfessional,
    context: CallContext,
    connect: Connect,
    audited: dict[str, str],
) -> PatientRecords:
    activity, structure = choose_activity(tenant, professional)
    audited["structure_id"] = activity.structure_id
    try:
        return connect(professional, activity, structure, context.ins)
    except Held as error:
        raise ConfigurationError(error.detail) from None


def _ask(records: PatientRecords, tenant: Tenant, context: CallContext) -> RecordAccess:
    try:
        return judge(context, records.record(context.ins, tenant.source_id))
    except DmpRefused:
        raise Forbidden("the DMP refused", code="dmp_refused") from None


def _differing(context: CallContext, traits: RecordTraits) -> list[str]:
    """The traits that both sides give, with different values (the DMP may give a trait in part)."""
    first = plain_name(context.birth_given)
    givens = [f"{plain_name(one)} " for one in traits.givens]
    same = {
        "birth_family": not traits.birth_family
        or plain_name(traits.birth_family) == plain_name(context.birth_family),
        "birth_given": not givens or any(one.startswith(f"{first} ") for one in givens),
        "birth_date": context.birth_date.startswith(traits.birth_date),
        "sex": traits.sex in {"", "U", context.sex} or context.sex == "U",
    }
    return [trait for trait, is_same in same.items() if not is_same]


def _whose(situation: Situation) -> list[str]:
    one = situation.activity
    return [one.structure_id, one.sector, one.profession, one.specialty]
