"""Taking responsibility for a message: durable before AA, one effect, nothing kept of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.drimbox.errors import NotHl7, StorageUnavailable
from functions.drimbox.publication.inbox import message_key
from functions.drimbox.publication.receive import Desk, Reception, receive
from simulators.ris.messages import message
from tests.fakes.memory import (
    MemoryAudit,
    MemoryBlobs,
    MemoryQueue,
    MemoryRefused,
    VirtualClock,
)
from tests.fakes.world import SENDER, SUBJECT, TENANT, case


class BrokenQueue(MemoryQueue):
    """A queue that fails the next time."""

    broken = True

    def send(self, message_id: str, *, replay: int, received_at: datetime) -> None:
        if self.broken:
            self.broken = False
            raise StorageUnavailable("queue send: x")
        super().send(message_id, replay=replay, received_at=received_at)


@dataclass
class RacedBlobs(MemoryBlobs):
    """Another reception of the same key lands just before each first write."""

    faster: dict[str, bytes] = field(default_factory=dict)

    def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:
        for start, other in self.faster.items():
            if key.startswith(start):
                self.objects.setdefault(key, other)
        return super().put_once(key, data, content_type)


@dataclass
class Counter:
    """A desk in memory."""

    inbox: MemoryBlobs = field(default_factory=MemoryBlobs)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    refused: MemoryRefused = field(default_factory=MemoryRefused)

    def take(self, raw: bytes, subject: str = SUBJECT) -> Reception:
        desk = Desk(TENANT, self.inbox, self.queue, self.audit, VirtualClock(), self.refused)
        return receive(raw, subject, desk)


def report(control_id: str = "1", sender: tuple[str, str] = SENDER) -> bytes:
    return message(case("C"), control_id=control_id, at=VirtualClock().now(), sender=sender)


def test_aa_means_stored_queued_and_recorded() -> None:
    counter = Counter()
    taken = counter.take(report())
    assert taken.code == "AA"
    assert counter.inbox.objects[message_key(taken.message_id)] == report()
    assert [sent[:2] for sent in counter.queue.messages] == [(taken.message_id, 0)]
    assert counter.audit.events() == [("message.received", "accepted")]
    assert "279035121518989" not in str(list(counter.inbox.objects))


def test_the_same_bytes_again_get_the_same_acknowledgement_and_one_effect() -> None:
    counter = Counter()
    first, again = counter.take(report()), counter.take(report())
    assert again == first
    assert len(counter.queue.messages) == 1
    assert counter.audit.events() == [("message.received", "accepted")]


def test_other_bytes_under_the_same_control_id_are_refused_told_and_recorded() -> None:
    counter = Counter()
    first = counter.take(report())
    other = report().replace(b"IPP101", b"IPP102")
    reused = counter.take(other)
    assert (reused.code, reused.control_id_reused) == ("AE", True)
    assert b"|MSH^1^10|205^Duplicate key identifier^HL70357|E|||control_id_reused|" in reused.ack
    assert counter.inbox.objects[message_key(first.message_id)] == report()
    assert len(counter.queue.messages) == 1
    assert ("message.refused", "control_id_reused") in counter.audit.events()


def test_a_message_that_could_not_be_queued_is_refused_then_queued_once() -> None:
    counter = Counter(queue=BrokenQueue())
    refused = counter.take(report())
    assert (refused.code, refused.control_id_reused) == ("AR", False)
    assert b"storage_unavailable" in refused.ack
    assert counter.take(report()).code == "AA"
    assert len(counter.queue.messages) == 1


@pytest.mark.parametrize("same", [True, False])
def test_two_receptions_at_once_agree(same: bool) -> None:
    other = report() if same else report().replace(b"IPP101", b"IPP102")
    counter = Counter(inbox=RacedBlobs(faster={"messages/": other}))
    taken = counter.take(report())
    assert taken.code == ("AA" if same else "AE")
    assert taken.control_id_reused is not same
    assert len(counter.queue.messages) == (1 if same else 0)


def test_of_two_acknowledgements_the_first_stored_is_given() -> None:
    counter = Counter(inbox=RacedBlobs(faster={"acks/": b"MSH|the first one"}))
    assert counter.take(report()).ack == b"MSH|the first one"


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (report(sender=("OTHER", "AMBROISE")), SUBJECT),
        (report(sender=("DRIM_RIS", "OTHER")), SUBJECT),
        (report(), "CN=other.example,C=FR"),
    ],
)
def test_sender_and_certificate_must_be_declared_together(raw: bytes, subject: str) -> None:
    counter = Counter()
    refused = counter.take(raw, subject)
    assert refused.code == "AE"
    assert b"|MSH^1^3|204^Unknown key identifier^HL70357|E|||undeclared_sender|" in refused.ack
    assert counter.inbox.objects == {}
    assert counter.queue.messages == []
    assert counter.audit.events() == [("message.refused", "undeclared_sender")]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw.replace(b"PID|", b"PIX|"),
        lambda raw: raw.replace(b"^Base64^", b"^Base64^AAAA"),
        lambda raw: raw.partition(b"\r")[0],
    ],
)
def test_a_wrong_message_is_ae_and_nothing_of_it_is_kept(spoil: Callable[[bytes], bytes]) -> None:
    counter = Counter()
    refused = counter.take(spoil(report()))
    assert refused.code == "AE"
    assert counter.inbox.objects == {}
    assert counter.queue.messages == []
    ((event, _),) = counter.audit.events()
    assert event == "message.refused"
    (facts,) = counter.audit.records.values()
    assert set(facts) == {"who", "message_id", "location"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: report()[:200] + tail))
def test_any_bytes_are_acknowledged_or_are_not_hl7(raw: bytes) -> None:
    counter = Counter()
    try:
        taken = counter.take(raw)
    except NotHl7:
        assert counter.audit.events() == []
    else:
        assert taken.ack.startswith(b"MSH|")
        assert taken.code == "AE"
    assert counter.inbox.objects == {}
    assert counter.queue.messages == []
