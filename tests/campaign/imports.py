"""An import of another site's exam in the campaign: every external call fails in every way.

The functions' own code plays (``import_exam`` that starts, ``store_exam`` that goes on), against
the ports in memory. The site's PACS is reached by the real client of STOW-RS, or by the jobs of an
agent. A professional looks at the page every some minutes, and presses « Reprendre » where it
offers that. A process that was killed makes no call any more, whatever its code still does.
"""

from __future__ import annotations

import heapq
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import count, product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from functions.drimbox.agents.answering import AnswerDesk
from functions.drimbox.agents.desk import QuestionDesk
from functions.drimbox.agents.site_pacs import SiteAgent
from functions.drimbox.breaker import Breaker
from functions.drimbox.errors import DrimboxError, PacsUnavailable, StorageUnavailable, Transient
from functions.drimbox.importing import decision, progress, sending
from functions.drimbox.importing.progress import RUNNING, Progress, Stage
from functions.drimbox.importing.sending import Desk, Next
from functions.drimbox.importing.site_agent import AgentStore
from functions.drimbox.importing.site_pacs import SitePacs
from functions.drimbox.transport import open_client
from functions.import_exam import answers
from functions.store_exam import steps
from tests.campaign.agents import LastWords
from tests.campaign.faults import Fault, Strike, faults_of
from tests.campaign.importing import LOCAL, NAME, AtSite, Counted, Pacs, Program
from tests.campaign.stage import Abandoned
from tests.drimbox.agents.scenes import AGENT, BEHIND, Place
from tests.drimbox.importing.exams import STUDY, placed_exam, reading
from tests.drimbox.reading.exam_scenes import images
from tests.drimbox.reading.shelves import shelf
from tests.fakes.memory import (
    MemoryAudit,
    MemoryCircuits,
    MemoryImported,
    MemoryRecords,
    VirtualClock,
)
from tests.fakes.world import TENANT, Killed, Port

OBJECTS: Final = 5
# Objects of one part, so that the exam has three.
_PART: Final = 2
_LOOKS: Final = timedelta(minutes=6)
_MOST_LOOKS: Final = 40
_MOST_CALLS: Final = 3000
# As infra/workflows/importing.py has them: the tries of the workflow, and its longest pause.
_TRIES: Final = 24
_PAUSE: Final = timedelta(seconds=150)
_WAIT: Final = timedelta(seconds=10)
# A call waits for an agent's answer by pauses of so long, for a minute.
_MOMENT: Final = timedelta(seconds=5)
_MOMENTS: Final = 12
# Enumerated runs, for each with two faults.
_IN_A_PLACE: Final = 8
PROFESSIONAL: Final = "899700000001"


@dataclass(frozen=True, slots=True)
class Exam:
    """``by_agent``: how the PACS is reached. ``held_by``: the patient of the study that the PACS
    holds already, "" for none. ``stranger``: one image is another person's."""

    name: str
    by_agent: bool = False
    held_by: str = ""
    stranger: bool = False

    @property
    def may_go(self) -> bool:
        """Whether the exam belongs in the PACS."""
        return not self.stranger and self.held_by in {"", LOCAL}


EXAMS: Final = tuple(
    Exam(f"{name}, {way}", by_agent, held_by, stranger)
    for (way, by_agent), (name, held_by, stranger) in product(
        (("directly", False), ("by an agent", True)),
        (
            ("an exam", "", False),
            ("an exam of which the PACS holds a part", LOCAL, False),
            ("another patient's study in the PACS", "IPP999", False),
            ("an image of somebody else", "", True),
        ),
    )
)


