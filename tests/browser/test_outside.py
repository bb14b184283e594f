"""The DMP is away: a professional reads an archive that an operator exported, and a manifest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from infra.web import is_built
from simulators.peer.front import find_nginx
from tests.browser.axe import judged
from tests.browser.chromium import Visit
from tests.browser.opening import (
    Openable,
    asked_nobody_else,
    back,
    drawn,
    listed,
    openable,
    told,
    until,
)
from tests.browser.outside import away, exported, give, manifest
from tests.browser.reading import Journey
from tests.flows.stack import LocalStack, new_ins

pytestmark = [
    pytest.mark.skipif(find_nginx() is None, reason="nginx is not installed"),
    pytest.mark.skipif(not is_built(), reason="the viewer is not built: make web"),
]
MARK = "Hors DMP : fichier ouvert à"


@pytest.fixture
def journey(stack: LocalStack, browser: Browser, exams: Openable) -> Iterator[Journey]:
    """A fresh browser, judged at the end."""
    visit = Visit.begin(browser, stack)
    yield Journey(visit, stack)
    visit.page.context.close()
    asked_nobody_else(visit, stack, exams)


def marked(tab: Page) -> None:
    """The mark stands in the patient's banner, which is in view."""
    mark = tab.locator(".patient .outside")
    assert mark.is_visible()
    assert MARK in mark.inner_text()


def test_files_are_read_while_the_dmp_is_away_and_marked_everywhere(
    stack: LocalStack, journey: Journey, exams: Openable
) -> None:
    archive = exported(stack, exams.own.study)
    kos = manifest(stack, exams.elsewhere.study)
    tab = listed(journey, exams)
    page = tab.url
    assert tab.locator("details.outside-form").count() == 0, "the DMP answers"
    with away(stack):
        tab.goto(page)
        # Bad files, in words: neither form, and another patient's.
        give(tab, "exam.dcm", b"GIF89a" * 40)
        assert "file_unreadable" in tab.inner_text("main")
        tab.goto(page)
        give(tab, "exam.dcm", kos.replace(exams.made.patient.ins.encode(), new_ins().encode()))
        tab.wait_for_url("**/file")
        assert "n'est pas celle de votre patient" in tab.inner_text("main")
        assert tab.locator("[data-open]").count() == 0
        # Our own export: the site's own exam, from its own cache.
        tab.goto(page)
        give(tab, "archive.zip", archive)
        tab.wait_for_url("**/file")
        marked(tab)
        judged(tab, widths=(390, 1280))
        opened(tab, exams, own=True)
        # The manifest of another site, which answers.
        tab.goto(page)
        give(tab, "exam.dcm", kos)
        tab.wait_for_url("**/file")
        marked(tab)
        opened(tab, exams, own=False)
    tab.goto(page)
    assert tab.locator(".patient .outside").count() == 0, "the DMP's own list"


def opened(tab: Page, exams: Openable, *, own: bool) -> None:
    """The images of the exam, under the mark; nothing leads to an import."""
    exam = exams.own if own else exams.elsewhere
    tab.locator("#viewer[data-ready=yes]").wait_for(state="attached", timeout=120_000)
    openable(tab, exam).click()
    drawn(tab)
    until(tab, "drimboxViewer.session.exams[0].told.state === 'whole'")
    facts = told(tab)
    assert (facts["own"], bool(facts["outside"])) == (own, True)
    marked(tab)
    assert not tab.get_by_role("button", name="Importer dans le PACS").is_visible()
    back(tab)
