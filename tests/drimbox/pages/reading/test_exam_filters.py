"""The form of filters: its boxes, their counts, and the view that it sends back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.drimbox.consultation.list_view import FILTERS, MOST_FIELDS, ListView, read_form
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.histories import eleven, exam
from tests.drimbox.pages.reading.shown import ADDRESS, read, words


def sent(document: Any) -> dict[str, str]:
    """The fields that a browser sends when nothing is touched."""
    [form] = document.xpath("//form[@id='filters']")
    return {
        one.get("name"): one.get("value", "")
        for one in form.xpath(".//input")
        if one.get("type") != "checkbox" or one.get("checked") is not None
    }


def test_each_value_has_a_box_and_a_count() -> None:
    document = read(eleven(), ListView(modalities=frozenset({"MR"})))
    boxes = {words(one): one.xpath("input/@checked") for one in document.xpath("//form//label")}
    for told in ("Scanner 4", "Radiographie 2", "Thorax 5", "Sans région 1", "Archivés 1"):
        assert boxes[told], told
    for told in ("IRM 2", "Anciennes versions, retirés 1", "Masqués aux professionnels 0"):
        assert not boxes[told], told
    # Closed, so that a narrow window shows the list; the head tells that filters are in force.
    assert not document.xpath("//details[@class='filters']/@open")
    assert document.xpath("//details[@class='filters']/summary")[0].text == "Filtres (1 en cours)"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_is_sent_by_post_to_the_page_and_closed_at_first(language: Language) -> None:
    document = read(eleven(), language=language)
    [form] = document.xpath("//form[@id='filters']")
    assert (form.get("method"), form.get("action")) == ("post", ADDRESS)
    assert sent(document)["token"] == "t"
    assert not document.xpath("//details[@class='filters']/@open")
    # Enter in the search presses the first button of the form.
    assert words(form.xpath(".//button")[0]) in {"Filtrer", "Filter"}


def test_without_a_value_there_is_nothing_to_choose() -> None:
    document = read([])
    assert not document.xpath("//input[starts-with(@name, 'modality')]")
    assert document.xpath("//input[starts-with(@name, 'state.')]")


def test_a_thousand_values_fit_the_form() -> None:
    many = [exam(str(one), "2026", modality=f"M{one}", region=(str(one), "")) for one in range(99)]
    assert len(sent(read(many))) < MOST_FIELDS


@settings(max_examples=25, deadline=None)
@given(
    st.builds(
        ListView,
        search=st.sampled_from(["", "nodule", 'a "b" <c>']),
        modalities=st.frozensets(st.sampled_from(["", "CT", "MR", "DX"])),
        regions=st.frozensets(st.sampled_from(["", "51185008"])),
        states=st.frozensets(st.sampled_from(sorted(FILTERS))),
        first=st.none() | st.dates(),
        last=st.just(date(2026, 1, 1)),
        oldest_first=st.booleans(),
        everything=st.booleans(),
    )
)
def test_a_form_that_nobody_touches_sends_the_view_back(view: ListView) -> None:
    entries = [*eleven(), exam("12", "", modality="", region=None)]
    seen = read(entries, ListView()), read(entries, view)
    again = read_form(sent(seen[1]), view)
    offered = set(sent(seen[1])["modality.all"].replace("-", "").split(" "))
    assert again.modalities == view.modalities & offered
    assert (again.search, again.states, again.first, again.last) == (
        *(view.search, view.states, view.first, view.last),
    )
    assert (again.oldest_first, again.everything) == (view.oldest_first, view.everything)