class _Calls:
    """Numbers every call, and fails the chosen ones. A process that is dead makes none."""

    def __init__(self, strikes: tuple[Strike, ...]) -> None:
        self.names: list[str] = []
        self.struck: list[tuple[int, str, Fault]] = []
        self._strikes = {strike.at: strike for strike in strikes}
        # How each process ended that has begun and not ended its block: it makes no call any more.
        self._dead: list[type[BaseException] | None] = [None]

    @contextmanager
    def process(self) -> Iterator[None]:
        """A process of its own, until the block ends."""
        self._dead.append(None)
        try:
            yield
        finally:
            self._dead.pop()

    def call(
        self,
        name: str,
        effect: Callable[[], Any],
        special: Callable[[Fault], Any] | None = None,
    ) -> Any:
        """The answer. ``special`` plays the faults that only a call of that kind has."""
        ended = self._dead[-1]
        if ended is not None:
            raise ended
        self.names.append(name)
        if len(self.names) > _MOST_CALLS:
            raise AssertionError("a run without end")
        strike = self._strikes.get(len(self.names))
        if strike is None:
            return effect()
        fault = strike.fault(name)
        self.struck.append((len(self.names), name, fault))
        return self._fail(name, fault, effect, special)

    def _fail(
        self,
        name: str,
        fault: Fault,
        effect: Callable[[], Any],
        special: Callable[[Fault], Any] | None,
    ) -> Any:
        if fault in {Fault.KILLED_AFTER, Fault.ABANDONED, Fault.LOST, Fault.TWICE}:
            effect()
        if fault is Fault.TWICE:
            return effect()
        if fault in {Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.ABANDONED}:
            ended = Abandoned if fault is Fault.ABANDONED else Killed
            self._dead[-1] = ended
            raise ended
        if fault in {Fault.LOST, Fault.FAILED}:
            if special is not None:
                return special(fault)
            raise PacsUnavailable("injected") if "pacs" in name else StorageUnavailable("injected")
        if fault is Fault.SWALLOWED:
            return None
        assert special is not None, fault
        return special(fault)


class _InTurn:
    """The pool of threads of a call, whose calls come in one order."""

    def __init__(self, _: int) -> None: ...

    def __enter__(self) -> _InTurn:
        return self

    def __exit__(self, *_: object) -> None: ...

    map = staticmethod(map)


