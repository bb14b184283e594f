"""Which exams and reports a history holds: plain facts, drawn from the seed; no bytes yet."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from simulators.history.acts import ACTS, Act
from simulators.history.sites import Professional, Site

Body = Literal["pdf", "text"]
"""The body of a report: CDA level 1 around a PDF, or CDA level 3 with its text."""
State = Literal["Approved", "Archived", "Deprecated"]

MASKED: Final = "MASQUE_PS"
INVISIBLE: Final = "INVISIBLE_PATIENT"
_ZONE: Final = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Exam:
    """One study of the patient. ``started`` is aware; ``masking`` are codes beyond N.

    ``state`` is that of its newest manifest. ``versions`` counts its manifests: all but the last
    one are Deprecated, none means that its manifest was never published. ``key_images``: a note
    that names its first image.
    """

    number: int
    study: str
    accession: str
    order: str
    act: Act
    site: Site
    signer: Professional
    started: datetime
    state: State = "Approved"
    masking: tuple[str, ...] = ()
    versions: int = 1
    key_images: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One report of one exam or more, all of one site. ``versions`` as of an exam's manifests."""

    exams: tuple[Exam, ...]
    body: Body
    state: State
    masking: tuple[str, ...]
    versions: int


@dataclass(frozen=True, slots=True)
class Plan:
    """``exams`` latest first, and the reports that bear on them."""

    exams: tuple[Exam, ...]
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class _Trait:
    """The special traits of an exam; ``report`` None for an exam that has none.

    ``joined``: the report of the next exam is this one's too.
    """

    report: Body | None = "pdf"
    state: State = "Approved"
    masking: tuple[str, ...] = ()
    manifests: int = 1
    reports: int = 1
    joined: bool = False
    site: str = ""


# Every eleven exams have each of these once; a longer history shuffles them again and again.
_TRAITS: Final = (
    _Trait("text", site="ambroise"),
    _Trait(site="meridien", joined=True),
    _Trait(site="meridien"),
    _Trait(masking=(MASKED,), site="ambroise"),
    _Trait(site="roches"),
    _Trait(report=None, site="marais"),
    _Trait("text", manifests=2, reports=2, site="meridien"),
    _Trait(masking=(INVISIBLE,), site="roches"),
    _Trait(state="Archived", site="marais"),
    _Trait(manifests=0, site="sablons"),
    _Trait("text", site="sablons"),
)
BLOCK: Final = len(_TRAITS)


def plan(
    seed: str,
    count: int,
    years: int,
    until: date,
    sites: Sequence[Site],
    *,
    chosen: Mapping[int, Act] = MappingProxyType({}),
) -> Plan:
    """``count`` exams in the ``years`` before ``until``; the same for the same arguments.

    ``chosen`` acts, by the exam's number, stand for the drawn ones. ValueError for less than one
    exam.
    """
    if count < 1:
        raise ValueError("a history has at least one exam")
    chance = random.Random(f"{seed}/{count}")  # noqa: S311  # a draw, no secret
    exams: list[Exam] = []
    reports: list[Report] = []
    waiting: tuple[Exam, ...] = ()
    for number, (trait, started) in enumerate(
        zip(_traits(chance), _times(chance, count, years, until), strict=False), start=1
    ):
        exam = _exam(chance, number, trait, started, sites)
        exam = replace(exam, act=chosen.get(number, exam.act))
        if waiting:
            # One visit, one report: the two exams follow each other on one day at one site.
            first = waiting[0]
            exam = replace(exam, started=first.started - timedelta(minutes=25), site=first.site)
            exam = replace(exam, signer=first.signer)
        exams.append(exam)
        about = (*waiting, exam)
        waiting = about if trait.joined and number < count else ()
        if not waiting and trait.report is not None:
            reports.append(Report(about, trait.report, trait.state, trait.masking, trait.reports))
    return Plan(tuple(exams), tuple(reports))


def _traits(chance: random.Random) -> Iterator[_Trait]:
    """Without end: the first eleven in their order, then shuffled, two joined exams together."""
    yield from _TRAITS
    blocks = [(one,) for one in _TRAITS if not one.joined and one is not _TRAITS[2]]
    pairs: list[tuple[_Trait, ...]] = [*blocks, (_TRAITS[1], _TRAITS[2])]
    while True:
        chance.shuffle(pairs)
        for block in pairs:
            yield from block


def _times(chance: random.Random, count: int, years: int, until: date) -> list[datetime]:
    """When the exams began, latest first, in working hours; ill people come often for a while."""
    days = years * 365
    drawn = sorted(int(days * chance.random() ** 1.6) for _ in range(count))
    return [
        datetime.combine(
            until - timedelta(days=back),
            time(chance.randrange(8, 18), chance.randrange(0, 60), chance.randrange(0, 60)),
            _ZONE,
        )
        for back in drawn
    ]


def _exam(
    chance: random.Random, number: int, trait: _Trait, started: datetime, sites: Sequence[Site]
) -> Exam:
    act = chance.choices(ACTS, [one.weight for one in ACTS])[0]
    site = next((one for one in sites if one.key == trait.site), sites[number % len(sites)])
    return Exam(
        number=number,
        study=_uid(chance),
        accession=f"A{started:%y%m}{chance.randrange(10**8):08}",
        order=f"D{chance.randrange(10**9):09}",
        act=act,
        site=site,
        signer=chance.choice(site.signers),
        started=started,
        state=trait.state,
        masking=trait.masking,
        versions=trait.manifests,
        key_images=chance.random() < 0.3,
    )


def _uid(chance: random.Random) -> str:
    """A UID under 2.25, as a UUID gives it (PS3.5 B.2)."""
    return f"2.25.{chance.getrandbits(122)}"
