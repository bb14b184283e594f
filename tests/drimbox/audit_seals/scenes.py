"""An audit of some days and its seals, and a judge of seals that is not the library."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from functions.drimbox.audit_seals.sealing import Outcome, Sealing
from functions.drimbox.audit_seals.verifying import Verification, Verifier
from tests.fakes.audit_buckets import Bucket, MemorySeals, MemoryTrail
from tests.fakes.memory import VirtualClock

TENANT: Final = "demo"
DAY: Final = timedelta(days=1)
FIRST: Final = date(2026, 11, 1)
FOREVER: Final = datetime(2100, 1, 1, tzinfo=UTC)


def at(day: date, hour: int = 0) -> datetime:
    """That hour of a day, in UTC; 26 is two o'clock of the next one."""
    return datetime.combine(day, time(), UTC) + timedelta(hours=hour)


@dataclass
class Scene:
    """One tenant's two buckets, at a time that moves when told."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(at(FIRST)))
    audit: Bucket = field(init=False)
    sealed: Bucket = field(init=False)

    def __post_init__(self) -> None:
        self.audit, self.sealed = Bucket(self.clock), Bucket(self.clock)
        self.trail, self.seals = MemoryTrail(self.audit), MemorySeals(self.sealed)
        self.sealing = Sealing(TENANT, self.trail, self.seals, self.clock)

    def record(self, day: date, name: str = "a", content: str = "") -> None:
        """A record of ``day``."""
        data = json.dumps({"name": name, "content": content}).encode()
        self.audit.put(f"audit/{day}/images.retrieved/{name}.json", data)

    def seal(self, until_day: date, until: datetime = FOREVER) -> Outcome:
        """Run when ``until_day`` has just been closed."""
        self.clock.at = at(until_day, 26)
        return self.sealing.run(until)

    def verify(self, **more: Any) -> Verification:
        """Verify with the sealing of yesterday done."""
        return Verifier(TENANT, self.trail, self.seals).verify(self.clock.now(), **more)

    def faults(self, **more: Any) -> list[tuple[str, str]]:
        """Each finding's fault and the last part of its key."""
        return [(one.fault.value, one.key.split("/")[-1]) for one in self.verify(**more).findings]

    def bytes_of(self, day: date) -> bytes:
        """The bytes of a seal."""
        [found] = [
            data for one, data in self.sealed.objects.items() if one.key == f"seals/{day}.jsonl"
        ]
        assert found is not None
        return found

    def files(self) -> dict[date, bytes]:
        """Every seal."""
        return {
            date.fromisoformat(one.key[6:16]): data
            for one, data in self.sealed.objects.items()
            if one.key.startswith("seals/") and data is not None
        }


def three_days(records: int = 2) -> Scene:
    """Records of the first and the third day, all three sealed."""
    scene = Scene()
    for day in (FIRST, FIRST + 2 * DAY):
        for number in range(records):
            scene.record(day, f"r{number}")
    assert scene.seal(FIRST + 2 * DAY).sealed == 3
    return scene


def judge(scene: Scene) -> None:
    """Recompute the whole chain from the two buckets, by the page of the decision alone."""
    former = None
    for day, data in sorted(scene.files().items()):
        head, *lines = data.decode().split("\n")
        assert lines.pop() == ""
        facts = json.loads(head)
        assert facts["previous"] == former
        assert (facts["tenant"], facts["day"]) == (TENANT, str(day))
        assert facts["records"] + facts["late"] == len(lines)
        told = "".join(f"{line}\n" for line in lines).encode()
        assert facts["lines_sha256"] == hashlib.sha256(told).hexdigest()
        stored = sorted(
            [one.key, one.version, None if content is None else hashlib.sha256(content).hexdigest()]
            for one, content in scene.audit.objects.items()
            if one.key.startswith(f"audit/{day}/") and one.written_at < at(day, 26)
        )
        assert [json.loads(line) for line in lines[: facts["records"]]] == stored
        former = hashlib.sha256(data).hexdigest()
