"""The desk: the cloud's answer or the site's own, and each sender's order."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.mllp.desk import DIRECT, DIRECT_LARGE, Answer, Desk, Sender
from agent.spool.courier import Acknowledged, Away, Code, Outcome, Refused
from agent.spool.keeper import Keeper, Room
from agent.spool.line import Line, LineState
from agent.spool.store import Head
from functions.drimbox.publication.receive import Desk as Reception
from functions.drimbox.publication.receive import receive
from functions.drimbox.report.hl7 import MAX_DIRECT_BYTES
from tests.agent.scenes import (
    ADMITTED,
    GONE,
    LANE,
    PLENTY,
    ROOM,
    Cloud,
    report,
    said,
    spool_at,
    without_document,
)
from tests.fakes.memory import (
    MemoryAudit,
    MemoryBlobs,
    MemoryQueue,
    MemoryRefused,
    VirtualClock,
)
from tests.fakes.world import SENDER, SUBJECT, TENANT

REFUSED = Refused(404, everything=True)


@dataclass
class Scene:
    """A desk; ``folder`` None for one that keeps nothing."""

    folder: Path | None
    cloud: Cloud = field(default_factory=Cloud)
    room: Room = ROOM
    free: int = PLENTY
    declared: Collection[Sender] | None = None
    faults: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = VirtualClock()
        self.line = Line(self.clock)
        self.keeper = None
        if self.folder is not None:
            self.spool = spool_at(self.folder)
            self.keeper = Keeper(
                self.spool,
                self.room,
                lambda: self.free,
                self.clock,
                lambda: self.clock.now().timestamp(),
            )
        self.desk = Desk(
            TENANT.tenant,
            ZoneInfo("Europe/Paris"),
            self.cloud,
            self.line,
            self.clock,
            self.keeper,
            lambda: self.declared,
            self.faults.append,
        )

    def ask(self, *raws: bytes) -> list[Answer | None]:
        """The answers, one after the other."""

        async def play() -> list[Answer | None]:
            return [await self.desk.answer(raw, ADMITTED) for raw in raws]

        return asyncio.run(play())

    def told(self, raw: bytes) -> tuple[str, str, str, str]:
        """MSA-1, MSA-2, ERR-7 and the place of the answer."""
        (answer,) = self.ask(raw)
        assert answer is not None
        assert said(answer.ack)[0] == answer.code
        return (*said(answer.ack), answer.how)


def test_the_clouds_own_acknowledgement_is_passed_byte_for_byte(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    cases: list[tuple[bytes, Code]] = [(report("1"), "AA"), (without_document("2"), "AE")]
    for raw, code in cases:
        (answer,) = scene.ask(raw)
        desk = Reception(
            TENANT, MemoryBlobs(), MemoryQueue(), MemoryAudit(), VirtualClock(), MemoryRefused()
        )
        assert answer == Answer(receive(raw, SUBJECT, desk).ack, code, "cloud")
    assert scene.cloud.calls == [("1", False), ("2", False)]
    assert not scene.spool.waiting


def test_the_clouds_not_now_is_the_senders_to_hear(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(Acknowledged("AR", b"MSH|its own")))
    assert scene.ask(report("1")) == [Answer(b"MSH|its own", "AR", "cloud")]
    assert not scene.spool.waiting


def test_while_the_cloud_is_away_a_right_message_is_kept_then_accepted(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    assert scene.told(report("1")) == ("AA", "1", "", "kept")
    stored = scene.spool.load(1)
    assert stored is not None
    assert stored.raw == report("1")
    assert stored.accepted_at == scene.clock.now()


@pytest.mark.parametrize("charset", ["utf-8", "iso8859-1"])
def test_the_bytes_stay_as_they_came(tmp_path: Path, charset: str) -> None:
    raw = report("1").replace(
        b"UNICODE UTF-8", b"8859/1" if charset != "utf-8" else b"UNICODE UTF-8"
    )
    raw = raw.replace(b"ARDOUIN", "ÉDOUIN".encode(charset))
    scene = Scene(tmp_path, Cloud(GONE))
    assert scene.told(raw)[0] == "AA"
    stored = scene.spool.load(1)
    assert stored is not None
    assert stored.raw == raw


def test_while_the_cloud_is_away_a_wrong_message_is_refused_as_the_cloud_would(
    tmp_path: Path,
) -> None:
    there, away = Scene(tmp_path / "a"), Scene(tmp_path / "b", Cloud(GONE))
    for raw in (without_document("1"), report("").replace(b"|ORU^R01^ORU_R01|", b"|ADT^A01|")):
        told = there.told(raw)
        assert told[:1] == ("AE",)
        assert away.told(raw) == (*told[:3], "site")
    assert not away.spool.waiting


def test_an_order_change_is_read_by_its_own_reader(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    assert scene.told(report("1", form="OMI")) == ("AA", "1", "", "kept")
    assert scene.told(report("2", form="OMI").replace(b"IPC|", b"IPX|"))[:3] == (
        "AE",
        "2",
        "segment_missing",
    )


def test_the_same_message_again_is_kept_once_and_answered_alike(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    first, second = scene.ask(report("1"), report("1"))
    scene.clock.advance(timedelta(minutes=5))
    assert scene.ask(report("1")) == [first] == [second]
    assert scene.spool.waiting == 1


def test_another_message_under_a_kept_name_is_refused(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    scene.ask(report("1"))
    other = report("1").replace(b"|P|2.5|", b"|T|2.5|")
    assert scene.told(other) == ("AE", "1", "control_id_reused", "site")


def test_behind_a_kept_message_of_its_sender_the_next_one_is_kept_too(tmp_path: Path) -> None:
    """Else a correction could come before the report that it corrects."""
    scene = Scene(tmp_path, Cloud(GONE))
    scene.ask(report("1"))
    scene.cloud.away = None
    scene.line.note(Acknowledged("AA", b""), "x")
    assert scene.told(report("2"))[3] == "kept"
    assert [name for name, _ in scene.cloud.calls] == ["1"]
    for number in (1, 2):
        scene.spool.remove(Head(number, LANE, 0))
    assert scene.told(report("3"))[3] == "cloud"


def test_a_cloud_known_to_be_away_is_not_waited_for(tmp_path: Path) -> None:
    other = ("AUTRE_RIS", "AMBROISE")
    scene = Scene(tmp_path, Cloud(GONE))
    scene.ask(report("1"))

    async def ask() -> Answer | None:
        return await scene.desk.answer(report("1", sender=other), frozenset({other}))

    answer = asyncio.run(ask())
    assert answer is not None
    assert answer.how == "kept"
    assert len(scene.cloud.calls) == 1


def test_without_room_the_sender_keeps_its_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE), free=ROOM.least_free - 1)
    assert scene.told(report("1")) == ("AR", "1", "agent_no_room", "site")
    assert scene.told(without_document("2"))[0] == "AE"
    scene.free = ROOM.least_free
    assert scene.told(report("1"))[0] == "AA"
    scene.clock.advance(ROOM.patience)
    assert scene.told(report("3")) == ("AR", "3", "agent_no_room", "site")
    assert scene.spool.waiting == 1


def test_a_disk_that_does_not_answer_is_no_room(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    scene.spool.close()
    assert scene.told(report("1")) == ("AR", "1", "agent_no_room", "site")


def test_an_agent_that_the_cloud_refuses_takes_no_responsibility(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(REFUSED))
    assert scene.told(report("1")) == ("AR", "1", "agent_not_admitted", "site")
    assert not scene.spool.waiting


def test_an_agent_that_is_refused_while_it_keeps_messages_takes_no_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE))
    scene.ask(report("1"))
    for name in "xy":
        scene.line.note(REFUSED, name)
    assert scene.told(report("2")) == ("AR", "2", "agent_not_admitted", "site")
    assert scene.spool.waiting == 1


def test_a_message_that_the_cloud_cannot_take_at_all_is_wrong(tmp_path: Path) -> None:
    """AR would have its sender repeat it for ever."""
    scene = Scene(tmp_path, Cloud(Refused(413, everything=False)))
    assert scene.told(report("1"))[:3] == ("AE", "1", "agent_gateway_refuses")
    assert not scene.spool.waiting


def large(control_id: str) -> bytes:
    return report(control_id) + b"\rZZZ|" + b"x" * MAX_DIRECT_BYTES


def test_a_large_message_is_kept_at_once_and_says_nothing_of_the_line(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert scene.told(large("1")) == ("AA", "1", "", "kept")
    assert not scene.cloud.calls
    assert scene.line.state is LineState.UNKNOWN


def test_a_relay_gives_a_large_message_more_time() -> None:
    seen: list[float] = []
    scene = Scene(None)
    whole = scene.cloud.carry

    async def carry(raw: bytes, control_id: str, *, within: float, **more: Any) -> Outcome:
        seen.append(within)
        return await whole(raw, control_id, within=within, **more)

    scene.cloud.carry = carry  # type: ignore[method-assign]
    for raw in (report("1"), large("2")):
        assert scene.told(raw)[0] == "AA"
    assert seen == [DIRECT, DIRECT_LARGE]


def test_a_bug_of_ours_is_answered_and_told_without_the_message(tmp_path: Path) -> None:
    scene = Scene(tmp_path)

    def fails() -> None:
        raise TypeError("MSH|secret")

    scene.cloud.before = fails
    assert scene.told(report("1")) == ("AR", "1", "agent_fault", "site")
    assert [type(error) for error in scene.faults] == [TypeError]


@pytest.mark.parametrize("outcome", [GONE, Away("untrusted"), Away("timeout")])
def test_a_relay_keeps_nothing_and_says_not_now(outcome: Outcome) -> None:
    scene = Scene(None, Cloud(outcome))
    assert scene.told(report("1")) == ("AR", "1", "agent_gateway_away", "site")
    scene.cloud.away = None
    assert scene.told(report("1")) == ("AA", "1", "", "cloud")


def test_an_undeclared_sender_reaches_nobody(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    stranger = report("1", sender=("OTHER", "AMBROISE"))
    assert scene.told(stranger) == ("AE", "1", "agent_undeclared_sender", "site")
    assert not scene.cloud.calls


def test_a_sender_that_the_cloud_does_not_name_is_not_kept(tmp_path: Path) -> None:
    scene = Scene(tmp_path, Cloud(GONE), declared=[("OTHER", "SITE")])
    assert scene.told(report("1")) == ("AE", "1", "agent_undeclared_sender", "site")
    scene.declared = [SENDER]
    assert scene.told(report("1"))[0] == "AA"


@pytest.mark.parametrize("raw", [b"", b"PID|1", b"MSH", b"\xff" * 40])
def test_bytes_without_a_readable_msh_get_no_answer(tmp_path: Path, raw: bytes) -> None:
    scene = Scene(tmp_path)
    assert scene.ask(raw) == [None]
    assert scene.desk.too_large(raw) is None
    assert not scene.cloud.calls


def test_a_frame_that_is_too_large_is_refused_by_its_head(tmp_path: Path) -> None:
    answer = Scene(tmp_path).desk.too_large(report("7")[:4096])
    assert answer is not None
    assert said(answer.ack) == ("AE", "7", "message_too_large")


def test_messages_of_one_sender_take_their_turn(tmp_path: Path) -> None:
    """Two connections of one sender at once: the second one waits for the first one's answer."""
    scene = Scene(tmp_path)
    order: list[str] = []
    scene.cloud.before = lambda: order.append("asked")

    async def ask(control_id: str) -> None:
        await scene.desk.answer(report(control_id), ADMITTED)
        order.append("answered")

    async def play() -> None:
        await asyncio.gather(*(ask(str(n)) for n in range(3)))

    asyncio.run(play())
    assert order == ["asked", "answered"] * 3


def test_an_acknowledgement_is_on_the_sites_clock(tmp_path: Path) -> None:
    (answer,) = Scene(tmp_path, Cloud(GONE)).ask(report("1"))
    assert answer is not None
    assert b"|20261124100000+0100||ACK^R01^ACK|" in answer.ack
