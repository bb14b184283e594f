"""The form of a check's answer is the one that the caller asks for: JSON, or a page."""

from __future__ import annotations

import pytest

from functions.drimbox.errors import NotAcceptable
from functions.drimbox.pages.check.answer import HTML, JSON, Form, preferred_form


@pytest.mark.parametrize(
    ("accept", "language", "form"),
    [
        ([], [], Form(JSON, "fr")),
        (["text/html"], [], Form(HTML, "fr")),
        (["text/html"], ["en-GB"], Form(HTML, "en")),
        (["text/html"], ["de"], Form(HTML, "fr")),
    ],
)
def test_the_form_is_the_callers(accept: list[str], language: list[str], form: Form) -> None:
    assert preferred_form(accept, language) == form


def test_another_form_is_not_acceptable() -> None:
    with pytest.raises(NotAcceptable):
        preferred_form(["application/pdf"], [])
