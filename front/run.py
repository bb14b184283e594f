"""``python -m front.run``: nginx and the streamer of one front, until it is told to end or one of
them does.

SIGHUP has nginx read its files again: the certificates, and the revocation lists.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from front import options
from front.configuration import API_SOCKET, STREAMER_SOCKET, Front

ROOT: Final = Path(__file__).parents[1]
_PLACES: Final = "/usr/sbin:/usr/local/sbin:/usr/local/bin"
# Seconds: until the streamer listens, and for both to end.
_STARTED: Final = 30.0
_ENDED: Final = 10.0
_LOOK: Final = 0.1


class NotStarted(RuntimeError):
    """A part of the front is not there, or does not start; the message says which."""


def find_nginx() -> str | None:
    """The nginx server, None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path=_PLACES)


def run(front: Front, stopping: threading.Event, again: threading.Event) -> int:
    """Both parts, until ``stopping``; 1 when one of them ended by itself. ``again``: nginx is to
    read its files again. Raises NotStarted, and LookupError for an account that is not there."""
    nginx = find_nginx()
    if nginx is None:
        raise NotStarted("nginx is not installed (Debian: nginx-light)")
    other = front.user if os.geteuid() == 0 else ""
    if os.geteuid() == 0 and not other:
        raise NotStarted("--user must name the account of nginx's workers and of the streamer")
    home = front.home.resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if other:
        shutil.chown(home, other)
    for name in (API_SOCKET, STREAMER_SOCKET):
        # One that a killed process left would keep the next one out.
        (home / name).unlink(missing_ok=True)
    configuration = home / "nginx.conf"
    configuration.write_text(front.text())
    parts: list[subprocess.Popen[bytes]] = []
    try:
        parts.append(_started(_streamer(front, home), other))
        _await(home / STREAMER_SOCKET, parts[0])
        where = ("-p", str(home), "-e", "stderr", "-c", str(configuration))
        parts.append(_started([nginx, *where]))
        while not stopping.wait(_LOOK):
            if any(part.poll() is not None for part in parts):
                return 1
            if again.is_set():
                again.clear()
                parts[1].send_signal(signal.SIGHUP)
        return 0
    finally:
        _end(parts)


def _streamer(front: Front, home: Path) -> list[str]:
    signed = [word for base in front.signed for word in ("--signed", base)]
    storage = str(front.storage.resolve())
    where = ["--home", str(home), "--storage-ca", storage]
    return [sys.executable, "-m", "front.serve", *where, *signed]


def _started(command: list[str], user: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdin=subprocess.DEVNULL, user=user or None
    )


def _await(socket: Path, part: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _STARTED
    while not socket.exists():
        if part.poll() is not None or time.monotonic() > end:
            raise NotStarted("the streamer does not start")
        time.sleep(_LOOK)


def _end(parts: list[subprocess.Popen[bytes]]) -> None:
    for part in reversed(parts):
        part.terminate()
    for part in reversed(parts):
        try:
            part.wait(_ENDED)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


def main(arguments: Sequence[str]) -> int:
    """Command line; 1 for a value that no configuration may hold, and when a part ends."""
    stopping, again = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if os.name == "posix":
        signal.signal(signal.SIGHUP, lambda *_: again.set())
    try:
        return run(options.read(arguments, "python -m front.run", __doc__), stopping, again)
    except (NotStarted, ValueError, LookupError) as error:
        print(f"the front does not start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
