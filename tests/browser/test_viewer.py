"""The viewer in a browser: the seven functions of IHE basic image review, and its failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Dialog, Page
from pydicom import Dataset

from tests.browser import viewer_samples as samples
from tests.browser.axe import judged
from tests.browser.viewer_host import BASE, ExamOfHost, Host, SeriesOfHost
from tests.browser.viewer_tab import VIEWS, until
from tests.drimbox.images.samples import part10

pytestmark = [pytest.mark.judge, pytest.mark.slow]
CURRENT: Final = "1.2.250.9.1.1"
PRIOR: Final = "1.2.250.9.2.1"


def series(uid: str, objects: list[Dataset], folder: Path, **more: Any) -> SeriesOfHost:
    made = SeriesOfHost(uid, **more)
    for one in objects:
        made.add(part10(one), folder)
    return made


@pytest.fixture(scope="module")
def exams(tmp_path_factory: pytest.TempPathFactory) -> dict[int, ExamOfHost]:
    """A thorax with a prior, a film, a radiograph; MR slices in the space of the thorax."""
    folder = tmp_path_factory.mktemp("exams")
    key = ((f"{CURRENT}.9", None),)
    current = [
        series(CURRENT, samples.ct(CURRENT, 12, 128), folder, keys=key),
        series("1.2.250.9.1.2", [samples.film("1.2.250.9.1.2")], folder),
        series("1.2.250.9.1.3", [samples.radiograph("1.2.250.9.1.3")], folder),
        series("1.2.250.9.1.4", samples.sagittal("1.2.250.9.1.4", 6, f"{CURRENT}.900"), folder),
    ]
    prior = [series(PRIOR, samples.ct(PRIOR, 10, 128, 8, 4.0), folder)]
    return {
        1: ExamOfHost(1, "20261112", current, report=(4,)),
        2: ExamOfHost(2, "20250304", prior, site="CHU de Poitiers", report=(5,)),
    }


@pytest.fixture
def tab(viewer_host: Host, viewer_tab: Page, exams: dict[int, ExamOfHost]) -> Page:
    viewer_host.exams = exams
    return viewer_tab


def opened(tab: Page, *exams: int) -> Page:
    tab.evaluate("numbers => drimboxViewer.session.open(numbers)", list(exams))
    until(tab, f"{VIEWS}.length === {len(exams)} && {VIEWS}.every(v => v.viewport.csImage)")
    return tab


def overlay(tab: Page, view: int, corner: str) -> str:
    return tab.locator(".v-board .v-view").nth(view).locator(f".v-{corner}").first.inner_text()


def tool(tab: Page, name: str) -> None:
    """Press a button of the toolbar, or of one of its menus."""
    menu = tab.locator(f".v-menu:has(button[data-tool={name}]) > button")
    if menu.count():
        menu.click()
    tab.locator(f"button[data-tool={name}]").click()


def drag(tab: Page, view: int, *points: tuple[float, float]) -> None:
    """Press in the view at the first point (parts of its size), and move over the others."""
    box = tab.locator(".v-board .v-canvas").nth(view).bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for place in places[1:]:
        tab.mouse.move(*place, steps=6)
    tab.mouse.up()


def measures(tab: Page) -> list[str]:
    """The words beside the measures."""
    return tab.locator(".v-board svg text tspan").all_text_contents()


def measured(tab: Page, words: str) -> None:
    """Wait for a measure of such words."""
    some = "[...document.querySelectorAll('.v-board svg text tspan')].some"
    until(tab, f"{some}(one => one.textContent.includes('{words}'))")


def state(tab: Page, view: int, expression: str) -> Any:
    return tab.evaluate(f"(({VIEWS})[{view}]).{expression}")


# The seven functions of IHE's basic image review (BIR).
def test_bir_any_modality_is_shown(tab: Page) -> None:
    opened(tab, 1)
    names = tab.locator(".v-thumb .v-name").all_inner_texts()
    assert names == ["THORAX 2.0 mm", "ÉCHO", "THORAX FACE", "SAG T2"]
    for at, name in enumerate(names):
        tab.locator(".v-thumb").nth(at).click()
        until(tab, f"{VIEWS}[0].overlay.parts.exam.textContent.includes('{name}')")
        until(tab, f"{VIEWS}[0].viewport.csImage?.imageId.includes({VIEWS}[0].series.uid)")
        assert state(tab, 0, "note.hidden")


def test_bir_thumbnails_are_drawn(tab: Page) -> None:
    opened(tab, 1)
    painted = """[...document.querySelectorAll('.v-thumb canvas')].every(one =>
        one.getContext('2d').getImageData(0, 0, 96, 96).data.some(v => v > 30 && v < 255))"""
    until(tab, painted)


def test_bir_two_sets_scroll_together(tab: Page) -> None:
    opened(tab, 1, 2)
    # Five millimetres below the middle of the one, five below that of the other.
    assert [state(tab, at, "place") for at in (0, 1)] == [8, 6]
    assert "(antérieur)" in overlay(tab, 1, "exam")
    tab.evaluate(f"{VIEWS}[0].scrollTo(10)")
    # Two slices of 2 mm there are one of 4 mm here.
    until(tab, f"{VIEWS}[1].place === 7")
    tool(tab, "link")
    tab.evaluate(f"{VIEWS}[0].scrollTo(2)")
    until(tab, f"{VIEWS}[0].overlay.parts.image.textContent.includes('Im 3/12')")
    assert state(tab, 1, "place") == 7
    tool(tab, "link")


def test_bir_orientation_and_laterality_are_shown(tab: Page) -> None:
    opened(tab, 1)
    edges = [overlay(tab, 0, one) for one in ("left", "right", "top", "bottom")]
    assert edges == ["R", "L", "A", "P"]
    tool(tab, "flip")
    until(tab, f"{VIEWS}[0].overlay.parts.left.textContent === 'L'")
    assert overlay(tab, 0, "right") == "R"
    tool(tab, "reset")
    tab.locator(".v-thumb").nth(2).click()
    until(tab, f"{VIEWS}[0].overlay.parts.right.textContent === 'L'")
    assert [overlay(tab, 0, one) for one in ("left", "top", "bottom")] == ["R", "H", "F"]
    assert "U PA" in overlay(tab, 0, "image")


def test_bir_demographics_and_technique_stand_over_the_image(tab: Page) -> None:
    opened(tab, 1)
    assert overlay(tab, 0, "patient").splitlines() == [
        "PAT-TROIS DOMINIQUE",
        "27/03/1979 · Féminin",
    ]
    assert "kV 120 · mA 210" in overlay(tab, 0, "technique")
    assert "B31f" in overlay(tab, 0, "technique")
    assert "12/11/2026" in overlay(tab, 0, "exam")
    # The identity that the images claim is never looked at.
    assert "CANARI" not in tab.content()


def test_bir_distance_and_angle_are_measured(tab: Page) -> None:
    opened(tab, 1)
    tool(tab, "length")
    drag(tab, 0, (0.4, 0.5), (0.6, 0.5))
    # The half height of the view in mm is its parallel scale.
    size: float = tab.evaluate(
        f"0.2 * 2 * {VIEWS}[0].viewport.getCamera().parallelScale"
        f" * {VIEWS}[0].canvas.clientWidth / {VIEWS}[0].canvas.clientHeight"
    )
    # The words follow the drag at their own pace.
    words = "[...document.querySelectorAll('.v-board svg text tspan')].map(e => e.textContent)"
    length = f"parseFloat({words}.find(e => e.endsWith('mm'))?.replace(',', '.'))"
    until(tab, f"Math.abs({length} - {size}) < {size * 0.02}")
    tool(tab, "angle")
    drag(tab, 0, (0.5, 0.3), (0.5, 0.5))
    drag(tab, 0, (0.5, 0.5), (0.7, 0.5))
    measured(tab, "°")
    tool(tab, "clear")
    until(tab, "!document.querySelector('.v-board svg text tspan')")


def test_bir_cine_plays(tab: Page) -> None:
    opened(tab, 1)
    tab.locator(".v-thumb").nth(1).click()
    until(tab, f"{VIEWS}[0].series.count === 12 && {VIEWS}[0].series.modality === 'US'")
    tool(tab, "cine")
    until(tab, f"{VIEWS}[0].place >= 3")
    assert tab.locator("button[data-tool=cine]").get_attribute("aria-pressed") == "true"
    tool(tab, "cine")
    assert tab.locator("button[data-tool=cine]").get_attribute("aria-pressed") == "false"


# The rest.
def test_the_first_image_comes_with_the_document(tab: Page, viewer_host: Host) -> None:
    opened(tab, 1, 2)
    # The first image is the key image, without any range of its own before it.
    assert state(tab, 0, "place") == 8
    until(tab, f"{VIEWS}[0].series.ids.length === 12")
    until(tab, "drimboxViewer.session.source.running === 0")
    assert sum(size for _, size in viewer_host.ranges) < 3_600_000


def test_a_region_tells_its_values(tab: Page) -> None:
    opened(tab, 1)
    tool(tab, "ellipse")
    drag(tab, 0, (0.49, 0.47), (0.53, 0.5))
    measured(tab, "UH")
    words = measures(tab)
    assert any(one.startswith("Moyenne") and one.endswith("UH") for one in words)
    assert any(one.startswith("Surface") and "mm²" in one for one in words)
    assert any(one.startswith("Écart-type") for one in words)
    tool(tab, "clear")


def test_an_ultrasound_is_measured_by_its_region(tab: Page) -> None:
    opened(tab, 1)
    tab.locator(".v-thumb").nth(1).click()
    until(tab, f"{VIEWS}[0].series.modality === 'US' && {VIEWS}[0].viewport.csImage?.color")
    tool(tab, "length")
    drag(tab, 0, (0.45, 0.4), (0.55, 0.4))
    measured(tab, "cm")
    tool(tab, "clear")


def test_a_radiograph_says_that_it_measures_at_the_detector(tab: Page) -> None:
    opened(tab, 1)
    tab.locator(".v-thumb").nth(2).click()
    until(tab, f"{VIEWS}[0].series.modality === 'DX'")
    until(tab, f"{VIEWS}[0].overlay.parts.technique.textContent.includes('au détecteur')")
    tool(tab, "length")
    drag(tab, 0, (0.45, 0.4), (0.55, 0.4))
    measured(tab, "mm au détecteur")
    tool(tab, "clear")
    tool(tab, "pixel_size")
    until(tab, f"Math.abs({VIEWS}[0].zoom() - 1) < 0.01")


def test_windows_and_keys(tab: Page) -> None:
    opened(tab, 1)
    tab.locator(".v-board .v-canvas").first.click()
    for key, window in (("2", "L 1 500 C -600"), ("1", "L 400 C 40")):
        tab.keyboard.press(key)
        until(
            tab,
            f"{VIEWS}[0].overlay.parts.image.textContent.replace(/\\s/g, ' ').includes('{window}')",
        )
    tab.keyboard.press("i")
    assert state(tab, 0, "viewport.getProperties().invert")
    tab.keyboard.press("i")
    tab.keyboard.press("ArrowDown")
    until(tab, f"{VIEWS}[0].place === 9")
    tab.keyboard.press("k")
    until(tab, f"{VIEWS}[0].place === 8")
    tab.keyboard.press("Home")
    until(tab, f"{VIEWS}[0].place === 0")
    tab.keyboard.press("r")
    until(tab, "!document.querySelector('.v-reports').hidden")
    frame = tab.frame_locator(".v-reports iframe")
    assert frame.locator("h1").inner_text() == "Compte rendu 4"
    tool(tab, "report")


def test_slices_cross_and_planes_cut(tab: Page) -> None:
    opened(tab, 1)
    tab.get_by_label("Nombre de vues").select_option("2")
    until(tab, f"{VIEWS}.length === 2 && {VIEWS}[1].viewport.csImage")
    tab.locator(".v-board .v-canvas").nth(1).click()
    tab.locator(".v-thumb").nth(3).click()
    until(tab, f"{VIEWS}[1].series.modality === 'MR'")
    until(tab, "document.querySelector('.v-board svg line')")
    tab.locator(".v-board .v-canvas").nth(0).click()
    tool(tab, "planes")
    until(tab, "document.querySelectorAll('.v-planes canvas').length === 3")
    until(tab, "drimboxViewer.session.planes.told.textContent === 'Plan simple'")
    letters = (
        "(edge) => [...document.querySelectorAll(`.v-planes .v-${edge}`)].map(e => e.innerText)"
    )
    found = [tab.evaluate(letters, edge) for edge in ("left", "right", "top", "bottom")]
    assert found == [["R", "A", "R"], ["L", "P", "L"], ["A", "H", "H"], ["P", "F", "F"]]
    tab.get_by_role("button", name="Épaisseur MIP").click()
    assert tab.locator(".v-slab").inner_text() == "MIP 5 mm"
    tool(tab, "planes")
    until(tab, "!document.querySelector('.v-planes')")


def test_menus_are_opened_by_keyboard_and_mouse(tab: Page) -> None:
    opened(tab, 1)
    menu = tab.locator(".v-menu > button").first
    assert menu.get_attribute("aria-expanded") == "false"
    menu.focus()
    place = state(tab, 0, "place")
    tab.keyboard.press("ArrowDown")
    focused = "document.activeElement.dataset.tool ?? document.activeElement.textContent"
    assert tab.evaluate(focused) == "length"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate(focused) == "angle"
    # The image does not scroll, and Escape closes the menu and not the viewer.
    assert state(tab, 0, "wanted") == place
    tab.keyboard.press("Escape")
    # Its name is that of the tool in use.
    assert tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "false"
    assert menu.get_attribute("aria-expanded") == "false"
    tab.keyboard.press("Enter")
    tab.keyboard.press("ArrowUp")
    assert tab.evaluate(focused) == "clear"
    tab.locator(".v-board .v-canvas").first.click()
    assert menu.get_attribute("aria-expanded") == "false"
    # All buttons stand in one row.
    for width in (1280, 1920):
        tab.set_viewport_size({"width": width, "height": 800})
        rows = "new Set([...document.querySelectorAll('.v-toolbar > .v-group > *')]"
        heights: int = tab.evaluate(
            f"{rows}.filter(e => e.offsetWidth).map(e => Math.round("
            "(e.getBoundingClientRect().top + e.getBoundingClientRect().bottom) / 2))).size"
        )
        assert heights <= 2
        assert tab.evaluate("document.querySelector('.v-toolbar').offsetHeight") < 60


def test_a_text_is_put_on_the_image(tab: Page) -> None:
    opened(tab, 1)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept("<b>Nodule</b>")

    tab.once("dialog", answer)
    tool(tab, "text")
    drag(tab, 0, (0.4, 0.4), (0.5, 0.5))
    measured(tab, "<b>Nodule</b>")
    assert asked == ["Texte à poser sur l'image :"]
    tool(tab, "clear")
    tool(tab, "window")


@pytest.mark.parametrize("act", ["clear", "window", "leave"])
def test_a_measure_that_is_half_drawn_holds_the_mouse_no_longer_than_itself(
    act: str, tab: Page
) -> None:
    """Of the angle one side is drawn: the wheel waits for the other one."""
    opened(tab, 1)
    tool(tab, "angle")
    drag(tab, 0, (0.5, 0.3), (0.5, 0.5))
    if act == "leave":
        tab.keyboard.press("Escape")
        opened(tab, 1)
    else:
        tool(tab, act)
    place = state(tab, 0, "place")
    tab.locator(".v-board .v-canvas").first.hover()
    tab.mouse.wheel(0, 100)
    until(tab, f"{VIEWS}[0].place === {place + 1}")
    assert tab.locator(".v-board svg [data-id]").count() == 0
    tool(tab, "window")


def test_a_reset_keeps_what_is_white(tab: Page) -> None:
    """A radiograph whose lowest values are white stays one."""
    opened(tab, 1)
    tab.locator(".v-thumb").nth(2).click()
    until(tab, f"{VIEWS}[0].series.modality === 'DX'")
    until(tab, f"{VIEWS}[0].viewport.csImage?.imageId.includes({VIEWS}[0].series.uid)")
    red = f"""(() => {{
        const colours = {VIEWS}[0].viewport.getDefaultActor().actor.getProperty()
            .getRGBTransferFunction(0);
        const [low, high] = [[], []];
        colours.getNodeValue(0, low);
        colours.getNodeValue(colours.getSize() - 1, high);
        return [low[1], high[1], {VIEWS}[0].viewport.getProperties().invert];
    }})()"""
    until(tab, f"{VIEWS}[0].viewport.getProperties().invert")
    assert tab.evaluate(red) == [1, 0, True]
    tool(tab, "reset")
    assert tab.evaluate(red) == [1, 0, True]
    tab.keyboard.press("i")
    assert tab.evaluate(red) == [0, 1, False]
    tool(tab, "reset")
    assert tab.evaluate(red) == [1, 0, True]


def test_a_screen_is_calibrated_with_a_card(tab: Page) -> None:
    opened(tab, 1)
    tool(tab, "calibrate")
    width = tab.get_by_label("Largeur du cadre")
    assert width.input_value() == "324"
    width.fill("428")
    tab.get_by_role("button", name="C'est la largeur").click()
    tool(tab, "real_size")
    # Five pixels of the screen for a millimetre.
    scale = f"{VIEWS}[0].canvas.clientHeight / 2 / {VIEWS}[0].viewport.getCamera().parallelScale"
    until(tab, f"Math.abs({scale} - 5) < 0.01")
    # The page alone knows it.
    assert "428" not in str(tab.evaluate("Object.values({...localStorage, ...sessionStorage})"))


def test_a_capture_has_no_identity(tab: Page) -> None:
    opened(tab, 1)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    # The image does not say whether its pixels have an identity.
    tab.once("dialog", answer)
    with tab.expect_download() as saved:
        tool(tab, "capture")
    assert "identité" in asked[0]
    assert saved.value.suggested_filename == "image.png"
    data = saved.value.path().read_bytes()
    assert data.startswith(b"\x89PNG")
    assert b"PAT-TROIS" not in data


def test_an_address_that_expires_is_renewed_unseen(tab: Page, viewer_host: Host) -> None:
    viewer_host.expired = 1
    opened(tab, 1)
    until(tab, "drimboxViewer.session.source.running === 0")
    assert [path.rpartition("/")[2] for path, _ in viewer_host.forms].count("progress") == 1
    tab.evaluate(f"{VIEWS}[0].scrollTo(0)")
    until(tab, f"{VIEWS}[0].overlay.parts.image.textContent.includes('Im 1/12')")
    assert state(tab, 0, "note.hidden")


@pytest.mark.parametrize("state_of", ["gone", "refused"])
def test_an_exam_without_images_says_why(
    state_of: str, tab: Page, viewer_host: Host, exams: dict[int, ExamOfHost]
) -> None:
    viewer_host.exams = {3: ExamOfHost(3, "20240101", [], state=state_of, report=(4,))}
    tab.evaluate("drimboxViewer.session.open([3])")
    until(tab, "document.querySelector('.v-state').textContent.includes('établissement')")
    # The report stands in front when there are no images.
    until(tab, "!document.querySelector('.v-reports').hidden")


def test_another_patient_s_images_are_a_red_page(tab: Page, viewer_host: Host) -> None:
    other = {"name": "AUTRE PERSONNE", "birth_date": "01/01/1950", "sex": "M"}
    exam = ExamOfHost(3, "20240101", [], identity="differs", identities=other)
    viewer_host.exams = {3: exam}
    tab.evaluate("drimboxViewer.session.open([3])")
    until(tab, "document.querySelector('.v-differs')")
    told = tab.locator(".v-differs").inner_text()
    assert "d'un autre patient" in told
    assert "PAT-TROIS DOMINIQUE" in told
    assert "AUTRE PERSONNE" in told
    assert tab.locator(".v-board canvas").count() == 0


@pytest.mark.parametrize(
    ("status", "words"), [(401, "session est terminée"), (403, "n'est plus ouvert")]
)
def test_a_session_that_ended_is_told(
    status: int, words: str, tab: Page, viewer_host: Host
) -> None:
    viewer_host.ended = status
    tab.evaluate("drimboxViewer.session.open([1])")
    until(tab, "document.querySelector('.v-sentence')")
    assert words in tab.locator(".v-sentence").inner_text()


def test_images_that_arrive_are_added(
    tab: Page, viewer_host: Host, exams: dict[int, ExamOfHost]
) -> None:
    whole = exams[1].series[0]
    half = SeriesOfHost(whole.uid, whole.placed[:5], whole.data, whole.keys)
    viewer_host.exams = {1: ExamOfHost(1, "20261112", [half], state="coming")}
    opened(tab, 1)
    assert state(tab, 0, "series.count") == 5
    viewer_host.exams = {1: exams[1]}
    until(tab, f"{VIEWS}[0].series.count === 12")
    until(tab, f"{VIEWS}[0].overlay.parts.image.textContent.includes('/12')")


def test_english(viewer_host: Host, viewer_page: Callable[[str], Page]) -> None:
    tab = viewer_page("en")
    told = tab.evaluate("document.getElementById('viewer').textContent")
    assert "Linked" in told
    assert "Not for primary diagnosis" in told


@pytest.mark.parametrize("width", [1280, 1920])
def test_the_page_has_no_serious_fault(tab: Page, width: int) -> None:
    opened(tab, 1, 2)
    tab.set_viewport_size({"width": width, "height": width * 9 // 16})
    judged(tab, [width])


def test_the_head_leads_to_the_import_of_the_exams_of_other_sites(
    tab: Page, viewer_host: Host, exams: dict[int, ExamOfHost]
) -> None:
    button = tab.get_by_role("button", name="Importer dans le PACS")
    opened(tab, 1)
    assert not button.is_visible(), "an exam of this site"
    tab.evaluate("drimboxViewer.session.leave()")
    viewer_host.exams = {**exams, 2: replace(exams[2], imports=True)}
    opened(tab, 1, 2)
    with tab.expect_response(lambda one: one.url.endswith("/import")):
        button.click()
    path, form = viewer_host.forms[-1]
    assert (path, form["exams"], form["edition"]) == (f"{BASE}/import", "2", "edition")
    assert form["token"]
    judged(tab)
