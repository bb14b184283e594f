"""An exam that another site has yet to send: the click until its first image stands on the screen,
beside the time in which that site gives the same image to a plain client.

The product fetches the exam in a process of its own, as its function does, from nginx behind a link
like that of the pages. The host of the pages looks for the first image as the function
``open_exam`` does.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import fetching, nginx
from bench.figures import NotMeasured
from bench.link import linked
from bench.viewer_fetcher import Fetcher, fetcher
from functions.drimbox.reading.fetching import first_wanted
from functions.open_exam.answers import PATIENCE, PAUSE
from simulators.pki import SERVER, Authority
from tests.browser.viewer_host import ExamOfHost, SeriesOfHost

#: Its number in the list.
COLD: Final = 4
_SLICES: Final = 24


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The site behind its link, the slice that is shown first, and the process that fetches."""

    site: fetching.Site
    first: Path
    exam: ExamOfHost
    fetcher: Fetcher

    def begin(self, patience: float = PATIENCE, pause: float = PAUSE) -> None:
        """Begin to fetch, and wait until the first image is told of: ``patience`` and ``pause`` are
        seconds. NotMeasured without it."""
        self.fetcher.begin()
        end = time.monotonic() + patience
        while not self.fetcher.has_first:
            if time.monotonic() > end:
                raise NotMeasured("the site gave no image")
            time.sleep(pause)

    def settle(self) -> None:
        """Wait until everything that was begun has come."""
        self.fetcher.settle(PATIENCE)

    def given(self) -> float:
        """Seconds in which the site gives that image to somebody who keeps its bytes alone."""
        begun = time.perf_counter()
        self.site.download(f"/instances/{self.first.stem}")
        return time.perf_counter() - begun


@contextmanager
def elsewhere(home: Path) -> Iterator[Elsewhere]:
    """Everything of the site, until the block ends. NotMeasured."""
    files = fetching.written(home / "fetched")[:_SLICES]
    folder = home / "elsewhere"
    shutil.rmtree(folder, ignore_errors=True)
    content_type = fetching.publish(files, web := folder / "web")
    authority = Authority.create(datetime.now(UTC))
    anchors = folder / "ca.pem"
    anchors.write_text(authority.root.certificate_pem)
    issued = authority.issue("CN=peer,C=FR", SERVER, datetime.now(UTC), hosts=(fetching.HOST,))
    with (
        nginx.serving(web, folder / "nginx", nginx.Tls(issued, content_type)) as base,
        linked(("127.0.0.1", int(base.rpartition(":")[2]))) as port,
        fetcher(at := f"https://127.0.0.1:{port}", anchors, folder, files) as process,
    ):
        site = fetching.Site(at, anchors.read_text(), files, folder)
        wanted = first_wanted(site.series)
        first = next(path for path in files if path.stem == wanted)
        series = SeriesOfHost(str(site.series.series_instance_uid))
        series.add(first.read_bytes(), folder)
        exam = ExamOfHost(COLD, "20261020", [series], state="coming")
        yield Elsewhere(site, first, exam, process)
