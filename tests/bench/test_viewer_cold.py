"""The bench of an exam that its site has yet to send: the site, its link, the fetching process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import fetching, nginx, viewer_cold
from bench.figures import NotMeasured
from bench.link import RTT_MS
from bench.viewer_cold import COLD, Elsewhere
from bench.viewer_fetcher import fetcher
from simulators.peer.front import find_nginx
from simulators.pki import SERVER, Authority

pytestmark = pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed")
SLICES = 12


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the bench, with few slices in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fetching, "OBJECTS", SLICES)
        home = tmp_path_factory.mktemp("bench")
        fetching.written(home / "fetched")
        yield home


@pytest.fixture(scope="module")
def there(slices: Path) -> Iterator[Elsewhere]:
    with viewer_cold.elsewhere(slices) as found:
        yield found


def test_a_fetch_tells_of_the_first_image_and_ends_when_all_have_come(there: Elsewhere) -> None:
    assert len(there.site.files) == SLICES
    for _ in range(2):
        begun = time.monotonic()
        there.begin()
        # Two handshakes and the request.
        assert time.monotonic() - begun >= 3 * RTT_MS / 1000
        there.settle()


def test_the_site_gives_the_first_image_through_its_link(there: Elsewhere) -> None:
    assert there.given() >= 3 * RTT_MS / 1000
    assert there.first.read_bytes() in (there.site.home / "plain").read_bytes()
    (series,) = there.exam.series
    assert (there.exam.n, there.exam.state, len(series.placed)) == (COLD, "coming", 1)


@contextmanager
def empty(home: Path) -> Iterator[tuple[str, Path]]:
    """A site that has nothing, and its authority's certificate."""
    authority, now = Authority.create(datetime.now(UTC)), datetime.now(UTC)
    issued = authority.issue("CN=peer,C=FR", SERVER, now, hosts=(fetching.HOST,))
    anchors = home / "ca.pem"
    anchors.write_text(authority.root.certificate_pem)
    (home / "web").mkdir()
    with nginx.serving(home / "web", home / "nginx", nginx.Tls(issued, "text/plain")) as base:
        yield base, anchors


def test_a_site_that_gives_nothing_is_no_figure(there: Elsewhere, tmp_path: Path) -> None:
    with (
        empty(tmp_path) as (base, anchors),
        fetcher(base, anchors, tmp_path, there.site.files) as process,
    ):
        cold = replace(there, fetcher=process)
        with pytest.raises(NotMeasured, match="gave no image"):
            cold.begin()
        with pytest.raises(NotMeasured, match="whole series"):
            cold.settle()


def test_patience_ends(there: Elsewhere) -> None:
    with pytest.raises(NotMeasured, match="gave no image"):
        there.begin(patience=0.0, pause=0.0)
    there.settle()


def test_a_process_that_does_not_start_is_no_figure(tmp_path: Path) -> None:
    with (
        pytest.raises(NotMeasured, match="does not start"),
        fetcher("https://127.0.0.1:1", tmp_path / "absent.pem", tmp_path, []),
    ):
        pass
