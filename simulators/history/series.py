"""The series of an exam and their UIDs, as its manifest names them and as its images carry them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulators.history.kinds import KINDS, Kind
from simulators.history.plan import Exam


@dataclass(frozen=True, slots=True)
class PlannedSeries:
    """One series of images or documents; ``name`` is its kind's, ``instances`` are in the order of
    their numbers.
    """

    uid: str
    number: int
    name: str
    description: str
    instances: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """Modality and class of its objects."""
        return KINDS[self.name]


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """``note``: the series and the instance of the key image note, None without one."""

    series: tuple[PlannedSeries, ...]
    note: tuple[str, str] | None


def planned_study(exam: Exam) -> PlannedStudy:
    """Every object of an exam; each UID is drawn from the study's."""
    chance = random.Random(exam.study)  # noqa: S311  # a draw, no secret
    series = tuple(
        PlannedSeries(
            _uid(chance),
            number,
            one.kind,
            one.description,
            tuple(_uid(chance) for _ in range(one.images)),
        )
        for number, one in enumerate(exam.act.series, start=1)
    )
    note = (_uid(chance), _uid(chance)) if exam.key_images else None
    return PlannedStudy(series, note)


def _uid(chance: random.Random) -> str:
    return f"2.25.{chance.getrandbits(122)}"
