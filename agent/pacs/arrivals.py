"""The objects of one retrieval, as they arrive: counted by name, whatever the archive says.

A status of C-MOVE or C-GET tells little: archives end with 0000 having sent nothing, or fail with
no failed object. So a retrieval is complete when every wanted object is here, and has failed when
the archive says so, or when nothing moves for a while.
"""

from __future__ import annotations

import os
import shutil
import time
from collections import deque
from contextlib import suppress
from threading import Condition
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from functions.drimbox.oid import Uid

SUCCESS: Final = 0x0000
_OUT_OF_RESOURCES: Final = 0xA700
_NOT_AUTHORISED: Final = 0x0124


class Incomplete(Exception):
    """The retrieval has ended without some of the wanted objects. ``status``: the archive's last
    word, None when it gave none; ``missing`` of ``wanted`` objects did not come."""

    def __init__(self, status: int | None, missing: int, wanted: int) -> None:
        told = "no last word" if status is None else f"status {status:04X}"
        super().__init__(f"{missing} of {wanted} objects did not come, {told}")
        self.status = status


class Arrivals:
    """The ``wanted`` objects that come into ``folder``, which belongs to nothing else.

    ``temporary`` is the folder in which an object grows while it is received. ``silence``: after so
    many seconds in which nothing moves, nothing will come. Several threads use it.
    """

    def __init__(
        self,
        wanted: frozenset[Uid],
        folder: Path,
        temporary: Path,
        *,
        silence: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wanted = wanted
        self._folder = folder
        self._temporary = temporary
        self._silence = silence
        self._monotonic = monotonic
        self._changed = Condition()
        self._here: deque[Path] = deque()
        self._missing: set[str] = set(wanted)
        self._ended = False
        self._closed = False
        self._status: int | None = None
        self._fault: OSError | None = None
        self._moved_at = monotonic()

    def take(self, name: str, file: Path) -> int:
        """Keep the received object; the status of C-STORE (PS3.4 B.2.3). A second copy of an object
        changes nothing."""
        with self._changed:
            if self._closed or name not in self.wanted:
                return _NOT_AUTHORISED
            self._moved_at = self._monotonic()
            if name not in self._missing:
                return SUCCESS
            kept = self._folder / f"{len(self.wanted) - len(self._missing):06d}.dcm"
            try:
                hand_over(file, kept)
            except OSError as error:
                self._fault = error
                self._changed.notify_all()
                return _OUT_OF_RESOURCES
            self._missing.remove(name)
            self._here.append(kept)
            self._changed.notify_all()
            return SUCCESS

    def moving(self) -> None:
        """The archive has said that it goes on."""
        with self._changed:
            self._moved_at = self._monotonic()

    def end(self, status: int | None) -> None:
        """The archive's last word, None when the association has ended without one."""
        with self._changed:
            self._ended, self._status = True, status
            self._changed.notify_all()

    def close(self) -> None:
        """Take no object any more."""
        with self._changed:
            self._closed = True

    def __iter__(self) -> Iterator[Path]:
        """Each object as it comes, to the last one. Raises Incomplete, and OSError where an object
        could not be kept."""
        while True:
            with self._changed:
                self._wait()
                if not self._here:
                    break
                path = self._here.popleft()
            yield path
        if self._fault is not None:
            raise self._fault
        if self._missing:
            raise Incomplete(self._status, len(self._missing), len(self.wanted))

    def _wait(self) -> None:
        """Until an object is here, or none will come."""
        seen: dict[str, int] = {}
        while not self._here and self._missing and not self._has_failed:
            left = self._silence - (self._monotonic() - self._moved_at)
            if left > 0:
                self._changed.wait(left)
            elif (now := self._growing()) and now != seen:
                # A large object on a slow line is no silence.
                seen, self._moved_at = now, self._monotonic()
            else:
                return

    @property
    def _has_failed(self) -> bool:
        """After a good last word the objects may still come: some archives send them later."""
        return self._fault is not None or (self._ended and self._status != SUCCESS)

    def _growing(self) -> dict[str, int]:
        """The sizes of the objects on their way."""
        sizes = {}
        with suppress(OSError), os.scandir(self._temporary) as found:
            for one in found:
                with suppress(OSError):
                    sizes[one.name] = one.stat().st_size
        return sizes


def hand_over(file: Path, kept: Path) -> None:
    """Make the received ``file`` ours under the name ``kept``. pynetdicom still has it open, which
    keeps some systems from renaming it, and removes its own name."""
    try:
        os.link(file, kept)
    except OSError:  # another file system, or one without links
        shutil.copyfile(file, kept)
    with suppress(OSError):
        file.unlink()
