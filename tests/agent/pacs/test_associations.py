"""Associations: opened within limits, refused in words, always ended."""

from __future__ import annotations

import socket
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
from pynetdicom import evt
from pynetdicom.presentation import build_context

from agent.pacs import associations as module
from agent.pacs.associations import Associations, Peer, Times
from functions.drimbox.errors import Held, PacsUnavailable
from tests.agent.pacs.scripted import OURS, THEIRS, TIMES, Script

ECHO = [build_context("1.2.840.10008.1.1")]


def before(port: int, *, host: str = "127.0.0.1", theirs: str = THEIRS) -> Associations:
    return Associations(OURS, Peer(host, port, theirs), times=TIMES, at_once=2)


def test_an_association_is_ended_whatever_happens_in_it() -> None:
    with Script().serving() as port:
        with before(port).open(ECHO) as good:
            assert good.send_c_echo().Status == 0
        assert good.is_released
        with pytest.raises(ZeroDivisionError), before(port).open(ECHO) as bad:
            raise ZeroDivisionError
        assert not bad.is_established
        assert not bad.is_released


@pytest.mark.parametrize("wrong", ["ours", "theirs"])
def test_an_archive_that_does_not_know_a_title_is_for_a_human(wrong: str) -> None:
    script = Script(callers=["OTHER"] if wrong == "ours" else [OURS])
    theirs = "OTHER" if wrong == "theirs" else THEIRS
    with (
        script.serving() as port,
        pytest.raises(Held, match="pacs_refused") as held,
        before(port, theirs=theirs).open(ECHO),
    ):
        pass
    assert held.value.detail.startswith("rejected: 1, 1, ")


def test_a_refusal_that_is_faster_than_our_look_at_the_connection_is_read() -> None:
    # Orthanc rejects and closes within a millisecond: on a busy machine both come before pynetdicom
    # looks whether it is connected.
    def wait_for_the_close(event: evt.Event) -> None:
        event.assoc.dul.join(5)

    with (
        Script(callers=["OTHER"]).serving() as port,
        pytest.raises(Held, match="pacs_refused") as held,
        before(port).open(ECHO, handlers=[(evt.EVT_REQUESTED, wait_for_the_close)]),
    ):
        pass
    assert held.value.detail == "rejected: 1, 1, 3"


def test_an_archive_that_is_full_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pynetdicom.ae.ApplicationEntity.maximum_associations", 0)
    with (
        Script().serving() as port,
        pytest.raises(PacsUnavailable, match="rejected: 2, 3, 2"),
        before(port).open(ECHO),
    ):
        pass


def test_an_archive_without_the_service_is_unavailable() -> None:
    with (
        Script().serving() as port,
        pytest.raises(PacsUnavailable),
        before(port).open([build_context("1.2.840.10008.5.1.4.31")]),
    ):
        pass


def test_a_host_that_is_not_there_or_has_no_name_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(PacsUnavailable, match="no association"), before(port).open(ECHO):
        pass
    with (
        pytest.raises(PacsUnavailable, match="no address"),
        before(port, host="pacs.invalid").open(ECHO),
    ):
        pass


def test_a_host_that_says_nothing_is_left_in_time() -> None:
    times = Times(connect=1.0, acse=0.5, dimse=1.0, network=1.0)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        peer = Peer("127.0.0.1", mute.getsockname()[1], THEIRS)
        begun = monotonic()
        with (
            pytest.raises(PacsUnavailable),
            Associations(OURS, peer, times=times, at_once=1).open(ECHO),
        ):
            pass
        assert monotonic() - begun < 5


def test_a_host_that_stops_in_the_middle_of_a_message_is_left_in_time() -> None:
    """pynetdicom itself would wait for the rest of it for ever."""
    times = Times(connect=1.0, acse=3.0, dimse=1.0, network=0.5)

    def half(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"\x02\x00\x00\x00\x01\x00half")
            sleep(2)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=half, args=(server,))
        thread.start()
        peer = Peer("127.0.0.1", server.getsockname()[1], THEIRS)
        begun = monotonic()
        with (
            pytest.raises(PacsUnavailable),
            Associations(OURS, peer, times=times, at_once=1).open(ECHO),
        ):
            pass
        assert monotonic() - begun < 5
        thread.join()


def test_two_associations_at_once_and_no_third(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TURN", 0.1)
    with Script().serving() as port:
        associations = before(port)
        with (
            associations.open(ECHO),
            associations.open(ECHO),
            pytest.raises(PacsUnavailable, match="no association is free"),
            associations.open(ECHO),
        ):
            pass
        with associations.open(ECHO) as again:
            assert again.is_established


def test_every_message_leaves_at_once(tmp_path: Path) -> None:
    with Script().serving() as port, before(port).open(ECHO) as association:
        connection = association.dul.socket
        assert connection is not None
        assert connection.socket is not None
        assert connection.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert connection.socket.gettimeout() == TIMES.network
