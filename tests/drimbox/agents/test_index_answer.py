"""functions.drimbox.agents.index_answer: an index of another form than ours is none."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.agents import index_answer
from functions.drimbox.agents.index_answer import read_index
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.codec import encode
from tests.drimbox.agents.scenes import STUDY, index, told

Spoil = Callable[[dict[str, Any]], object]


def facts() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(encode(index()))
    return read


def rows(of: dict[str, Any]) -> Any:
    return of["series"][0]["instances"]


def test_an_index_of_ours_is_read() -> None:
    assert read_index(facts(), STUDY) == index()
    assert facts() == told()["index"]


SPOILED: list[Spoil] = [
    lambda f: f.pop("study_id"),
    lambda f: f.update(more=1),
    lambda f: f.update(study_instance_uid="1.2.2"),
    lambda f: f.update(study_instance_uid=7),
    lambda f: f.update(patient_id=7),
    lambda f: f.update(patient_name=None),
    lambda f: f.update(description="x" * 1025),
    lambda f: f.update(series=[]),
    lambda f: f.update(series={}),
    lambda f: f.update(series=[1]),
    lambda f: f["series"].append(f["series"][0]),
    lambda f: f["series"].append({**f["series"][0], "series_instance_uid": "1.2.1.7"}),
    lambda f: f["series"][0].update(number="1"),
    lambda f: f["series"][0].update(number=True),
    lambda f: f["series"][0].update(number=2**31),
    lambda f: f["series"][0].update(modality=["CT"]),
    lambda f: f["series"][0].update(more=1),
    lambda f: f["series"][0].update(instances=[]),
    lambda f: f["series"][0].update(instances="abc"),
    lambda f: f["series"][0].update(series_instance_uid="1.02"),
    lambda f: rows(f).append(rows(f)[0]),
    lambda f: rows(f).reverse(),
    lambda f: rows(f)[0].append(1),
    lambda f: rows(f)[0].__setitem__(0, 7),
    lambda f: rows(f)[0].__setitem__(1, "not a UID"),
    lambda f: rows(f)[0].__setitem__(2, 1.5),
    lambda f: rows(f)[0].__setitem__(3, "1"),
    lambda f: rows(f).__setitem__(0, "abcd"),
    lambda f: f.update(key_images=None),
    lambda f: f["key_images"].append(3),
    lambda f: f["key_images"][0].pop("text"),
    lambda f: f["key_images"][0].update(text=7),
    lambda f: f["key_images"][0].update(text="x" * 65537),
    lambda f: f["key_images"][0].update(title=["a", "b"]),
    lambda f: f["key_images"][0].update(title=["a", "b", 3]),
    lambda f: f["key_images"][0].update(references="1.2"),
    lambda f: f["key_images"][0].update(references=[7]),
    lambda f: f["key_images"][0].update(sop_instance_uid=""),
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_any_other_form_is_refused(spoil: Spoil) -> None:
    spoiled = facts()
    spoil(spoiled)
    with pytest.raises(ValueError, match="not a study index"):
        read_index(spoiled, STUDY)


@pytest.mark.parametrize("other", [None, [], "", 3, {"study_instance_uid": "1.2.1"}])
def test_what_is_no_object_is_refused(other: Any) -> None:
    with pytest.raises(ValueError, match="not a study index"):
        read_index(other, STUDY)


@pytest.mark.parametrize(
    ("limit", "most"), [("MAX_SERIES", 0), ("MAX_INSTANCES", 1), ("MAX_NOTES", 0)]
)
def test_no_more_than_an_index_has(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_answer, limit, most)
    with pytest.raises(ValueError, match="not a study index"):
        read_index(facts(), STUDY)


def _replaced(value: Any, path: list[int], other: Any) -> Any:
    """``value`` with the part at ``path`` (places, taken modulo) replaced."""
    if not path or not isinstance(value, dict | list) or not value:
        return other
    keys: list[Any] = sorted(value) if isinstance(value, dict) else list(range(len(value)))
    key = keys[path[0] % len(keys)]
    changed = copy.copy(value)
    changed[key] = _replaced(value[key], path[1:], other)
    return changed


JSON: Any = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({})
)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), JSON)
def test_a_changed_part_gives_an_index_of_the_same_types_or_none(
    path: list[int], other: Any
) -> None:
    changed = _replaced(facts(), path, other)
    try:
        found = read_index(changed, STUDY)
    except ValueError:
        return
    assert codec.decode(encode(found)) == found
    assert found.study_instance_uid == STUDY
    assert all(isinstance(one, Uid) for s in found.series for i in s.instances for one in i_uids(i))


def i_uids(instance: Any) -> tuple[Any, Any]:
    return instance.sop_class_uid, instance.sop_instance_uid
