"""A professional's browser: the RIS's page in one tab, the patients in others."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from simulators.history.history import history
from simulators.history.load import load
from simulators.history.sites import served_at
from simulators.ris.cases import Case
from simulators.ris.page import render
from tests.browser.chromium import Visit
from tests.flows.stack import LocalStack

_ADD: Final = """(form, [name, value]) =>
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }))"""


@dataclass(frozen=True, slots=True)
class Journey:
    """A browser with a RIS's page in its first tab."""

    visit: Visit
    stack: LocalStack

    @property
    def home(self) -> str:
        """The first page of the area."""
        return self.stack.layout.reading()

    def call(self, case: Case, **more: str) -> Page:
        """Press the RIS's button for the patient, with ``more`` parameters; the tab that opens."""
        vi, tenant = self.stack.endpoints["vi"], self.stack.endpoints["tenant"]
        ris = self.visit.page
        ris.set_content(render(f"{vi}/tenants/{tenant}/context", [case]))
        for name, value in more.items():
            ris.locator("form").evaluate(_ADD, [name, value])
        with ris.expect_popup() as opened:
            ris.click("button")
        tab = opened.value
        tab.wait_for_url(f"{self.home}/**")
        return tab

    def patient_with_a_history(self) -> Case:
        """The patient of the demonstration, whose history the simulated DMP has from now on."""
        sites = served_at(self.stack.layout.sites())
        made = history("demo", sites=sites)
        load(made, self.stack.endpoints["dmp"], self.stack.layout.pki / "ca.pem")
        return made.patient.case()

    def sign_in(self, tab: Page, professional: str = "radiologist") -> Page:
        """Through the page of Pro Santé Connect, and back."""
        tab.click("main a.button")
        tab.click(f"button[value={professional}]")
        tab.wait_for_url(f"{self.home}**")
        return tab


def reach(tab: Page, selector: str) -> None:
    """Press Tab until the focus is on such an element."""
    for _ in range(150):
        tab.keyboard.press("Tab")
        if tab.evaluate(f"document.activeElement.matches({json.dumps(selector)})"):
            return
    raise AssertionError(selector)
