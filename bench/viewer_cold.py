"""An exam that another site has yet to send: the click until its first image stands on the screen,
beside the time in which that site gives the same image to a plain client.

The product fetches the exam, as its function does, from nginx behind the link; the host of the
pages waits for the first image as the function ``open_exam`` does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Final

from bench import fetching, nginx
from bench.counting_store import CountingStore
from bench.figures import NotMeasured
from functions.drimbox.reading.fetching import first_wanted
from functions.open_exam.answers import PATIENCE, PAUSE
from simulators.pki import SERVER, Authority
from tests.browser.viewer_host import ExamOfHost, SeriesOfHost

#: Its number in the list.
COLD: Final = 4
_SLICES: Final = 24


@dataclass
class Elsewhere:
    """The site, the slice that is shown first, and the fetches that were begun."""

    site: fetching.Site
    first: Path
    exam: ExamOfHost
    fetches: list[Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Begin to fetch, and wait until the first image is told of. NotMeasured without it."""
        store = CountingStore()
        fetch = Thread(target=self.site.fetch, args=(store,), daemon=True)
        self.fetches.append(fetch)
        fetch.start()
        end = time.monotonic() + PATIENCE
        while not any(key.endswith("have.json.gz") for key in store.small):
            if time.monotonic() > end:
                raise NotMeasured("the site gave no image")
            time.sleep(PAUSE)

    def settle(self) -> None:
        """Wait until everything that was begun has come."""
        while self.fetches:
            self.fetches.pop().join()

    def given(self) -> float:
        """Seconds in which the site gives that image to somebody who keeps its bytes alone."""
        begun = time.perf_counter()
        self.site.download(f"/instances/{self.first.stem}")
        return time.perf_counter() - begun


@dataclass(frozen=True, slots=True)
class Site:
    """nginx with the site's slices: its port, and its authority."""

    port: int
    authority: Authority
    files: list[Path]
    home: Path

    def at(self, port: int) -> Elsewhere:
        """The site, asked by way of this port."""
        site = fetching.Site(f"https://127.0.0.1:{port}", self.authority, self.files, self.home)
        wanted = first_wanted(site.series)
        first = next(path for path in self.files if path.stem == wanted)
        series = SeriesOfHost(str(site.series.series_instance_uid))
        series.add(first.read_bytes(), self.home)
        return Elsewhere(site, first, ExamOfHost(COLD, "20261020", [series], state="coming"))


@contextmanager
def serving(home: Path) -> Iterator[Site]:
    """The site, until the block ends."""
    files = fetching.written(home / "fetched")[:_SLICES]
    folder = home / "elsewhere"
    shutil.rmtree(folder, ignore_errors=True)
    content_type = fetching.publish(files, web := folder / "web")
    authority = Authority.create(datetime.now(UTC))
    issued = authority.issue("CN=peer,C=FR", SERVER, datetime.now(UTC), hosts=(fetching.HOST,))
    tls = nginx.Tls(issued, content_type)
    with nginx.serving(web, folder / "nginx", tls) as base:
        yield Site(int(base.rpartition(":")[2]), authority, files, folder)
