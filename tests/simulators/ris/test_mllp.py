"""The RIS over MLLP: one frame there, one frame back, and every other end told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from simulators.ris import mllp
from simulators.ris.__main__ import main
from simulators.ris.mllp import NoAcknowledgement, send

MESSAGE = b"MSH|^~\\&|A\rPID|caf\xe9\r"
ACK = b"MSH|^~\\&|B\rMSA|AA|1\r"


@contextmanager
def listening(answer: Callable[[bytes], list[bytes]]) -> Iterator[tuple[int, list[bytes]]]:
    """A server of one connection, which sends the pieces of its answer to the first frame."""
    heard: list[bytes] = []

    def serve(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            got = b""
            while not got.endswith(b"\x1c\r"):
                got += connection.recv(1000)
            heard.append(got)
            for piece in answer(got):
                connection.sendall(piece)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(30)


def test_a_message_goes_and_its_acknowledgement_comes_byte_for_byte() -> None:
    with listening(lambda _: [b"\x0b" + ACK[:5], ACK[5:] + b"\x1c", b"\r"]) as (port, heard):
        assert send("127.0.0.1", port, MESSAGE) == ACK
    assert heard == [b"\x0b" + MESSAGE + b"\x1c\r"]


@pytest.mark.parametrize("pieces", [[], [b"\x0bMSH"], [ACK + b"\x1c\r"], [b"\x0b" + bytes(30)]])
def test_another_end_is_no_acknowledgement(
    pieces: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mllp, "_MOST_BYTES", 30)
    with listening(lambda _: pieces) as (port, _), pytest.raises(NoAcknowledgement):
        send("127.0.0.1", port, MESSAGE)


def test_a_file_is_sent_from_the_command_line(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "report.hl7"
    path.write_bytes(MESSAGE)
    with listening(lambda _: [b"\x0b" + ACK + b"\x1c\r"]) as (port, heard):
        assert main(["send", f"mllp://127.0.0.1:{port}", str(path)]) == 0
    assert heard == [b"\x0b" + MESSAGE + b"\x1c\r"]
    assert capsysbinary.readouterr().out == ACK


def test_nobody_who_listens_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.hl7"
    path.write_bytes(MESSAGE)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert main(["send", f"mllp://127.0.0.1:{taken.getsockname()[1]}", str(path)]) == 1
    assert capsys.readouterr().err.startswith("ris: not acknowledged: ")
    with pytest.raises(SystemExit):
        main(["send", "https://127.0.0.1:1", str(path)])
