"""A history of which three exams can be opened: one of this site, two of the other tenant."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from infra.demo.elsewhere import Elsewhere
from infra.demo.exams import FIRST_EXAM
from infra.demo.layout import SECOND
from simulators.history.acts import ACTS, Series
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.plan import Exam, Report
from simulators.history.sites import served_at
from tests.browser.chromium import Visit
from tests.browser.reading import Journey
from tests.flows.stack import LocalStack, in_parallel

SLICES: Final = 12
_THORAX: Final = replace(
    next(one for one in ACTS if one.ccam[0] == "ZBQH001"),
    series=(Series("Thorax", SLICES, "ct_chest"),),
)
# Milliseconds: a busy machine draws without a GPU, and fetches meanwhile.
PATIENCE: Final = 120_000


@dataclass(frozen=True, slots=True)
class Openable:
    """The patient, and the exams that are published with all of their images, latest first. All
    are of the thorax: the list proposes ``elsewhere`` as the prior of ``own``.
    """

    made: History
    own: Exam
    elsewhere: Exam
    earlier: Exam


def publish(stack: LocalStack) -> Openable:
    """Publish exams of both tenants for a new patient, each of a few slices."""
    look = stack.aws["lambda"].invoke(
        FunctionName="drimbox-refresh-white-list", Payload=json.dumps({"at_once": True}).encode()
    )
    assert json.loads(look["Payload"].read())["outcome"] == "kept"
    made = history("demo", uuid4().hex, sites=served_at(stack.layout.sites()))
    load(made, stack.endpoints["dmp"], stack.layout.pki / "ca.pem")
    own = _report(made, "ambroise")
    elsewhere = _report(made, SECOND)
    earlier = next(one for one in made.plan.reports if one.exams[0].number == FIRST_EXAM)
    return Openable(
        made, *in_parallel(lambda one: _publish(stack, made, one), (own, elsewhere, earlier))
    )


def _report(made: History, site: str) -> Report:
    return next(
        one
        for one in made.plan.reports
        if one.exams[0].site.key == site and not one.masking and one.state == "Approved"
    )


def _publish(stack: LocalStack, made: History, about: Report) -> Exam:
    [exam] = about.exams[:1]
    small = replace(exam, act=_THORAX, key_images=False)
    Elsewhere(stack.layout).publish(made, replace(about, exams=(small,)))
    return small


def listed(journey: Journey, exams: Openable, professional: str = "radiologist") -> Page:
    """The patient's list, with the viewer warm behind it."""
    tab = journey.sign_in(journey.call(exams.made.patient.case()), professional)
    ready(tab)
    return tab


def asked_nobody_else(visit: Visit, stack: LocalStack, exams: Openable) -> None:
    """The browser asked our hosts and the storage alone; no address tells of the patient, and
    nothing broke a policy or failed.
    """
    parts = [urlsplit(stack.endpoints[name])[:2] for name in ("vi", "psc", "aws")]
    patient = exams.made.patient
    secrets = {patient.ins, patient.traits.family, exams.elsewhere.study}
    for url in visit.urls:
        assert url.startswith(("blob:", "data:", "about:")) or urlsplit(url)[:2] in parts, url
        assert not [one for one in secrets if one.lower() in url.lower()], url
    assert visit.complaints == []


def back(tab: Page) -> None:
    """From the images to the list."""
    tab.keyboard.press("Escape")
    tab.locator("#viewer").wait_for(state="hidden")


def row(tab: Page, exam: Exam) -> Locator:
    """The line of an exam in the list."""
    at = exam.started.astimezone(ZoneInfo("Europe/Paris")).strftime("%Y%m%d%H%M")
    return tab.locator(f".row:has(.pick[value='{at}'])")


def ready(tab: Page) -> None:
    """Wait until the viewer behind the list is warm."""
    tab.locator("#viewer[data-ready]").wait_for(state="attached", timeout=PATIENCE)
    assert tab.locator("#viewer").get_attribute("data-ready") == "yes"


def openable(tab: Page, exam: Exam) -> Locator:
    """The exam's button, once its site answers: a person asks again where a busy one did not."""
    line = row(tab, exam)
    button = line.get_by_role("button", name="Ouvrir")
    for _ in range(10):
        try:
            expect(button).to_be_enabled(timeout=PATIENCE / 10)
        except AssertionError:
            tab.locator("#sources button").click()
        else:
            return button
    raise AssertionError(line.inner_text())


def compare(tab: Page, *exams: Exam) -> None:
    """Choose the exams and press C. A busy site that does not answer takes its exam out of the
    choice; a person chooses it again.
    """
    button = tab.locator(".tray button").nth(1)
    for _ in range(10):
        for exam in exams:
            openable(tab, exam)
            row(tab, exam).locator(".pick").check()
        if button.is_enabled():
            tab.keyboard.press("c")
            tab.locator("#viewer").wait_for(state="visible")
            return
    raise AssertionError(tab.locator("#source-notices").inner_text())


def until(tab: Page, expression: str) -> None:
    """Wait for the page; its policy forbids the waits of Playwright that evaluate a text."""
    for _ in range(PATIENCE // 100):
        if tab.evaluate(f"Boolean({expression})"):
            return
        tab.wait_for_timeout(100)
    raise AssertionError(f"{expression}: {tab.locator('#viewer').inner_text()}")


def drawn(tab: Page, view: int = 0) -> None:
    """Wait until an image of at least two shades stands in the view."""
    until(
        tab,
        f"""(() => {{
            const one = drimboxViewer.session.board.views[{view}];
            if (!one?.viewport?.csImage) return false;
            const canvas = one.viewport.getCanvas();
            const {{ width, height }} = canvas;
            const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
            return data.some((v, at) => at % 4 === 0 && v > 60) &&
                data.some((v, at) => at % 4 === 0 && v < 10);
        }})()""",
    )


def told(tab: Page) -> dict[str, Any]:
    """The document of the first exam as the viewer has it."""
    found: dict[str, Any] = tab.evaluate("drimboxViewer.session.exams[0].told")
    return found
