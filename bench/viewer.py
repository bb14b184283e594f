"""From a click in the list to images on the screen, behind a link of 40 ms and 140 Mbit/s.

The viewer's page, its files and the documents of exams are the product's; the host behind nginx
has them in memory and answers after 15 ms, the bucket after 25 ms. OHIF reads the same exam from
Orthanc behind the same link, without such delays.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from playwright.sync_api import Browser, Page
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench import ohif
from bench.figures import Figure, NotMeasured, at_least, at_most, percentile
from bench.link import MBIT, linked_all
from bench.processes import browser_cpu
from bench.viewer_cold import COLD, Elsewhere, elsewhere
from bench.viewer_exams import CURRENT, LARGE, PRIOR, Made, made
from bench.viewer_front import BUCKET, HOSTS, PAGES, Behind, Front, Traffic, fronting
from bench.viewer_peer import Reading, beside, read_by_peer
from bench.viewer_tab import browsing, fresh, idle, timed, told
from functions.aws.replies import gzipped
from infra.web import is_built
from tests.browser.viewer_host import BUILT, Host, pages_of, serve

ROUNDS: Final = 12
FIRST_ROUNDS: Final = 3
BESIDE_ROUNDS: Final = 5
COLD_ROUNDS: Final = 7
HOST_SECONDS: Final = 0.015
BUCKET_SECONDS: Final = 0.025
SCROLL_MS: Final = 4000
ADDRESS: Final = f"https://{PAGES}/viewer"
LINE: Final = MBIT * 1e6 / 8


class Slow(Host):
    """The host of the pages with a function's time before each answer. The opening of the exam that
    is ``elsewhere`` waits for its first image."""

    elsewhere: Elsewhere | None = None

    async def ask(self, request: Request) -> Response:
        await asyncio.sleep(HOST_SECONDS)
        form = parse_qs((await request.body()).decode())
        if self.elsewhere and (form["verb"], form["exams"]) == (["open"], [str(COLD)]):
            await run_in_threadpool(self.elsewhere.begin)
        return _packed(await super().ask(request))


def _packed(answer: Response) -> Response:
    """The answer as the function gives it."""
    body = gzipped(bytes(answer.body), dense=True)
    headers = {"Content-Type": answer.headers["content-type"], "Content-Encoding": "gzip"}
    return Response(body, answer.status_code, headers)


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that is up."""

    browser: Browser
    front: Front
    exams: Made
    elsewhere: Elsewhere


def measure(home: Path) -> Iterator[Figure]:
    """Our viewer alone, then the peer beside it."""
    if not is_built():
        raise NotMeasured("the viewer is not built (make web)")
    with up(home / "viewer") as bench:
        ours = Ours()
        yield from ours.read(bench)
        yield from beside(ours.reading(), read_by_peer(bench.browser, bench.front))


@contextmanager
def up(home: Path) -> Iterator[Bench]:
    """Hosts, nginx, link and browser."""
    home.mkdir(parents=True, exist_ok=True)
    exams = made(home)
    with ExitStack() as stack:
        host = Slow(exams=exams.exams)
        host.page_origin, host.bucket_origin = f"https://{PAGES}", f"https://{BUCKET}"
        archive = stack.enter_context(ohif.orthanc(home / "orthanc", exams.files))
        behind = Behind(
            stack.enter_context(_pages(host)),
            BUILT,
            exams.bucket,
            archive.at,
            ohif.files(home.parent.parent / "ohif"),
            archive.authorization,
        )
        front = stack.enter_context(fronting(behind, home / "front"))
        host.elsewhere = stack.enter_context(elsewhere(home.parent))
        targets = [("127.0.0.1", front.ports[one]) for one in HOSTS]
        ports = stack.enter_context(linked_all(targets))
        host.exams = {**host.exams, COLD: host.elsewhere.exam}
        certificate = home / "front" / "server.pem"
        browser = stack.enter_context(browsing(dict(zip(HOSTS, ports, strict=True)), certificate))
        yield Bench(browser, front, exams, host.elsewhere)


@contextmanager
def _pages(host: Host) -> Iterator[str]:
    async def pause(_: Request) -> Response:
        await asyncio.sleep(BUCKET_SECONDS)
        return Response(status_code=204)

    application = pages_of(host)
    application.router.routes.append(Route("/pause", pause))
    server, thread, made_socket = serve(application)
    yield f"127.0.0.1:{made_socket.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    made_socket.close()


