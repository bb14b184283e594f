"""A professional's page that opens an exam which another site holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from simulators.history.history import History
from tests.flows.readers import called, come_in
from tests.flows.stack import PATIENCE, LocalStack, wait_for


@dataclass(frozen=True)
class MadeElsewhere:
    """A patient's history, one exam of which the second tenant has published."""

    made: History
    study: str
    series: str
    pixels: dict[str, bytes]


@dataclass
class Page:
    """A patient's page with its list, narrowed to one study."""

    stack: LocalStack
    http: httpx.Client
    shown: httpx.Response

    def ask(self, verb: str, exams: str = "1") -> dict[str, Any]:
        """The document of the exams, by that route."""
        answer = self.send(verb, exams)
        assert answer.status_code == 200, answer.text
        [told] = answer.json()["exams"]
        return dict(told)

    def send(self, verb: str, exams: str = "1") -> httpx.Response:
        """The answer to the page's request."""
        forms = re.findall(r"<form.*?</form>", self.shown.text, re.DOTALL)
        form = next(one for one in forms if 'name="edition"' in one)
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        return self.http.post(
            f"{str(self.shown.url).partition('?')[0]}/{verb}",
            data={
                "token": unescape(fields["token"]),
                "edition": unescape(fields["edition"]),
                "exams": exams,
            },
            headers={
                "Origin": f"{self.shown.url.scheme}://{self.shown.url.netloc.decode()}",
                "Accept": "application/json",
            },
        )

    def whole(self) -> dict[str, Any]:
        """The document once everything is there."""

        def there() -> dict[str, Any] | None:
            told = self.ask("progress")
            assert told["state"] in {"coming", "whole"}, told
            return told if told["state"] == "whole" else None

        return wait_for(there, PATIENCE, "the images")


def page_of(
    stack: LocalStack,
    http: httpx.Client,
    exam: MadeElsewhere,
    professional: str = "radiologist",
    **call: str,
) -> Page:
    """The page of a call for the exam's patient; ``call`` replaces parameters of it."""
    come_in(stack, http, professional)
    case = exam.made.patient.case()
    shown = http.get(called(stack, http, case, StudyInstanceUID=exam.study, **call))
    assert shown.status_code == 200
    return Page(stack, http, shown)


def ended(page: Page) -> dict[str, Any]:
    """The document once the exam has come to an end."""

    def there() -> dict[str, Any] | None:
        told = page.ask("progress")
        return told if told["state"] != "coming" else None

    return wait_for(there, PATIENCE, "the end of the exam")
