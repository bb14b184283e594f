"""The practice situations in which a professional may read here, and the choice of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import BadRequest, Conflict, Forbidden, NotAuthenticated
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.identity.health_professional import Activity, HealthProfessional
    from functions.drimbox.identity.session import Sessions
    from functions.drimbox.tenants.model import Tenant

# How often a choice is tried again when another request changes the session at the same time.
_TRIES: Final = 5


@frozen
class Situation:
    """One activity of the professional in a structure of the tenant; ``number`` is its name in
    this session. The activity bears the identifier that the tenant gives to its structure.
    """

    number: str
    activity: Activity
    structure_name: str


def situations(tenant: Tenant, professional: HealthProfessional) -> tuple[Situation, ...]:
    """The professional's situations in this tenant, none twice; Forbidden when there is none.

    The DMP is only asked in the name of a structure whose certificate the tenant holds and where
    the professional works.
    """
    found: dict[Activity, Situation] = {}
    for number, activity in enumerate(professional.activities):
        structure = tenant.structure(activity.structure_id)
        if structure is not None:
            own = replace(activity, structure_id=structure.id)
            found.setdefault(own, Situation(str(number), own, structure.name))
    if not professional.activities:
        raise Forbidden("Pro Santé Connect gives no activity", code="no_activity")
    if not found:
        raise Forbidden("no activity in this tenant", code="no_activity_here")
    return tuple(found.values())


def current(among: tuple[Situation, ...], chosen: str) -> Situation | None:
    """The situation that counts: the only one, or the one chosen; None while nobody has chosen."""
    if len(among) == 1:
        return among[0]
    return next((one for one in among if one.number == chosen), None)


def named(among: tuple[Situation, ...], tenant: Tenant, structure_id: str) -> tuple[Situation, ...]:
    """The situations in the structure that the calling software names; none where it names another
    one, or where the tenant does not know it.
    """
    structure = tenant.structure(structure_id)
    return tuple(one for one in among if structure and one.activity.structure_id == structure.id)


def current_for_call(
    among: tuple[Situation, ...], tenant: Tenant, structure_id: str, chosen: str, *, here: bool
) -> Situation | None:
    """The situation that counts for one call: the one in the structure that it names. ``here``: the
    professional chose on this call's own page.

    None while the professional has to choose: among several in that structure, and wherever the
    call names a structure in which the professional has none. Neither the only one is taken then,
    nor a choice for another page.
    """
    if not structure_id:
        return current(among, chosen)
    own = named(among, tenant, structure_id)
    if own:
        return current(own, chosen)
    return next((one for one in among if here and one.number == chosen), None)


def choose(
    sessions: Sessions[ReaderFacts], identifier: str, tenant: Tenant, number: str, page: str
) -> None:
    """Keep the professional's choice in the session of that cookie, and the ``page`` that asked for
    it, "" for the first one.

    Raises BadRequest for a number that is no situation of theirs here, NotAuthenticated without a
    live session.
    """
    for _ in range(_TRIES):
        session = sessions.current(identifier)
        if session is None:
            raise NotAuthenticated("no session")
        among = situations(tenant, session.facts.who)
        if number not in {one.number for one in among}:
            raise BadRequest("situation")
        facts = replace(session.facts, situation=number, chosen_on=page)
        if sessions.change(session, facts) is not None:
            return
    raise Conflict("the session changes all the time")


def acting_in(professional: HealthProfessional, situation: Situation) -> HealthProfessional:
    """The professional in one situation alone: every later step acts in that one."""
    return replace(professional, activities=(situation.activity,))
