"""Addresses that end while somebody reads, a service that fails, a session that is over: no picture
is blank in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Final

import pytest
from playwright.sync_api import Page, Route

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import BASE, ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
UID: Final = "1.2.250.9.10.1"
SESSION: Final = "drimboxViewer.session"
# Four slices of half a megabyte are a range: more ranges than are asked for at once.
SLICES: Final = 24
EVER: Final = 1_000_000


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> ExamOfHost:
    folder = tmp_path_factory.mktemp("exam")
    series = SeriesOfHost(UID)
    (drawn,) = samples.ct(UID, 1)
    for number in range(1, SLICES + 1):
        one = deepcopy(drawn)
        one.SOPInstanceUID, one.InstanceNumber = f"{UID}.{number}", number
        one.ImagePositionPatient = [-180, -180, -2 * number]
        series.add(part10(one), folder)
    return ExamOfHost(1, "20261112", [series])


@pytest.fixture
def held(viewer_tab: Page, viewer_host: Host, exam: ExamOfHost) -> Iterator[Callable[[], None]]:
    """The exam is open with its first image; the others come, or do not, when this is called."""
    viewer_host.exams = {1: exam}
    viewer_host.gate = threading.Event()
    viewer_tab.evaluate(f"{SESSION}.open([1])")
    until(viewer_tab, f"{VIEWS}[0]?.viewport.csImage")
    yield viewer_host.gate.set
    viewer_host.gate.set()


def asked(host: Host, verb: str = "progress") -> int:
    return sum(path.endswith(verb) for path, _ in host.forms)


def test_addresses_of_a_short_life_are_renewed_while_images_come(
    viewer_tab: Page, viewer_host: Host, exam: ExamOfHost
) -> None:
    viewer_host.exams = {1: exam}
    viewer_host.life, viewer_host.pause = 0.3, 0.25
    viewer_tab.evaluate(f"{SESSION}.open([1])")
    until(viewer_tab, f"{SESSION}.source.running === 0 && !{VIEWS}[0].waiting")
    assert viewer_host.late
    assert asked(viewer_host) < 5
    for place in (0, SLICES - 1):
        viewer_tab.evaluate(f"void {VIEWS}[0].scrollTo({place})")
        until(viewer_tab, f"{VIEWS}[0].place === {place} && !{VIEWS}[0].waiting")
    assert viewer_tab.locator(".v-note:visible, .v-cover:visible").count() == 0


@pytest.mark.parametrize(
    ("status", "words"), [(401, "session est terminée"), (403, "n'est plus ouvert")]
)
def test_a_session_that_ends_while_somebody_scrolls_offers_the_way_to_sign_in(
    status: int, words: str, viewer_tab: Page, viewer_host: Host, held: Callable[[], None]
) -> None:
    viewer_tab.evaluate(f"void {VIEWS}[0].scrollTo(0)")
    viewer_host.expired, viewer_host.ended = EVER, status
    held()
    told = viewer_tab.locator(".v-sentence")
    told.wait_for()
    assert words in told.inner_text()
    # Nothing is asked any more.
    until(viewer_tab, f"{SESSION}.source.running === 0")
    before = asked(viewer_host)
    assert before == 1
    home = f"{viewer_host.page_origin}{BASE}"

    def stay(route: Route) -> None:
        # No content: the browser stays where it is.
        route.fulfill(status=204)

    viewer_tab.route(home, stay)
    with viewer_tab.expect_request(home):
        told.get_by_role("button", name="S'identifier de nouveau").click()
    viewer_tab.unroute(home)
    assert asked(viewer_host) == before


def test_a_service_that_fails_for_a_moment_is_asked_again(
    viewer_tab: Page, viewer_host: Host, held: Callable[[], None]
) -> None:
    viewer_tab.evaluate(f"void {VIEWS}[0].scrollTo(0)")
    viewer_host.expired, viewer_host.ended = EVER, 500
    held()
    note = viewer_tab.locator(".v-board .v-note")
    until(viewer_tab, f"{VIEWS}[0].note.textContent.includes('demandée de nouveau')")
    assert note.is_visible()
    viewer_host.expired = viewer_host.ended = 0
    until(viewer_tab, f"{VIEWS}[0].note.hidden && {VIEWS}[0].place === 0 && !{VIEWS}[0].waiting")
    until(viewer_tab, f"{SESSION}.source.running === 0 && !{SESSION}.source.lacks")


def test_planes_through_slices_that_did_not_come_say_so(
    viewer_tab: Page, viewer_host: Host, held: Callable[[], None]
) -> None:
    viewer_host.expired = EVER
    held()
    viewer_tab.locator("button[data-tool=planes]").click()
    until(viewer_tab, "document.querySelector('.v-slab.v-gaps')")
    assert "coupes qui manquent" in viewer_tab.locator(".v-slab").inner_text()
