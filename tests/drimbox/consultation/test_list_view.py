"""The view that a form of filters asks for, and its text."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.imaging_document import Mark
from functions.drimbox.consultation.list_view import (
    FILTERS,
    HIDDEN_AT_FIRST,
    ListView,
    decode,
    encode,
    folded,
    read_form,
)
from functions.drimbox.errors import BadRequest

FIRST = ListView()
TICKED = {f"state.{name}": "1" for name in FILTERS if name not in HIDDEN_AT_FIRST}


def test_a_form_that_changes_nothing_asks_for_the_first_view() -> None:
    same = {"modality.all": "CT MR -", "modality.CT": "1", "modality.MR": "1", "modality.-": "1"}
    assert read_form({**same, **TICKED, "search": "  "}, FIRST) == FIRST
    assert FIRST.active == 0
    assert ListView(oldest_first=True, everything=True).active == 0


def test_what_is_unticked_is_hidden_and_what_was_not_offered_is_not() -> None:
    fields = {
        **{"modality.all": "CT MR -", "modality.MR": "1"},
        **{"region.all": "51185008", "region.51185008": "1", "state.old": "1"},
        **{"search": " Nodule  LYON ", "first": "2025-01-01", "last": "2026-12-31"},
        "order": "oldest",
    }
    view = read_form(fields, FIRST)
    assert view == ListView(
        search="Nodule LYON",
        modalities=frozenset({"CT", ""}),
        states=frozenset(FILTERS) - {"old"},
        first=date(2025, 1, 1),
        last=date(2026, 12, 31),
        oldest_first=True,
    )
    assert view.words == ("nodule", "lyon")
    assert view.active == 4
    assert ListView(regions=frozenset({"1"}), last=date(2026, 1, 1)).active == 2
    assert view.hidden_marks == {
        *(Mark.ARCHIVED, Mark.MASKED),
        *(Mark.INVISIBLE_PATIENT, Mark.INVISIBLE_REPRESENTATIVES),
    }
    assert "Nodule" not in repr(view)


def test_a_form_without_an_order_keeps_it() -> None:
    assert read_form(TICKED, ListView(oldest_first=True)).oldest_first
    assert not read_form({**TICKED, "order": "newest"}, ListView(oldest_first=True)).oldest_first


def test_buttons_change_one_thing() -> None:
    before = ListView(search="genou", modalities=frozenset({"CT"}), oldest_first=True)
    assert read_form({"reset": "1", "search": "x"}, before) == ListView(oldest_first=True)
    shown = read_form({"reveal": "1"}, before)
    assert (shown.states, shown.search) == (frozenset(), "genou")
    wide = read_form({"everything": "1"}, before)
    assert (wide.everything, wide.search) == (True, "genou")
    assert read_form({"reset": "1"}, wide).everything
    assert read_form({"wanted": "1"}, wide) == before


@pytest.mark.parametrize(
    "field",
    [
        {"order": "random"},
        {"search": "x" * 101},
        {"search": "a\tb"},
        {"first": "2026-02-30"},
        {"last": "hier"},
        {"modality.all": "CT,MR"},
        {"region.all": " ".join(["1"] * 101)},
    ],
    ids=lambda field: next(iter(field)),
)
def test_a_value_that_the_page_cannot_send_is_refused(field: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        read_form(field, FIRST)


def test_case_and_accents_do_not_matter() -> None:
    assert folded("Échographie MÉDIÉVALE ﬁbreuse") == "echographie medievale fibreuse"


@given(
    st.builds(
        ListView,
        search=st.text(max_size=100),
        modalities=st.frozensets(st.sampled_from(["", "CT", "MR"])),
        states=st.frozensets(st.sampled_from(sorted(FILTERS))),
        first=st.none() | st.dates(),
        last=st.none() | st.dates(),
        oldest_first=st.booleans(),
        everything=st.booleans(),
    )
)
def test_a_view_comes_back_from_its_text(view: ListView) -> None:
    assert decode(encode(view)) == view


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30)))
def test_any_fields_give_a_view_or_a_refusal(fields: dict[str, str]) -> None:
    try:
        view = read_form(fields, FIRST)
    except BadRequest:
        return
    assert decode(encode(view)) == view
