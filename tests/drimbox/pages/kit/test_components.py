"""Components: columns of figures, facts without empty ones, fields with their labels."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from functions.drimbox.pages.kit import components
from functions.drimbox.pages.kit.html import join, tag

SCRIPT = "<script>alert(1)</script>"


def element(text: str) -> Any:
    return html.fragment_fromstring(text)


def test_a_table_marks_its_columns_of_figures_and_scrolls() -> None:
    row = tag("tr", tag("td", "a"), tag("td", "1"))
    region = element(components.table("Counts", ["Name", "Number"], [row], numbers=(1,)))
    assert (region.get("role"), region.get("tabindex"), region.get("aria-label")) == (
        "region",
        "0",
        "Counts",
    )
    assert region.findtext(".//caption") == "Counts"
    heads = region.findall(".//th")
    assert [(one.text, one.get("scope"), one.get("class")) for one in heads] == [
        ("Name", "col", None),
        ("Number", "col", "number"),
    ]
    assert [one.text for one in region.findall(".//td")] == ["a", "1"]


def test_a_listing_names_each_cell_for_its_card_and_stays_a_table() -> None:
    columns = [components.Column("Name"), components.Column("Number", "number")]
    table = element(components.listing("Counts", columns, [("a", "1"), (SCRIPT, "2")]))
    assert (table.tag, table.get("role"), table.get("class")) == ("table", "table", "listing")
    assert table.xpath(".//td/@data-label") == ["Number", "Number"]
    assert table.xpath(".//td/@class") == ["number", "number"]
    assert table.xpath(".//tbody/tr/th/text()") == ["a", SCRIPT]
    assert set(table.xpath(".//*/@role")) == {
        *("rowgroup", "row", "columnheader", "rowheader", "cell")
    }


def test_a_fact_without_value_has_no_row() -> None:
    found = element(components.facts([("Name", SCRIPT), ("Empty", ""), ("Id", "7")]))
    assert [(r.findtext("th"), r.findtext("td")) for r in found.findall(".//tr")] == [
        ("Name", SCRIPT),
        ("Id", "7"),
    ]


@pytest.mark.parametrize("role", ["status", "alert"])
def test_a_notice_has_a_role_that_is_read_aloud(role: str) -> None:
    found = element(components.notice(SCRIPT, "bad", role=role))
    assert (found.get("role"), found.get("class"), found.text) == (role, "notice bad", SCRIPT)


def test_a_choice_has_its_label_and_its_chosen_option() -> None:
    options = [("a", "First"), ("b", "Second")]
    found = element(components.select("x", "Reason", options, "b", any_="Any"))
    assert (found.find("label").get("for"), found.find("select").get("id")) == ("x", "x")
    shown = [(o.get("value"), o.text, "selected" in o.attrib) for o in found.iter("option")]
    assert shown == [("", "Any", False), ("a", "First", False), ("b", "Second", True)]
    without = element(components.select("x", "Reason", options))
    assert [o.get("value") for o in without.iter("option")] == ["a", "b"]


def test_fields_carry_their_values_as_texts() -> None:
    field = element(components.entry_field("n", "Name", SCRIPT, maxlength="60"))
    entry = field.find("input")
    assert (entry.get("id"), entry.get("value"), entry.get("maxlength")) == ("n", SCRIPT, "60")
    assert field.find("label").get("for") == "n"
    hidden = html.fragments_fromstring(join(components.hidden(a="1", b=SCRIPT)))
    assert [(one.get("type"), one.get("name"), one.get("value")) for one in hidden] == [
        ("hidden", "a", "1"),
        ("hidden", "b", SCRIPT),
    ]
