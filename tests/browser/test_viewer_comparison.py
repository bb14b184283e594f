"""Exams side by side whose images do not come together: each gets its own place."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
CURRENT: Final = "1.2.250.9.9.1"
PRIOR: Final = "1.2.250.9.9.2"
SESSION: Final = "drimboxViewer.session"


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> dict[int, ExamOfHost]:
    folder = tmp_path_factory.mktemp("exams")
    made = {}
    for n, date, uid in ((1, "20261112", CURRENT), (2, "20250304", PRIOR)):
        series = SeriesOfHost(uid)
        for one in samples.ct(uid, 8, 64):
            series.add(part10(one), folder)
        made[n] = ExamOfHost(n, date, [series])
    return made


@pytest.mark.parametrize("late", [1, 2])
def test_an_exam_whose_images_come_later_gets_its_own_place(
    late: int, viewer_tab: Page, viewer_host: Host, exams: dict[int, ExamOfHost]
) -> None:
    viewer_host.exams = {**exams, late: replace(exams[late], series=[], state="coming")}
    viewer_tab.evaluate(f"{SESSION}.open([1, 2])")
    there, awaited = 2 - late, late - 1
    until(viewer_tab, f"{VIEWS}[{there}]?.viewport.csImage")
    note = viewer_tab.locator(".v-board .v-note").nth(awaited)
    assert "en cours d'arrivée" in note.inner_text()
    viewer_tab.evaluate(f"{VIEWS}[{there}].scrollTo(6)")
    viewer_host.exams = exams
    until(viewer_tab, f"{VIEWS}[{awaited}]?.viewport.csImage")
    assert viewer_tab.evaluate(f"{VIEWS}.map((one) => [one.series.exam.n, one.prior])") == [
        [1, False],
        [2, True],
    ]
    # It stands where the other one was scrolled to meanwhile, and goes on with it.
    until(viewer_tab, f"{VIEWS}[{awaited}].place === 6")
    viewer_tab.evaluate(f"{VIEWS}[0].scrollTo(7)")
    until(viewer_tab, f"{VIEWS}[1].place === 7")


def test_an_exam_without_images_says_so_in_its_place(
    viewer_tab: Page, viewer_host: Host, exams: dict[int, ExamOfHost]
) -> None:
    viewer_host.exams = {**exams, 2: replace(exams[2], series=[], state="refused")}
    viewer_tab.evaluate(f"{SESSION}.open([1, 2])")
    until(viewer_tab, f"{VIEWS}[0]?.viewport.csImage")
    note = viewer_tab.locator(".v-board .v-note").nth(1)
    assert "établissement" in note.inner_text()
