"""The use cases of the mission over the whole stack, each from the software of its professional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.web import is_built
from simulators.history.plan import Exam
from simulators.peer.front import find_nginx
from tests.browser.chromium import Visit
from tests.browser.opening import (
    PATIENCE,
    Openable,
    asked_nobody_else,
    back,
    compare,
    drawn,
    listed,
    openable,
    ready,
    row,
    until,
)
from tests.browser.reading import Journey
from tests.browser.viewer_tab import VIEWS
from tests.flows.stack import LocalStack

pytestmark = [
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
    pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web"),
]
DATES: Final = "drimboxViewer.session.exams.map((one) => one.told.date)"


@pytest.fixture(scope="module")
def nurse(_stack: LocalStack, browser: Browser, exams: Openable) -> Iterator[Page]:
    """The list, as a professional who is no radiologist has it."""
    visit = Visit.begin(browser, _stack)
    yield listed(Journey(visit, _stack), exams, "nurse")
    visit.page.context.close()
    asked_nobody_else(visit, _stack, exams)


def opened(tab: Page, exam: Exam) -> None:
    openable(tab, exam).click()
    drawn(tab)


def shown_dates(tab: Page) -> list[str]:
    return list(tab.evaluate(DATES))


def test_a_professional_who_is_no_radiologist_looks_at_a_prior_made_elsewhere(
    nurse: Page, exams: Openable
) -> None:
    """Un professionnel non radiologue consulte les antériorités du patient."""
    assert nurse.locator("article.group").count() > 3
    opened(nurse, exams.elsewhere)
    assert exams.made.patient.traits.family in nurse.inner_text("section.patient")
    assert "diagnostic" in nurse.locator(".v-purpose").inner_text()
    back(nurse)


def test_a_requesting_doctor_finds_the_result_of_the_request(
    stack: LocalStack, nurse: Page, exams: Openable
) -> None:
    """Le demandeur ouvre depuis son logiciel le résultat de l'examen demandé."""
    software = Journey(Visit(nurse.context.new_page(), ""), stack)
    tab = software.call(exams.made.patient.case(), AccessionNumber=exams.own.accession)
    # Signed in already; the call names the one exam.
    tab.locator("article.group").first.wait_for()
    assert tab.locator(".pick").count() == 1
    ready(tab)
    opened(tab, exams.own)
    tab.keyboard.press("r")
    report = tab.frame_locator(".v-reports iframe").first.locator("body")
    expect(report).to_contain_text(exams.made.patient.traits.family, timeout=PATIENCE)
    tab.close()
    software.visit.page.close()


def test_a_specialist_follows_a_patient_over_three_dates(reader: Page, exams: Openable) -> None:
    """Un spécialiste suit un patient sur trois dates, côte à côte."""
    compare(reader, exams.own, exams.elsewhere, exams.earlier)
    for view in (0, 1, 2):
        drawn(reader, view)
    dates = shown_dates(reader)
    assert dates == sorted(set(dates), reverse=True)
    assert len(dates) == 3
    heads = reader.locator(".v-board .v-exam").all_inner_texts()
    assert [one.splitlines()[0].split()[0] for one in heads] == [
        f"{one[6:]}/{one[4:6]}/{one[:4]}" for one in dates
    ]
    back(reader)


def test_a_radiologist_compares_the_exam_with_the_proposed_prior(
    reader: Page, exams: Openable
) -> None:
    """Le radiologue compare l'examen du jour à l'antériorité proposée."""
    for exam in (exams.own, exams.elsewhere):
        openable(reader, exam)
    reader.locator(".suggest").get_by_role("button", name="Comparer").click()
    for view in (0, 1):
        drawn(reader, view)
    dates = [f"{one.started:%Y%m%d}" for one in (exams.own, exams.elsewhere)]
    assert shown_dates(reader) == dates
    assert reader.evaluate(f"{VIEWS}.map((one) => one.prior)") == [False, True]
    until(reader, f"{VIEWS}.every((one) => one.series.count > 2)")
    places = reader.evaluate(f"{VIEWS}.map((one) => one.place)")
    reader.keyboard.press("ArrowUp")
    for view, place in enumerate(places):
        until(reader, f"{VIEWS}[{view}].place === {place - 1}")
    back(reader)


def test_from_a_report_to_its_images_beside_it(reader: Page, exams: Openable) -> None:
    """Depuis le compte rendu, ses images à côté."""
    conclusion = exams.made.plan.exams[exams.own.number - 1].act.findings[1]
    line = row(reader, exams.own).locator("xpath=ancestor::article")
    with reader.context.expect_page() as reading:
        line.get_by_role("button", name="Lire").first.click()
    expect(reading.value.locator("main")).to_contain_text(conclusion, timeout=PATIENCE)
    reading.value.close()
    opened(reader, exams.own)
    reader.locator("button[data-tool=report]").click()
    report = reader.frame_locator(".v-reports iframe").first.locator("body")
    expect(report).to_contain_text(conclusion, timeout=PATIENCE)
    assert reader.locator(".v-reports").is_visible()
    drawn(reader)
    back(reader)
