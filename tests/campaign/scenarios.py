"""The scenarios: messages, their order, and the required final state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from io import BytesIO
from itertools import accumulate
from random import Random
from typing import Final

from pydicom import Dataset, dcmwrite

from simulators.pacs.studies import rejection_note
from simulators.ris.cases import Case
from simulators.ris.messages import Form, message
from tests.fakes.memory import VirtualClock
from tests.fakes.world import CT_IMAGE, SENDER, case

# The first letter of a message's name is what it asks for: publish, replace, withdraw; O is an
# OMI^O23, which says that the images are not what they were, N the PACS's rejection note.
_ACTIONS: Final = {"P": "NW", "R": "RO", "W": "CA"}
MESSAGES: Final = ("P1", "R2", "R3", "W1", "W2", "W3")
ORDER: Final = "O1"
NOTE: Final = "N1"
# The image that the note rejects, by its number; the PACS goes on listing it.
REJECTED: Final = 3
HORIZON: Final = timedelta(days=30)
# Studies that no report names: the images of the report's own exam, and somebody else's.
ELSEWHERE: Final = "1.2.250.1.213.4.5.900"
WRONG: Final = "1.2.250.1.213.4.5.901"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message reaches us. ``name``: its action and CDA version; ``copy``: under which control id
    (the same copy again is a resend); ``after``: how long after the previous one. ``kept``: the
    site's agent brings it, which has acknowledged it, under the control id of the first report.
    """

    name: str
    copy: int = 0
    after: timedelta = timedelta(hours=1)
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """``base``: the case of the test plan. ``images_after``: when the PACS has them.

    ``images_change``: when it has others, None for never; ``images_left``: whether any are left.
    ``note_in_pacs``: it holds a note that rejects one, and still lists the image.
    ``prepares``: the tenant has every series prepared before the DMP is told; ``at_fault``: from
    when to when an object of the first study is cut, None for never; ``series``: of each study,
    the last one has the object. ``study_wait``: how long the tenant waits for a study, None for a
    minute; ``outage``: how long the DMP is away, from the beginning on. ``agent``: the site is
    behind an agent; ``agent_away``: how long it is away, likewise. ``chooses``: the study that the
    operator chooses for a report whose own one is not in the PACS, "" for none: ELSEWHERE has the
    images of the first study, and WRONG is taken back at the next visit.
    """

    name: str
    arrivals: tuple[Arrival, ...]
    base: str = "C"
    images_after: timedelta = timedelta(0)
    images_change: timedelta | None = None
    images_left: bool = True
    note_in_pacs: bool = False
    prepares: bool = False
    at_fault: tuple[timedelta, timedelta] | None = None
    series: int = 1
    study_wait: timedelta | None = None
    outage: timedelta = timedelta(0)
    agent: bool = False
    agent_away: timedelta = timedelta(0)
    chooses: str = ""

    @property
    def places(self) -> tuple[str, ...]:
        """The studies at which the reports end."""
        return (ELSEWHERE,) if self.chooses == ELSEWHERE else self.studies

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies that the messages are about."""
        return case(self.base).studies

    @property
    def last(self) -> str:
        """The message that has the last word: the latest version, then a withdrawal."""
        said = (a.name for a in self.arrivals if a.name not in {ORDER, NOTE})
        return max(said, key=lambda name: (name[1], name[0]))

    @property
    def is_told(self) -> bool:
        """An order change comes once the images have changed."""
        if self.images_change is None:
            return False
        times = accumulate(arrival.after for arrival in self.arrivals)
        return any(
            arrival.name == ORDER and at >= self.images_change
            for arrival, at in zip(self.arrivals, times, strict=True)
        )

    @property
    def is_rejected(self) -> bool:
        """The PACS rejects an image."""
        return self.note_in_pacs or any(arrival.name == NOTE for arrival in self.arrivals)

    @property
    def may_be_withdrawn(self) -> bool:
        """Something asks for a withdrawal."""
        return not self.images_left or any(arrival.name[0] == "W" for arrival in self.arrivals)

    @property
    def is_withdrawn(self) -> bool:
        """In the end nothing is to be found, by the report or because no image is left."""
        return self.last[0] == "W" or (self.is_told and not self.images_left)


@cache
def report(base: str, name: str, token: str = "") -> Case:
    """The subject of a message; ``token`` makes another patient's exam of it."""
    number = int(name[1])
    first = case(base, token)
    if name in {ORDER, NOTE}:
        return first
    changed = {} if number == 1 else {"cda_id": f"{first.cda_id}.{number}", "version": number}
    former = {2: first.cda_id, 3: f"{first.cda_id}.2"}.get(number, "")
    return replace(first, **changed, replaces=former, action=_ACTIONS[name[0]])  # type: ignore[arg-type]


