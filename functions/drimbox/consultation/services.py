"""The services that a consultation needs, each with its state: for professionals and operators.

One place says what is down, and since when: Pro Santé Connect, the DMP, the national white list,
and the sites of the exams that a page shows.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from functions.drimbox.breaker import Circuit, CircuitState
from functions.drimbox.consultation.exam_images import Images
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.peers.kept import MAX_AGE
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.drimbox.breaker import Circuits
    from functions.drimbox.consultation.exam_images import ExamSource
    from functions.drimbox.consultation.outcomes import LastOutcome, Outcomes
    from functions.drimbox.peers.kept import KeptWhiteList, WhiteListStore
    from functions.drimbox.ports import Clock

# A white list that is older still serves; its age rings the operators' alarm (decision 0053).
_AGING: Final = timedelta(hours=24)
# The circuit of publications: their module loads the whole client of the DMP.
DMP: Final = "dmp"
# States of images that a site causes by being down.
DOWN: Final = frozenset({Images.SILENT, Images.NOT_READY, Images.ODD})


class Service(StrEnum):
    """A service that a consultation needs."""

    PSC = "psc"
    DMP = "dmp"
    WHITE_LIST = "white_list"
    SITES = "sites"


class Condition(StrEnum):
    """``UNKNOWN``: nobody has asked for a while. ``AGING``: it serves, and somebody has to look."""

    WORKS = "works"
    AGING = "aging"
    DOWN = "down"
    UNKNOWN = "unknown"


@frozen
class Health:
    """``since``: when the condition began, None where it is not known."""

    service: Service
    condition: Condition
    since: datetime | None = None


@frozen
class ServicesDesk:
    """The ports that tell the services' states, of one tenant."""

    circuits: Circuits
    outcomes: Outcomes
    white_list: WhiteListStore
    clock: Clock


def services(desk: ServicesDesk, sources: Iterable[ExamSource] = ()) -> tuple[Health, ...]:
    """The state of each service; ``sources`` are those of a page. Raises StorageUnavailable."""
    return (
        _of_outcome(Service.PSC, desk.outcomes.last(Asked.PSC)),
        _of_dmp(desk.circuits.get(DMP), desk.outcomes.last(Asked.DMP)),
        _of_white_list(desk.white_list.get(), desk.clock.now()),
        *of_sites(sources),
    )


def services_or_unknown(
    desk: ServicesDesk, sources: Iterable[ExamSource] = ()
) -> tuple[Health, ...]:
    """The same for a page that must not fail of it: unknown where our own storage fails."""
    try:
        return services(desk, sources)
    except StorageUnavailable:
        asked = (Service.PSC, Service.DMP, Service.WHITE_LIST)
        return (*(Health(one, Condition.UNKNOWN) for one in asked), *of_sites(sources))


def describe(services: Iterable[Health]) -> list[dict[str, str | None]]:
    """The same as JSON; ``since`` is ISO 8601."""
    return [
        {
            "service": str(one.service),
            "condition": str(one.condition),
            "since": one.since.isoformat() if one.since else None,
        }
        for one in services
    ]


def _of_outcome(service: Service, last: LastOutcome | None) -> Health:
    if last is None:
        return Health(service, Condition.UNKNOWN)
    return Health(service, Condition.WORKS if last.answered else Condition.DOWN, last.since)


def _of_dmp(circuit: CircuitState, last: LastOutcome | None) -> Health:
    """The open circuit of publications tells more than an older answer, and less than a newer."""
    failed_at = max(circuit.since, circuit.failed_at or circuit.since)
    answers = last is not None and last.answered and last.at > failed_at
    if circuit.circuit is Circuit.OPEN and not answers:
        return Health(Service.DMP, Condition.DOWN, circuit.away_since)
    return _of_outcome(Service.DMP, last)


def _of_white_list(kept: KeptWhiteList | None, at: datetime) -> Health:
    if kept is None or kept.age(at) > MAX_AGE:
        return Health(Service.WHITE_LIST, Condition.DOWN, kept.checked_at if kept else None)
    condition = Condition.AGING if kept.age(at) >= _AGING else Condition.WORKS
    return Health(Service.WHITE_LIST, condition, kept.checked_at)


def of_sites(sources: Iterable[ExamSource]) -> tuple[Health, ...]:
    """One state for all sites of a page: down since the first one is; none without a site."""
    sites = [one for one in sources if one.since is not None]
    if not sites:
        return ()
    down = [one.since for one in sites if one.images in DOWN and one.since is not None]
    condition = Condition.DOWN if down else Condition.WORKS
    return (Health(Service.SITES, condition, min(down, default=None)),)