@dataclass
class ImportPlay:
    """One run, from the first press to its end."""

    exam: Exam
    strikes: tuple[Strike, ...] = ()
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.calls = _Calls(self.strikes)
        self.clock = VirtualClock()
        self.audit, self.imported = MemoryAudit(), MemoryImported()
        self.site = AtSite(self.calls, Pacs(self.imported), self.clock)
        self.agent = Program(self.site, self._later_at_site)
        self._circuits = MemoryCircuits()
        self.started: list[int] = []
        self.ended: dict[int, Progress] = {}
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._at_site: list[tuple[datetime, int, Callable[[], None]]] = []
        self._number = count()
        self._looks = 0
        self._folder = tempfile.TemporaryDirectory()
        self.spool = Path(self._folder.name)
        self._lay_out()

    def _lay_out(self) -> None:
        exam, self.shelf = self.exam, shelf()
        self.objects = images(*range(1, OBJECTS + 1))
        if exam.stranger:
            self.objects |= images(OBJECTS, PatientSex="M")
        placed_exam(self.shelf, reading(), self.objects)
        self.store = self.shelf.store
        if exam.held_by:
            self.site.pacs.hold(exam.held_by, *list(self.objects)[:2])
        counted: Any = Counted(self.store, self.calls, "shelf")
        self.counted = replace(self.shelf, store=counted)
        agents = (replace(AGENT, name=NAME),)
        base = replace(BEHIND, agents=agents) if exam.by_agent else TENANT
        self.tenant = replace(base, imports=True)
        self._place = Place(self.tenant, self.clock, packs=self.store)  # type: ignore[arg-type]
        self.desk = QuestionDesk(
            self._port("questions", self._place.questions),
            self._port("bell", SimpleNamespace(ring=self.agent.ring)),
            self.clock,
        )
        kept: Any = Counted(self._place.answers, self.calls, "answers")
        taking = AnswerDesk(
            self.tenant.tenant,
            self.desk,
            kept,
            self._place.criteria,
            counted,
            lambda *_: None,
        )
        self.agent.desk, self.agent.packs = taking, self.store

    def _port(self, name: str, inner: Any) -> Any:
        calls = SimpleNamespace(
            call=lambda called, effect, *args, **more: self.calls.call(
                called, lambda: effect(*args, **more)
            )
        )
        return Port(name, inner, calls)  # type: ignore[arg-type]

    # ---- the site's PACS, as the function reaches it

    def _importing(self, _: Callable[[], bool], asker: Any) -> Desk:
        return Desk(
            tenant=self.tenant,
            shelf=self.counted,
            records=self._port("records", MemoryRecords()),
            imported=self._port("imported", self.imported),
            pacs=self._pacs(asker),
            clock=self.clock,
            spool=self.spool,
            is_over=lambda: False,
        )

    def _pacs(self, asker: Any) -> Any:
        if self.exam.by_agent:
            words: Any = LastWords(self.clock)
            agent = SiteAgent(
                self.tenant, self.desk, self._port("answers", self._place.answers), words
            )
            moments = iter(range(_MOMENTS))
            return AgentStore(
                agent,
                self.counted.store,
                asker,
                self.spool,
                lambda: next(moments, None) is not None and self._let_the_site_work(),
            )
        client = open_client(transport=self.site.transport())
        breaker = Breaker(self._port("circuits", self._circuits), self.clock, timedelta(minutes=1))
        return SitePacs(
            self._port("site_pacs", self.site.pacs), client, "https://pacs.example", breaker
        )

    def _let_the_site_work(self) -> bool:
        self.clock.advance(_MOMENT)
        while self._at_site and self._at_site[0][0] <= self.clock.now():
            heapq.heappop(self._at_site)[2]()
        return True

    # ---- events

    def _later_at_site(self, after: timedelta, happen: Callable[[], None]) -> None:
        heapq.heappush(self._at_site, (self.clock.now() + after, next(self._number), happen))

    def _later(self, after: timedelta, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.clock.now() + after, next(self._number), happen))

    def play(self) -> None:
        """Everything until nothing is left to happen."""
        with ExitStack() as patched:
            patched.enter_context(self._folder)
            for module in (sending, decision):
                patched.enter_context(mock.patch.object(module, "ThreadPoolExecutor", _InTurn))
            patched.enter_context(mock.patch.object(sending, "PART_OBJECTS", _PART))
            # The DMP's word is another story (tests/handlers/test_import_exam.py).
            patched.enter_context(mock.patch.object(answers, "_is_in_force", return_value=True))
            self._later(timedelta(0), self._look)
            while self._events or self._at_site:
                waiting = [one for one in (self._events, self._at_site) if one]
                at, _, happen = heapq.heappop(min(waiting, key=lambda queue: queue[0][:2]))
                self.clock.at = max(self.clock.at, at)
                happen()
            self._leftovers = [path.name for path in self.spool.iterdir()]
        self._judge()

    # ---- the professional

    def _look(self) -> None:
        """The page, and the button that it offers."""
        self._looks += 1
        if self._looks > _MOST_LOOKS:
            self.violations.append("I9: the import never ends")
            return
        with self.calls.process():
            try:
                if self._is_over():
                    return
            except (Killed, Abandoned, DrimboxError):
                """The page fails; the professional comes again."""
        self._later(_LOOKS, self._look)

    def _is_over(self) -> bool:
        stores: Any = SimpleNamespace(
            clock=self.clock,
            audit=self._port("audit", self.audit),
            shelf=self.counted,
            imports=self._port("imports", SimpleNamespace(start=self._started)),
        )
        here = reading()
        now = progress.read(stores.shelf.store, here.keys.imported)
        request: Any = SimpleNamespace(
            reader=SimpleNamespace(
                stores=stores, facts=SimpleNamespace(subject_name_id=PROFESSIONAL)
            ),
            context=here.context,
            exams={0: here.entry},
        )
        if now is not None and answers._is_running(request, now):
            return False
        if now is not None and now.stage is Stage.DONE:
            return True
        if now is not None and now.stage is Stage.REFUSED and not self.exam.may_go:
            return True
        event: Any = {"requestContext": {"requestId": f"press-{self._looks}"}}
        answers._start(event, request, 0, here, now)
        return False

    def _started(self, page: str, exam: str, run: int) -> None:
        """As Step Functions: the same name again is the same execution."""
        if run not in self.started:
            self.started.append(run)
            self._later(timedelta(0), lambda: self._execute(0))

    # ---- the execution

    def _execute(self, tries: int) -> None:
        stores: Any = SimpleNamespace(
            shelf=self.counted,
            importing=self._importing,
            audit=self._port("audit", self.audit),
        )
        who: Any = SimpleNamespace(subject_name_id=PROFESSIONAL)
        with self.calls.process():
            try:
                following = steps._send(stores, reading(), who)
            except Abandoned:
                return
            except (Killed, Transient) as error:
                self._hear(error)
                if tries < _TRIES:
                    self._later(_PAUSE, lambda: self._execute(tries + 1))
                return
            except DrimboxError as error:
                self._hear(error)
                return
        self._check_state()
        if following is not Next.DONE:
            pause = _WAIT if following is Next.WAIT else timedelta(0)
            self._later(pause, lambda: self._execute(0))

    def _hear(self, error: BaseException) -> None:
        if any(word in str(error) for word in self._of_the_patient()):
            self.violations.append(f"I8: an error tells who the patient is: {type(error).__name__}")

    def _check_state(self) -> None:
        """The written state claims no object that the PACS does not hold."""
        now = progress.read(self.store, reading().keys.imported)
        if now is not None and set(now.stored) - set(self.site.pacs.held):
            self.violations.append("I14: the state says stored, and the PACS does not hold it")
        if now is not None and now.stage not in RUNNING:
            self.ended[now.run] = now

    @staticmethod
    def _of_the_patient() -> tuple[str, ...]:
        context = reading().context
        return context.ins.value, context.birth_family, LOCAL

    # ---- the judge

    def _judge(self) -> None:
        self.violations += self.site.pacs.violations
        self._check_state()
        for check in (self._end, self._objects, self._audited, self._work_area, self._unseen):
            self.violations += check()

    def _end(self) -> Iterator[str]:
        now = progress.read(self.store, reading().keys.imported)
        if now is None:
            yield "I1: the import has no state"
        elif self.exam.may_go and now.stage is not Stage.DONE:
            yield f"I1: the import ended as {now.stage} {now.code}"
        elif not self.exam.may_go and (now.stage is not Stage.REFUSED or not now.code):
            yield f"I14: an exam that belongs elsewhere ended as {now.stage}"

    def _objects(self) -> Iterator[str]:
        pacs = self.site.pacs
        if not self.exam.may_go:
            if pacs.taken:
                yield "I14: an object of an exam that belongs elsewhere is in the PACS"
            if self.imported.studies:
                yield "I14: a study of which nothing was sent is remembered"
            return
        if sorted(pacs.held) != sorted(self.objects):
            yield "I14: the PACS does not hold just the objects of the exam"
        known = self.imported.studies.get(STUDY)
        if known is None or not known.whole:
            yield "I14: an import that is whole is not remembered so"
        most = 1 + len(self.calls.struck)
        for name, times in pacs.taken.items():
            if times > most:
                yield f"I14: {name} was sent {times} times"

    def _audited(self) -> Iterator[str]:
        """I7: each start, and the end of each run, has one record."""
        records = self.audit.records
        ends = Counter(
            facts["run"]
            for (event, _, _), facts in records.items()
            if event == "exam.imported" and facts.get("stage") not in {None, *map(str, RUNNING)}
        )
        twice = sorted(run for run, times in ends.items() if times > 1)
        if twice:
            yield f"I7: the end of run {', '.join(twice)} has more than one record"
        for run, now in self.ended.items():
            if not ends[str(run)]:
                yield f"I7: the end of run {run} ({now.stage}) has no record"
        presses = {key for event, key, _ in records if event == "import.started"}
        if len(presses) < len(self.started):
            yield "I7: a start without its record"
        if any(facts["who"] != PROFESSIONAL for facts in records.values()):
            yield "I7: a record of nobody"

    def _work_area(self) -> Iterator[str]:
        if self._leftovers:
            yield f"I14: files are left in the spool: {len(self._leftovers)}"
        left = [key for key in self.store.objects if "/outgoing/" in key]  # type: ignore[attr-defined]
        if left:
            yield f"I14: {len(left)} objects are left on their way to the agent"

    def _unseen(self) -> Iterator[str]:
        """I8: neither a key nor a job tells who the patient is."""
        told = [*self.store.objects, *map(repr, self._place.questions.questions.values())]  # type: ignore[attr-defined]
        if any(word in text for word in self._of_the_patient() for text in told):
            yield "I8: a key, or a job, tells who the patient is"


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The result of a run."""

    number: int
    exam: Exam
    calls: tuple[str, ...]
    struck: tuple[tuple[int, str, Fault], ...]
    violations: tuple[str, ...]

    def __str__(self) -> str:
        struck = (f"  fault: call {at}, {name}: {fault}" for at, name, fault in self.struck)
        found = (f"  VIOLATION {one}" for one in self.violations)
        return "\n".join((f"import {self.number}: {self.exam.name}", *struck, *found))


def run_import(number: int, exam: Exam, strikes: tuple[Strike, ...] = ()) -> ImportResult:
    """Play it; an error that nobody expects is a violation."""
    played = ImportPlay(exam, strikes)
    try:
        played.play()
    except Exception as error:  # noqa: BLE001  # whatever it is, the run must tell it
        played.violations.append(f"I10: {type(error).__name__}: {error}")
    found = tuple(dict.fromkeys(played.violations))
    return ImportResult(number, exam, tuple(played.calls.names), tuple(played.calls.struck), found)


@lru_cache(1)
def calm_imports() -> tuple[ImportResult, ...]:
    """Each exam without a fault."""
    return tuple(run_import(-1, exam) for exam in EXAMS)


@lru_cache(1)
def import_runs() -> tuple[tuple[Exam, tuple[Strike, ...]], ...]:
    """Every call of every import in every way; then, for each eight of them, two faults by
    chance."""
    each = [
        (result.exam, (Strike(at, kind),))
        for result in calm_imports()
        for at, name in enumerate(result.calls, 1)
        for kind in range(len(faults_of(name)))
    ]
    chance = Random(7)  # noqa: S311
    pairs = [_pair(chance) for _ in range(len(each) // _IN_A_PLACE)]
    return (*each, *pairs)


def _pair(chance: Random) -> tuple[Exam, tuple[Strike, ...]]:
    result = chance.choice(calm_imports())
    places = sorted(chance.sample(range(1, len(result.calls) * 5 // 4), 2))
    return result.exam, tuple(Strike(at, chance.randrange(1000)) for at in places)


def striking_imports(call: str) -> Iterator[int]:
    """The numbers of the runs in which just one call of that name fails."""
    calls = {result.exam: result.calls for result in calm_imports()}
    for number, (exam, strikes) in enumerate(import_runs()):
        if len(strikes) == 1 and calls[exam][strikes[0].at - 1] == call:
            yield number


def play_import(number: int) -> ImportResult:
    """The run of that number. IndexError when it is not one."""
    return run_import(number, *import_runs()[number])