@cache
def raw(base: str, arrival: Arrival) -> bytes:
    """The message, byte for byte the same each time that this copy is sent."""
    control_id = "P1-0" if arrival.kept else f"{arrival.name}-{arrival.copy}"
    form: Form = "OMI" if arrival.name == ORDER else "ORU"
    at = VirtualClock().now()
    return message(report(base, arrival.name), form, sender=SENDER, control_id=control_id, at=at)


@cache
def note(base: str) -> bytes:
    """The rejection note on the first study of the case, Part 10."""
    study = case(base).archived_studies()[0]
    root = Dataset()
    root.SOPClassUID, root.SeriesInstanceUID = CT_IMAGE, f"{study.study_instance_uid}.1"
    root.SOPInstanceUID = f"{study.study_instance_uid}.1.{REJECTED}"
    out = BytesIO()
    dcmwrite(out, rejection_note(study, [root]), enforce_file_format=True)
    return out.getvalue()


def _in_order(*names: str) -> tuple[Arrival, ...]:
    return tuple(Arrival(name) for name in names)


def _apart(*names: str) -> tuple[Arrival, ...]:
    """The first one at once, the others while it waits."""
    first, *others = names
    at_once = Arrival(first, after=timedelta(0))
    return (at_once, *(Arrival(name, after=timedelta(minutes=20)) for name in others))


