"""The field of the search: posted, and labelled by the operator's rights."""

from __future__ import annotations

from typing import Any

from lxml import html

from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.search_form import search_form
from functions.drimbox.tenants.model import Operator, Permission

LAYOUT = Layout(OPERATIONS, "site", "Site", "fr", Visitor("Camille", "token"))


def test_the_label_tells_what_may_be_searched() -> None:
    for permissions, told in ((set(Permission), True), ({Permission.VIEW}, False)):
        operator = Operator("Camille", frozenset(permissions), oidc_subject="operator-1")
        form: Any = html.fromstring(search_form(LAYOUT, operator))
        assert ("INS" in form.xpath("string(.//label[@for='text'])")) is told
        assert form.get("method") == "post"
        [field] = form.xpath(".//input[@name='text']")
        assert (field.get("autocomplete"), field.get("value")) == ("off", "")