@dataclass(slots=True)
class Ours:
    """Our own rounds; :meth:`reading` is for the comparison with the peer's."""

    first: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    whole: float = 0.0
    traffic: list[Traffic] = field(default_factory=list)

    def reading(self) -> Reading:
        """Everything that the peer is measured by."""
        loading, exam = self.traffic
        return Reading(self.first, self.warm, self.whole, loading, exam)

    def read(self, bench: Bench) -> Iterator[Figure]:
        """Every figure of our own viewer."""
        with fresh(bench.browser, ADDRESS) as page:
            yield from self._loaded(bench, page)
            self.first.append(_opened(page, CURRENT))
            rounds = [_frames(page) for _ in range(ROUNDS)]
            self.warm += [took for took, _ in rounds]
            yield _median("click to first image, warm, p50", self.warm, 250)
            yield Figure("  p95", f"{percentile(self.warm, 0.95) * 1e3:.0f} ms")
            frame = statistics.median(frame for _, frame in rounds) * 1e3
            yield Figure("  of it, before the software GPU is waited for", f"{frame:.0f} ms")
            yield _cold(bench, page)
            both = [_opened(page, CURRENT, PRIOR) for _ in range(BESIDE_ROUNDS)]
            yield _median("two exams side by side", both, 500)
            self.whole, came = _whole(bench, page, CURRENT)
            self.traffic.append(came)
            yield from _told(bench, CURRENT, self.whole, came)
            rate, cost = _scrolled(page, by_processor=True)
            yield at_least("  scrolled, software GPU", rate, 30, "images/s")
            yield Figure("  … CPU of page and GPU, an image", f"{cost * 1e3:.0f} ms")
            rate, cost = _scrolled(page, by_processor=False)
            told_rate = f"({rate:.3g} images/s)"
            yield Figure("  … drawn by the GPU's program", f"{cost * 1e3:.0f} ms  {told_rate}")
            _left(page)
            yield from _told(bench, LARGE, *_whole(bench, page, LARGE))
        for _ in range(FIRST_ROUNDS - 1):
            with fresh(bench.browser, ADDRESS) as page:
                _ready(page)
                self.first.append(_opened(page, CURRENT))
        yield _median("click to first image, first of a session", self.first, 500)

    def _loaded(self, bench: Bench, page: Page) -> Iterator[Figure]:
        _ready(page)
        came = bench.front.since(0)
        self.traffic.append(came)
        yield at_most("first load", came.bytes / 1e6, 1.1, "MB", f"({came.calls} requests)")
        mark = bench.front.mark()
        page.reload()
        _ready(page)
        again = bench.front.since(mark)
        yield Figure("  again", f"{again.bytes / 1e3:.0f} kB  ({again.calls} requests)")


def _median(name: str, took: Sequence[float], goal: float) -> Figure:
    return at_most(name, statistics.median(took) * 1e3, goal, "ms", f"({len(took)} rounds)")


def _cold(bench: Bench, page: Page) -> Figure:
    """The exam that its site has yet to send, beside the image from that site alone, in turn."""
    ours, site = [], []
    for _ in range(COLD_ROUNDS):
        ours.append(_opened(page, COLD))
        bench.elsewhere.settle()
        site.append(bench.elsewhere.given())
    took, given = statistics.median(ours) * 1e3, statistics.median(site) * 1e3
    name = "click to first image, cold: after the site's own"
    return at_most(name, took - given, 150, "ms", f"({took:.0f}, {given:.0f} ms)")


def _ready(page: Page) -> None:
    page.wait_for_selector("#viewer[data-ready=yes]", state="attached")
    idle(page)


_BUTTON: Final = """
  let button = document.getElementById("bench-open");
  if (!button) {
    button = document.createElement("button");
    button.id = "bench-open";
    document.body.append(button);
  }
  button.dataset.open = "%s";
"""


def _click(numbers: Sequence[int]) -> str:
    return f"{_BUTTON % ' '.join(map(str, numbers))} button.click()"


def _opened(page: Page, *numbers: int) -> float:
    took = timed(page, len(numbers), _click(numbers))
    _left(page)
    return took


def _frames(page: Page) -> tuple[float, float]:
    """Seconds to the first image, and to the frame in which it was told to the GPU."""
    took = _opened(page, CURRENT)
    return took, told(page, "return bench.frame;") / 1000


def _left(page: Page) -> None:
    page.evaluate("() => drimboxViewer.session.leave()")
    page.wait_for_timeout(400)


def _whole(bench: Bench, page: Page, number: int) -> tuple[float, Traffic]:
    """Seconds from the click to the last slice that is decoded, and the traffic until then."""
    count, mark = bench.exams.count(number), bench.front.mark()
    took = told(
        page,
        f"""{_BUTTON % number}
        const until = drimboxViewer.counts.decoded + {count};
        bench.begin(); button.click();
        while (drimboxViewer.counts.decoded < until)
            await new Promise((go) => setTimeout(go, 10));
        return performance.now() - bench.began;""",
    )
    return took / 1000, bench.front.since(mark)


def _told(bench: Bench, number: int, seconds: float, came: Traffic) -> Iterator[Figure]:
    size, name = bench.exams.size(number), f"{bench.exams.count(number)} slices"
    share = 100 * size / seconds / LINE
    note = f"({size / 1e6:.0f} MB in {seconds:.1f} s)"
    yield at_least(f"{name} decoded", share, 85, "% of the line", note)
    calls, ranges = came.requests[PAGES], came.requests[BUCKET]
    note = f"({calls} and {ranges} ranges)"
    yield at_most("  calls of functions", calls / seconds, 1, "a second", note)


def _scrolled(page: Page, *, by_processor: bool) -> tuple[float, float]:
    """Images a second, when each step is made as soon as the image before is drawn, and until the
    last one has been on the screen for a frame; CPU seconds of the browser for each."""
    before = browser_cpu(os.getpid())
    steps, rate = (
        told(
            page,
            f"""if (!{at}) {{
            drimboxViewer.drawing.processor = {str(by_processor).lower()};
            const view = drimboxViewer.session.board.views[0];
            const frame = () => new Promise((go) => requestAnimationFrame(go));
            await view.scrollTo(0);
            await frame();
            const begun = performance.now();
            let steps = 0;
            while (steps < view.series.count - 1 && performance.now() < begun + {SCROLL_MS}) {{
                const drawn = bench.next();
                view.scroll(1);
                await drawn;
                steps += 1;
            }}
            await frame();
            await frame();
            bench.scrolled = [steps, steps / (performance.now() - begun) * 1000];
        }}
        return bench.scrolled[{at}];""",
        )
        for at in (0, 1)
    )
    return rate, (browser_cpu(os.getpid()) - before) / steps
