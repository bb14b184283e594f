"""One browser, and one scene on the stack, for all of the pages' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Visit, launched
from tests.browser.scene import Scene, play
from tests.flows.stack import LocalStack


@pytest.fixture(scope="session")
def browser(_stack: LocalStack) -> Iterator[Browser]:
    """Chromium."""
    with launched(_stack) as chromium:
        yield chromium


@pytest.fixture(scope="session")
def scene(_stack: LocalStack) -> Scene:
    """Some publications."""
    return play(_stack)


@pytest.fixture
def visit(stack: LocalStack, browser: Browser, scene: Scene) -> Iterator[Visit]:
    """A fresh visit. During the visit no URL tells of a patient, no script runs, and the console
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
