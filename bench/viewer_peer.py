"""OHIF over Orthanc beside our viewer: the same exam, the same link, the same browser."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page

from bench.figures import Figure, at_least
from bench.viewer_exams import PATIENT, SHORT
from bench.viewer_front import PEER, Front, Traffic
from bench.viewer_tab import fresh, idle, timed, told

ROUNDS: Final = 5
_ADDRESS: Final = f"https://{PEER}/"
_LISTED: Final = f'tbody tr:has-text("{PATIENT}")'
# A double click opens an exam. Its line ends with the number of its images.
_CLICK: Final = """[...document.querySelectorAll("tbody tr")]
  .find((one) => one.innerText.trim().endsWith("%d"))
  .dispatchEvent(new MouseEvent("dblclick", { bubbles: true }))"""
_DECODED_BYTES: Final = SHORT * 512 * 512 * 2


@dataclass(frozen=True, slots=True)
class Reading:
    """Seconds to the first image, of rounds: a session's first exam (``first``), a later one
    (``warm``). Seconds to the last image. The traffic of the first page, and of one whole exam.
    """

    first: Sequence[float]
    warm: Sequence[float]
    whole: float
    loading: Traffic
    exam: Traffic


def read_by_peer(browser: Browser, front: Front) -> Reading:
    """Each round is a person's first visit: a small exam, then the large one."""
    first, warm = [], []
    begun = front.mark()
    loading = exam = front.since(begun)
    whole = 0.0
    for at in range(ROUNDS):
        with fresh(browser, _ADDRESS) as page:
            _listed(page)
            loading = loading if at else front.since(begun)
            first.append(timed(page, 1, _CLICK % 1))
            idle(page)
            page.click("[data-cy=return-to-work-list]")
            _listed(page)
            mark = front.mark()
            warm.append(timed(page, 1, _CLICK % SHORT))
            if at == ROUNDS - 1:
                whole = _whole(page)
                exam = front.since(mark)
    return Reading(first, warm, whole, loading, exam)


def _listed(page: Page) -> None:
    page.wait_for_selector(_LISTED)
    idle(page)


def _whole(page: Page) -> float:
    took = told(
        page,
        f"""while (cornerstone.cache.getCacheSize() < {_DECODED_BYTES})
            await new Promise((go) => setTimeout(go, 10));
        return performance.now() - bench.began;""",
    )
    return took / 1000


def beside(ours: Reading, peer: Reading) -> Iterator[Figure]:
    """Ours and the peer's, with their ratios."""
    for name, mine, theirs, goal in (
        ("first image, warm", ours.warm, peer.warm, 3),
        ("first image, first of a session", ours.first, peer.first, 3),
        (f"{SHORT} slices", [ours.whole], [peer.whole], 1),
    ):
        us, them = statistics.median(mine), statistics.median(theirs)
        note = f"({us:.2f} s, {them:.2f} s)"
        yield at_least(f"{name}: OHIF's time over ours", them / us, goal, "x", note)
    for name, our, its in (
        ("first load", ours.loading, peer.loading),
        (f"{SHORT} slices", ours.exam, peer.exam),
    ):
        yield _fewer(f"{name}: calls, ours and OHIF's", our.calls, its.calls, "")
        yield _fewer(f"{name}: bytes, ours and OHIF's", our.bytes / 1e6, its.bytes / 1e6, " MB")


def _fewer(name: str, ours: float, peer: float, unit: str) -> Figure:
    return Figure(name, f"{ours:.4g}, {peer:.4g}{unit}", "fewer", ours < peer)