SCENARIOS: Final = (
    Scenario("publish", _in_order("P1")),
    Scenario("correct", _in_order("P1", "R2")),
    Scenario("withdraw", _in_order("P1", "W1")),
    Scenario("correction before original", _in_order("R2", "P1")),
    Scenario("withdrawal before original", _in_order("W1", "P1")),
    Scenario("return after withdrawal", _in_order("P1", "W1", "R2")),
    Scenario("two studies in one report", _in_order("P1", "R2"), base="F"),
    Scenario("held then replayed", _in_order("P1"), images_after=timedelta(minutes=90)),
    Scenario("a rejection note", _in_order("P1", NOTE)),
    Scenario("a note in the PACS", _in_order("P1", ORDER), note_in_pacs=True),
    Scenario("other images", _in_order("P1", "O1"), images_change=timedelta(minutes=90)),
    # Late enough for the operator to have had what is published before.
    Scenario(
        "no image left",
        (Arrival("P1"), Arrival("O1", after=timedelta(hours=40))),
        images_change=timedelta(hours=40),
        images_left=False,
    ),
    Scenario("prepared", _in_order("P1", "R2"), prepares=True),
    Scenario(
        "an object at fault",
        _in_order("P1"),
        base="F",
        prepares=True,
        at_fault=(timedelta(0), timedelta(hours=4)),
    ),
    Scenario(
        "a correction with an object at fault",
        _in_order("P1", "R2"),
        prepares=True,
        at_fault=(timedelta(minutes=90), timedelta(hours=4)),
        series=2,
    ),
    # Never corrected: that keeps nobody from the withdrawal.
    Scenario(
        "an object at fault, then withdrawn",
        _in_order("P1", "W1"),
        prepares=True,
        at_fault=(timedelta(0), HORIZON),
    ),
    Scenario(
        "images that come later",
        _apart("P1"),
        images_after=timedelta(minutes=25),
        study_wait=timedelta(hours=4),
    ),
    Scenario("kept at the site", (Arrival("P1"), Arrival("R2", kept=True))),
    Scenario("corrected while it waits", _apart("P1", "R2"), outage=timedelta(minutes=50)),
    Scenario("withdrawn while it waits", _apart("P1", "W1"), outage=timedelta(minutes=50)),
    Scenario("a study chosen by an operator", _in_order("P1"), chooses=ELSEWHERE),
    Scenario(
        "a chosen study, then corrected",
        (Arrival("P1"), Arrival("R2", after=timedelta(hours=6))),
        chooses=ELSEWHERE,
    ),
    Scenario(
        "a chosen study, then withdrawn",
        (Arrival("P1"), Arrival("W1", after=timedelta(hours=6))),
        chooses=ELSEWHERE,
    ),
    Scenario("withdrawn while it moves", _in_order("P1", "W1"), chooses=ELSEWHERE),
    Scenario(
        "a choice that is undone", _in_order("P1"), images_after=timedelta(hours=3), chooses=WRONG
    ),
    Scenario("behind an agent", _in_order("P1", "R2"), prepares=True, agent=True),
    Scenario("a rejection note behind an agent", _in_order("P1", NOTE), prepares=True, agent=True),
    Scenario(
        "an object at fault behind an agent",
        _in_order("P1"),
        base="F",
        prepares=True,
        at_fault=(timedelta(0), timedelta(hours=4)),
        agent=True,
    ),
    Scenario(
        "images that come later, behind an agent",
        _apart("P1"),
        images_after=timedelta(minutes=25),
        study_wait=timedelta(hours=4),
        agent=True,
    ),
    Scenario(
        "corrected while the agent is away",
        _apart("P1", "R2"),
        agent=True,
        agent_away=timedelta(minutes=50),
    ),
)


def random_scenario(seed: Random) -> Scenario:
    """At most five messages, some of them twice, minutes or nothing apart."""
    chosen = [seed.choice(MESSAGES) for _ in range(seed.randint(1, 5))]
    gaps = (timedelta(0), timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=20))
    arrivals = [Arrival(name, seed.randint(0, 1), seed.choice(gaps)) for name in chosen]
    base = "F" if seed.random() < 0.15 else "C"
    images_after = timedelta(minutes=seed.choice((0, 0, 0, 10)))
    change = None
    if seed.random() < 0.3:
        # The images change between two messages, and the RIS says so some time later.
        change = images_after + seed.choice(gaps)
        place = seed.randint(0, len(arrivals))
        arrivals.insert(place, Arrival(ORDER, after=seed.choice(gaps)))
        arrivals.append(Arrival(ORDER, copy=1, after=change))
    prepares = seed.random() < 0.3
    at_fault = None
    if prepares and seed.random() < 0.3:
        since = seed.choice(gaps)
        at_fault = (since, since + timedelta(hours=seed.choice((1, 12))))
    agent = seed.random() < 0.3
    away = timedelta(minutes=seed.choice((0, 0, 40))) if agent else timedelta(0)
    return Scenario(
        "random",
        tuple(arrivals),
        base=base,
        images_after=images_after,
        images_change=change,
        prepares=prepares,
        at_fault=at_fault,
        agent=agent,
        agent_away=away,
    )


def describe(arrivals: Sequence[Arrival]) -> str:
    """The messages in words."""
    return ", ".join(f"{a.name}/{a.copy} +{a.after.total_seconds():g}s" for a in arrivals)


def describe_span(span: tuple[timedelta, timedelta] | None) -> str:
    """From when to when, in words."""
    return "never" if span is None else f"from {span[0]} to {span[1]}"
