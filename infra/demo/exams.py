"""The sixty exams of the demonstration: one before ``make run`` is ready, the others behind it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import httpx

from infra.demo.elsewhere import Elsewhere, NotPublished
from infra.demo.journey import histories
from infra.demo.layout import Layout
from simulators.history.history import History
from simulators.pacs.load import LoadError

# How many of the latest exams of each history have images: sixty, since five have no manifest.
_WITH_IMAGES: Final = (11, 49, 5)
# The exam of the first history that is there at once: the prior of its latest one.
FIRST_EXAM: Final = 7
_LOWEST_PRIORITY: Final = 19
_TURNS: Final = 5


def first_exam(layout: Layout, made: History) -> None:
    """Make and publish one exam of the journey's patient, at the second tenant.

    Raises NotPublished, LoadError or httpx.HTTPError.
    """
    [about] = [one for one in made.plan.reports if one.exams[0].number == FIRST_EXAM]
    Elsewhere(layout).publish(made, about)


def load_exams(layout: Layout, say: Callable[[str], None], pause: float = 10.0) -> int:
    """Make and publish all of them, at the lowest priority; again does what is left to do.

    An exam that cannot be published now, on a busy machine or after a stop, gets its turn again
    ``pause`` seconds later; after some turns it is left to the next start.
    """
    os.nice(_LOWEST_PRIORITY)
    desk = Elsewhere(layout)
    work = []
    for made, count in zip(histories(layout), _WITH_IMAGES, strict=True):
        numbers = range(1, count + 1)
        work.append(partial(desk.write, made, numbers))
        work += [
            partial(desk.publish, made, about)
            for about in desk.reports(made)
            if about.exams[-1].number in numbers
        ]
    for _ in range(_TURNS):
        work = [one for one in work if not _done(one, say)]
        if not work:
            say("every exam has its images")
            return 0
        time.sleep(pause)
    say(f"{len(work)} left to do at the next start")
    return 0


def _done(work: Callable[[], None], say: Callable[[str], None]) -> bool:
    try:
        work()
    except (NotPublished, LoadError, httpx.HTTPError) as error:
        say(f"{type(error).__name__}: {error}")
        return False
    return True
