"""Our listener: only declared callers, only wanted objects, notes under their own title."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.association import Association
from pynetdicom.presentation import build_context

from agent.config.model import Caller
from agent.pacs.receiver import Listener, Receiver
from functions.drimbox.oid import Uid
from tests.agent.pacs.scripted import (
    KO,
    LOCAL,
    NOTES,
    OURS,
    THEIRS,
    TIMES,
    Parts,
    data_set,
    parts_before,
)
from tests.drimbox.images.samples import CT, EXPLICIT, JPEG_LS, SERIES, instance, selection

PRIVATE = "1.2.250.9.99.1"


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with parts_before(1, tmp_path) as made:
        yield made


@contextmanager
def calling(
    parts: Parts, *, us: str = THEIRS, called: str = OURS, sop_class: str = CT
) -> Iterator[Association]:
    entity = AE(us)
    syntaxes = [UID(JPEG_LS), UID(EXPLICIT)]
    contexts = [build_context(sop_class, [one]) for one in syntaxes]
    contexts.append(build_context("1.2.840.10008.1.1"))
    association = entity.associate("127.0.0.1", parts.receiver.port, contexts, called)
    try:
        yield association
    finally:
        association.release()


def ct(number: int = 1, **changes: Any) -> Dataset:
    return data_set(instance(number, **changes))


def test_a_wanted_object_arrives_whole(parts: Parts, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    wanted = frozenset({Uid(f"{SERIES}.1")})
    with parts.expected.expecting(wanted, kept) as arrivals, calling(parts) as association:
        assert association.send_c_echo().Status == 0
        assert association.send_c_store(ct()).Status == 0
        assert association.send_c_store(ct(2)).Status == 0x0124
        (path,) = arrivals
    found = data_set(path.read_bytes())
    assert found.PixelData == ct().PixelData
    assert found.file_meta.TransferSyntaxUID == EXPLICIT
    assert list(parts.received.iterdir()) == []


def test_an_object_of_a_private_class_is_taken_too(parts: Parts, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    one = ct(SOPClassUID=PRIVATE)
    one.file_meta.MediaStorageSOPClassUID = UID(PRIVATE)
    with (
        parts.expected.expecting(frozenset({Uid(f"{SERIES}.1")}), kept) as arrivals,
        calling(parts, sop_class=PRIVATE) as association,
    ):
        assert association.send_c_store(one).Status == 0
        assert len(list(arrivals)) == 1


def test_without_a_retrieval_nothing_is_taken(parts: Parts) -> None:
    with calling(parts) as association:
        assert association.send_c_store(ct()).Status == 0x0124
    assert list(parts.received.iterdir()) == []


@pytest.mark.parametrize(("us", "called", "why"), [("OTHER", OURS, 3), (THEIRS, "OTHER", 7)])
def test_a_title_that_is_not_declared_is_rejected(
    us: str, called: str, why: int, parts: Parts
) -> None:
    with calling(parts, us=us, called=called) as association:
        assert association.is_rejected
        answer = association.acceptor.primitive
        assert answer is not None
        assert (answer.result, answer.diagnostic) == (1, why)


def test_an_address_that_is_not_declared_is_not_heard(parts: Parts, tmp_path: Path) -> None:
    elsewhere = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    listener = Listener(OURS, "127.0.0.1", 0, (Caller(THEIRS, elsewhere),))
    receiver = Receiver(listener, parts.expected, lambda *_: 0, times=TIMES)
    receiver.start()
    try:
        with socket.create_connection(("127.0.0.1", receiver.port), 2) as connection:
            assert connection.recv(1) == b""
    finally:
        receiver.stop()
    assert receiver.port == 0


def test_title_and_address_belong_together(parts: Parts) -> None:
    callers = (Caller(THEIRS, (ip_network("192.0.2.0/24"),)), Caller("OTHER", LOCAL))
    receiver = Receiver(
        Listener(OURS, "127.0.0.1", 0, callers), parts.expected, lambda *_: 0, times=TIMES
    )
    receiver.start()
    try:
        for us, rejected in ((THEIRS, True), ("OTHER", False)):
            association = AE(us).associate(
                "127.0.0.1", receiver.port, [build_context("1.2.840.10008.1.1")], OURS
            )
            assert association.is_rejected is rejected
            association.release()
    finally:
        receiver.stop()


def test_a_judge_that_fails_rejects(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parts.receiver, "_reason", broken)
    with calling(parts) as association:
        assert association.is_rejected


def test_notes_come_under_their_own_title_alone(parts: Parts) -> None:
    note = data_set(selection("113001", "1.2.99.2", f"{SERIES}.12"))
    with calling(parts, called=NOTES, sop_class=KO) as association:
        assert association.send_c_store(note).Status == 0
    with calling(parts, sop_class=KO) as association:
        assert association.send_c_store(note).Status == 0x0124
    ((path, sop_class, name),) = parts.notes
    assert (sop_class, name) == (KO, "1.2.99.2")
    assert not path.exists()


def test_a_caller_that_stalls_holds_nobody_up(parts: Parts) -> None:
    with socket.create_connection(("127.0.0.1", parts.receiver.port)) as stalled:
        stalled.sendall(b"\x01\x00\x00\x00\x01\x00half")
        with calling(parts) as association:
            assert association.send_c_echo().Status == 0
        begun = monotonic()
        stalled.settimeout(TIMES.network + 5)
        while stalled.recv(100):  # an abort, then the end
            pass
        assert monotonic() - begun < TIMES.network + 4


def test_it_stops_with_its_associations(tmp_path: Path) -> None:
    with parts_before(1, tmp_path) as parts, calling(parts) as association:
        port = parts.receiver.port
        parts.receiver.stop()
        end = monotonic() + 5
        while association.is_established and monotonic() < end:
            sleep(0.05)
        assert not association.is_established
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), 2)


def test_a_port_that_is_taken_is_said(parts: Parts) -> None:
    listener = Listener(OURS, "127.0.0.1", parts.receiver.port, (Caller(THEIRS, LOCAL),))
    with pytest.raises(OSError, match="in use"):
        Receiver(listener, parts.expected, lambda *_: 0, times=TIMES).start()


def test_several_send_at_once(parts: Parts, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    wanted = frozenset(Uid(f"{SERIES}.{number}") for number in range(1, 9))

    def send(numbers: range) -> None:
        with calling(parts) as association:
            for number in numbers:
                assert association.send_c_store(ct(number)).Status == 0

    with parts.expected.expecting(wanted, kept) as arrivals:
        threads = [Thread(target=send, args=(range(n, 9, 2),)) for n in (1, 2)]
        for thread in threads:
            thread.start()
        names = {data_set(path.read_bytes()).SOPInstanceUID for path in arrivals}
        for thread in threads:
            thread.join()
    assert names == wanted
