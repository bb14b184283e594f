"""The order of scrolling does not depend on the order of arrival."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.images.display_order import Frame, display_order

AXIAL = [1, 0, 0, 0, 1, 0]


def slice_at(number: int | None, z: float, **more: Any) -> Frame:
    attributes = {"position": [3, 4, z], "orientation": AXIAL, "space": "1.2", **more}
    attributes = {key: value for key, value in attributes.items() if value is not None}
    return Frame(number, f"1.2.{number}", 1, attributes, [0, 0, 1])


def numbers(frames: list[Frame]) -> tuple[list[int | None], bool]:
    found, in_space = display_order(frames)
    return [one.number for one in found], in_space


def test_slices_are_ordered_in_space_the_way_their_numbers_run() -> None:
    rising = [slice_at(number, z) for number, z in ((1, 0), (3, 10), (2, 20), (4, 30))]
    assert numbers(rising) == ([1, 3, 2, 4], True)
    falling = [slice_at(number, -z) for number, z in ((1, 0), (3, 10), (2, 20), (4, 30))]
    assert numbers(falling) == ([1, 3, 2, 4], True)


def test_phases_of_one_place_follow_each_other() -> None:
    frames = [slice_at(n, z) for n, z in ((1, 0), (2, 5), (3, 0.001), (4, 5.001))]
    assert numbers(frames) == ([1, 3, 2, 4], True)


def test_without_a_common_space_the_numbers_rule() -> None:
    one = slice_at(2, 0)
    for other in (
        slice_at(1, 9, orientation=[0, 1, 0, 0, 0, 1]),
        slice_at(1, 9, space="1.3"),
        slice_at(1, 9, position=None),
        slice_at(1, 9, orientation=None),
        slice_at(1, 0),
    ):
        assert numbers([one, other]) == ([1, 2], False)
    assert numbers([one, slice_at(None, 0)]) == ([2, None], False)


def test_a_film_keeps_its_own_order() -> None:
    film = [Frame(1, "1.2", within, {}, [0, 0, 1]) for within in (3, 1, 2)]
    assert [one.within for one in display_order(film)[0]] == [1, 2, 3]


@given(
    st.lists(
        st.tuples(st.none() | st.integers(1, 50), st.integers(-40, 40)), min_size=1, max_size=12
    ),
    st.randoms(),
)
def test_the_order_of_arrival_does_not_matter(
    slices: list[tuple[int | None, int]], shuffle: random.Random
) -> None:
    frames = [
        Frame(number, f"1.2.{rank}", 1, {"position": [0, 0, z], "orientation": AXIAL}, [rank, 0, 1])
        for rank, (number, z) in enumerate(slices)
    ]
    expected = display_order(frames)
    shuffle.shuffle(frames)
    assert display_order(frames) == expected
    if expected[1]:
        places = [one.attributes["position"][2] for one in expected[0]]
        assert places in (sorted(places), sorted(places, reverse=True))
