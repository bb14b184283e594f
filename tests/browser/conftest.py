"""One browser, and one scene on the stack, for the tests of the pages; a browser that draws, and a
host of the viewer alone, for those of the viewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from functions.drimbox.wording.text import Language
from infra.web import is_built
from tests.browser.chromium import Visit, launched
from tests.browser.opening import Openable, asked_nobody_else, listed, publish
from tests.browser.reading import Journey
from tests.browser.scene import Scene, play
from tests.browser.viewer_host import Host, serving
from tests.browser.viewer_tab import Tab, drawing
from tests.flows.stack import LocalStack


@pytest.fixture(scope="session")
def browser(_stack: LocalStack) -> Iterator[Browser]:
    """Chromium."""
    with launched(_stack, draws=True) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def scene(_stack: LocalStack) -> Scene:
    """Some publications."""
    return play(_stack)


@pytest.fixture(scope="session")
def exams(_stack: LocalStack) -> Openable:
    """A patient with exams of this site and of another that can be opened."""
    return publish(_stack)


@pytest.fixture(scope="session")
def reader(_stack: LocalStack, browser: Browser, exams: Openable) -> Iterator[Page]:
    """The list of that patient, of a radiologist, with the viewer warm behind it: one sign-in for
    all tests that leave the list as it was. Judged at the end as :func:`asked_nobody_else` tells.
    """
    visit = Visit.begin(browser, _stack)
    yield listed(Journey(visit, _stack), exams)
    visit.page.context.close()
    asked_nobody_else(visit, _stack, exams)


@pytest.fixture
def visit(stack: LocalStack, browser: Browser, scene: Scene) -> Iterator[Visit]:
    """A fresh visit. During the visit no URL tells of a patient, and the console
    stays empty.
    """
    made = Visit.begin(browser, stack)
    yield made
    made.page.context.close()
    traits = scene.case.traits
    secrets = {
        scene.case.ins,
        scene.case.ipp,
        traits.family,
        traits.given,
        traits.birth_date,
        *(order.accession for order in scene.case.orders),
        *(order.placer for order in scene.case.orders),
    }
    assert made.urls
    for url in made.urls:
        assert url.startswith((stack.endpoints["vi"], f"{stack.endpoints['psc']}/operators/"))
        assert not [secret for secret in secrets if secret.lower() in url.lower()]
    assert made.complaints == []


@pytest.fixture(scope="session")
def _viewer() -> Iterator[Tab]:
    """A tab with the viewer, warm: a page costs a second of shaders."""
    if not is_built():
        pytest.skip("the viewer is not built: make web")
    with serving(Host()) as host, drawing() as browser:
        yield Tab.begin(browser, host)


@pytest.fixture
def viewer_host(_viewer: Tab) -> Iterator[Host]:
    """The viewer's host, as new; then the judgement of the tab."""
    host = _viewer.host
    host.reset()
    yield host
    _viewer.judge()


@pytest.fixture
def viewer_tab(_viewer: Tab, viewer_host: Host) -> Page:
    """The warm tab; no exam is open."""
    _viewer.page.set_viewport_size({"width": 1280, "height": 720})
    _viewer.page.evaluate("drimboxViewer.session.leave()")
    return _viewer.page


@pytest.fixture
def viewer_page(_viewer: Tab, viewer_host: Host) -> Iterator[Callable[[Language], Page]]:
    """A new tab in a language."""
    made: list[Tab] = []

    def page(language: Language) -> Page:
        viewer_host.language = language
        made.append(Tab.begin(_viewer.browser, viewer_host))
        return made[-1].page

    yield page
    for one in made:
        one.judge()
        one.page.context.close()
