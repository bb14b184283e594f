"""The sign of life of a function that works for long."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from functions.aws import logging
from functions.aws.entry import place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta


@contextmanager
def beating(beat: Callable[[], bool], every: timedelta) -> Iterator[None]:
    """Implements ``jobs.desk.Pulse``, by a thread that has ended when the block has.

    So the thread writes nothing in a later invocation, for which Lambda thaws the process. An error
    of a beat is logged, and the next beat comes all the same.
    """
    over = threading.Event()

    def beats() -> bool:
        try:
            return beat()
        except Exception as error:  # noqa: BLE001  # nobody would hear of it
            logging.error("no sign of life", error=place(error))
            return True

    def run() -> None:
        while not over.wait(every.total_seconds()) and beats():
            pass

    thread = threading.Thread(target=run, name="pulse", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
