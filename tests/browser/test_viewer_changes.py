"""The viewer while its exams change: slices that come between others, another edition, series that
go, a reading that is left. Each picture is known by the hash of its pixels."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.viewer_host import ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
UID: Final = "1.2.250.9.7.1"
SLICES: Final = 12
SESSION: Final = "drimboxViewer.session"


def slices() -> list[Dataset]:
    """Slices whose windows differ: facts of another frame are seen."""
    made = samples.ct(UID, SLICES, 64)
    for number, one in enumerate(made):
        one.WindowCenter, one.WindowWidth = 100 + number, 400
    return made


def series(
    objects: Sequence[Dataset], folder: Path, edition: int = 1, uid: str = UID
) -> SeriesOfHost:
    made = SeriesOfHost(uid, edition=edition)
    for one in objects:
        made.add(part10(one), folder)
    return made


def exam(*given: SeriesOfHost, **more: Any) -> ExamOfHost:
    return ExamOfHost(1, "20261112", list(given), **{"state": "coming", **more})


def opened(tab: Page, host: Host, given: ExamOfHost) -> Page:
    host.exams = {given.n: given}
    tab.evaluate("drimboxViewer.settings.hash = true")
    tab.evaluate("numbers => drimboxViewer.session.open(numbers)", [given.n])
    until(tab, f"{VIEWS}[0]?.viewport.csImage")
    return tab


def waited(tab: Page, condition: Callable[[], bool]) -> None:
    """Wait for the host."""
    for _ in range(400):
        if condition():
            return
        tab.wait_for_timeout(50)
    raise AssertionError("the host has not seen it")


def assert_own(tab: Page, objects: Sequence[Dataset]) -> None:
    """Each place shows the pixels, and is drawn with the facts, of the slice that stands there."""
    until(tab, f"{SESSION}.source.running === 0 && {VIEWS}[0].series.count === {len(objects)}")
    until(tab, f"{VIEWS}[0].viewport.getImageIds().length === {len(objects)}")
    for place, one in enumerate(objects):
        tab.evaluate(f"void {VIEWS}[0].scrollTo({place})")
        until(
            tab,
            f"{VIEWS}[0].place === {place} && !{VIEWS}[0].waiting"
            f" && {VIEWS}[0].viewport.getCurrentImageId() === {VIEWS}[0].series.ids[{place}]",
        )
        found = tab.evaluate(
            f"""() => {{
                const [view] = {VIEWS};
                const {{ imageId, windowCenter: center }} = view.viewport.csImage;
                const {{ lower, upper }} = view.viewport.getProperties().voiRange;
                const hash = drimboxViewer.hashes.get(imageId);
                const position = view.series.of(view.place, "position");
                return {{ hash, center, shown: Math.round((lower + upper) / 2), position }};
            }}"""
        )
        center = int(one.WindowCenter)
        assert found == {
            "hash": hashlib.sha256(bytes(one.PixelData)).hexdigest(),
            "center": center,
            "shown": center,
            "position": list(one.ImagePositionPatient),
        }


def test_bytes_that_come_after_other_slices_keep_their_own_name(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    objects = slices()
    # As the site sent them: every second slice first.
    whole = series(objects[::2] + objects[1::2], tmp_path)
    part = SeriesOfHost(UID, whole.placed[: SLICES // 2], whole.data)
    viewer_host.gate = threading.Event()
    opened(viewer_tab, viewer_host, exam(part))
    waited(viewer_tab, lambda: viewer_host.held > 0)
    viewer_host.exams = {1: exam(whole)}
    until(viewer_tab, f"{VIEWS}[0].series.count === {SLICES}")
    viewer_host.gate.set()
    assert_own(viewer_tab, objects)


def test_another_edition_has_pictures_of_its_own(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    objects = slices()
    opened(viewer_tab, viewer_host, exam(series(objects, tmp_path)))
    assert_own(viewer_tab, objects)
    rest = objects[:3] + objects[4:]
    viewer_host.exams = {1: exam(series(rest, tmp_path, edition=2))}
    assert_own(viewer_tab, rest)


def test_an_edition_that_comes_while_bytes_are_awaited(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    objects = slices()
    viewer_host.gate = threading.Event()
    opened(viewer_tab, viewer_host, exam(series(objects, tmp_path)))
    rest = objects[:3] + objects[4:]
    viewer_host.exams = {1: exam(series(rest, tmp_path, edition=2))}
    until(viewer_tab, f"{VIEWS}[0].series.count === {len(rest)}")
    viewer_host.gate.set()
    assert_own(viewer_tab, rest)


def test_a_series_that_was_withdrawn_leaves_no_picture(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    kept = "1.2.250.9.7.2"
    other = series([samples.radiograph(kept)], tmp_path, uid=kept)
    opened(viewer_tab, viewer_host, exam(series(slices(), tmp_path), other))
    viewer_host.exams = {1: exam(other)}
    until(viewer_tab, f"{SESSION}.exams[0].series.length === 1")
    until(viewer_tab, "document.querySelectorAll('.v-thumb').length === 1")
    until(viewer_tab, f"!{VIEWS}[0].series || {VIEWS}[0].series.uid === '{kept}'")
    assert viewer_tab.evaluate(
        f"[...{SESSION}.thumbs.buttons.keys()].every(one => one.uid === '{kept}')"
    )


@pytest.mark.parametrize(("identity", "told"), [("agrees", False), ("unknown", True)])
def test_images_that_do_not_say_whose_they_are_say_so(
    identity: str, told: bool, viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    opened(viewer_tab, viewer_host, exam(series(slices(), tmp_path), identity=identity))
    band = viewer_tab.locator(".v-board .v-unverified")
    assert band.is_visible() is told
    assert band.text_content() == "Identité des images non vérifiée"


def test_an_exam_opened_later_stays_when_the_earlier_answer_comes(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    later = "1.2.250.9.7.3"
    viewer_host.exams = {
        1: exam(series(slices(), tmp_path)),
        2: ExamOfHost(2, "20250304", [series(samples.ct(later, 4, 64), tmp_path, uid=later)]),
    }
    viewer_host.slow = threading.Event()
    viewer_tab.evaluate(f"void {SESSION}.open([1])")
    waited(viewer_tab, lambda: len(viewer_host.forms) == 1)
    first, viewer_host.slow = viewer_host.slow, None
    viewer_tab.evaluate(f"{SESSION}.open([2])")
    until(viewer_tab, f"{VIEWS}[0]?.viewport.csImage")
    with viewer_tab.expect_response(lambda answer: answer.url.endswith("/open")):
        first.set()
    viewer_tab.wait_for_timeout(200)
    assert viewer_tab.evaluate(f"{SESSION}.exams.map(one => one.n)") == [2]
    assert viewer_tab.evaluate(f"{VIEWS}[0].series.uid") == later


def test_a_reading_that_was_left_asks_nothing_more(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    viewer_host.exams = {1: exam(series(slices(), tmp_path))}
    viewer_host.slow = threading.Event()
    viewer_tab.evaluate(f"void {SESSION}.open([1])")
    waited(viewer_tab, lambda: len(viewer_host.forms) == 1)
    viewer_tab.evaluate(f"{SESSION}.leave()")
    with viewer_tab.expect_response(lambda answer: answer.url.endswith("/open")):
        viewer_host.slow.set()
    # A look would come after one second.
    viewer_tab.wait_for_timeout(2000)
    assert len(viewer_host.forms) == 1
    assert viewer_tab.evaluate(f"{SESSION}.exams.length") == 0
    assert viewer_tab.evaluate("document.getElementById('viewer').hidden")


def test_a_look_without_anybody_s_act_is_no_use_of_the_session(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    opened(viewer_tab, viewer_host, exam(series(slices(), tmp_path)))
    waited(viewer_tab, lambda: len(viewer_host.unattended) >= 2 and viewer_host.unattended[-1])
    before = len(viewer_host.unattended)
    viewer_tab.keyboard.press("ArrowDown")
    waited(viewer_tab, lambda: len(viewer_host.unattended) >= before + 3)
    assert viewer_host.unattended[before:].count(False) == 1


def test_nothing_of_a_reading_stays_after_its_end(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    opened(viewer_tab, viewer_host, exam(series(slices(), tmp_path)))
    viewer_tab.evaluate(f"{SESSION}.leave()")
    assert viewer_tab.evaluate(
        f"[{SESSION}.exams.length, {SESSION}.thumbs.buttons.size, drimboxViewer.hashes.size]"
    ) == [0, 0, 0]


def test_planes_wait_for_the_whole_series_and_go_with_its_edition(
    viewer_tab: Page, viewer_host: Host, tmp_path: Path
) -> None:
    objects = slices()
    planes = viewer_tab.locator("button[data-tool=planes]")
    opened(viewer_tab, viewer_host, exam(series(objects, tmp_path)))
    until(viewer_tab, f"{SESSION}.source.running === 0")
    assert planes.is_disabled()
    viewer_host.exams = {1: exam(series(objects, tmp_path), state="whole", identity="unknown")}
    until(viewer_tab, "!document.querySelector('button[data-tool=planes]').disabled")
    planes.click()
    until(viewer_tab, f"{SESSION}.planes?.started")
    words = viewer_tab.locator(".v-planes .v-exam").all_inner_texts()
    assert [one.splitlines()[0] for one in words] == ["12/11/2026"] * 3
    assert viewer_tab.locator(".v-planes .v-unverified:visible").count() == 3
    viewer_host.exams = {1: exam(series(objects[1:], tmp_path, edition=2))}
    viewer_tab.evaluate(f"clearTimeout({SESSION}.timer), {SESSION}.exams[0].told.state = 'coming'")
    viewer_tab.evaluate(f"{SESSION}.later()")
    until(viewer_tab, "!document.querySelector('.v-planes')")
    assert_own(viewer_tab, objects[1:])
    assert planes.is_disabled()


@pytest.mark.parametrize(
    ("facts", "at_detector"),
    [
        ({}, True),
        ({"PixelSpacing": [0.2, 0.2]}, True),
        ({"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}, False),
        ({"PixelSpacing": [0.15, 0.15]}, False),
        ({"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": None}, True),
    ],
)
def test_millimetres_without_a_calibration_are_those_at_the_detector(
    facts: dict[str, Any],
    at_detector: bool,
    viewer_tab: Page,
    viewer_host: Host,
    tmp_path: Path,
) -> None:
    uid = "1.2.250.9.7.4"
    root = samples.radiograph(uid)
    for name, value in facts.items():
        setattr(root, name, value)
    opened(viewer_tab, viewer_host, exam(series([root], tmp_path, uid=uid), state="whole"))
    until(viewer_tab, f"{VIEWS}[0].overlay.parts.patient.textContent")
    told = viewer_tab.locator(".v-board .v-technique").text_content() or ""
    assert ("au détecteur" in told) is at_detector
    kind = viewer_tab.evaluate(f"{VIEWS}[0].viewport.csImage.calibration.type ?? ''")
    assert kind == ("Proj" if at_detector else "")
