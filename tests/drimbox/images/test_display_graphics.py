"""Texts and graphics of an annotation."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.images import display_graphics
from functions.drimbox.images.display_content import NotUnderstood
from functions.drimbox.images.display_graphics import note, tags_of
from tests.drimbox.images.display_scenes import item
from tests.drimbox.images.state_scenes import attributes, circle, state, words

TEXTS, GRAPHICS = 0x00700008, 0x00700009


def read(**more: Any) -> dict[str, Any]:
    root = attributes(state(GraphicAnnotationSequence=[item(GraphicLayer="A", **more)]))
    return note(root["00700001"]["Value"][0], TEXTS, GRAPHICS)


def test_private_elements_are_none() -> None:
    assert tags_of({"00091001": {}, "00700002": {}}) == [0x00700002]


def test_graphics_have_their_points() -> None:
    line = circle(
        GraphicType="POLYLINE",
        GraphicData=[0, 0, 0.5, 1, 1, 0],
        NumberOfGraphicPoints=3,
        GraphicAnnotationUnits="DISPLAY",
        GraphicFilled="Y",
    )
    assert read(GraphicObjectSequence=[circle(GraphicFilled=None), line])["graphics"] == [
        {"type": "circle", "points": [[1, 2], [3, 4]], "of_area": False, "filled": False},
        {
            "type": "polyline",
            "points": [[0, 0], [0.5, 1], [1, 0]],
            "of_area": True,
            "filled": True,
        },
    ]


def test_texts_have_their_place() -> None:
    boxed = words(
        UnformattedTextValue="a\r\nb\ac",
        BoundingBoxAnnotationUnits="DISPLAY",
        BoundingBoxTopLeftHandCorner=[0, 0.5],
        BoundingBoxBottomRightHandCorner=[1, 1],
        BoundingBoxTextHorizontalJustification="RIGHT",
        AnchorPoint=None,
    )
    assert read(TextObjectSequence=[words(), boxed])["texts"] == [
        {
            "text": "Nodule",
            "side": "left",
            "anchor": [1, 2],
            "anchor_of_area": False,
            "visible": True,
        },
        {"text": "a\nbc", "side": "right", "box": [[0, 0.5], [1, 1]], "box_of_area": True},
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"GraphicType": "SPIRAL"},
        {"GraphicData": [1, 2, 3]},
        {"GraphicData": [1, 2, 3, 4, 5, 6], "NumberOfGraphicPoints": 3},
        {"GraphicDimensions": 3},
        {"NumberOfGraphicPoints": 1},
        {"GraphicFilled": "X"},
        {"GraphicAnnotationUnits": "MATRIX"},
        {"WindowCenter": 1},
    ],
)
def test_a_graphic_that_is_not_understood_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        read(GraphicObjectSequence=[circle(**more)])


@pytest.mark.parametrize(
    "more",
    [
        {"UnformattedTextValue": None},
        {"UnformattedTextValue": "\a"},
        {"UnformattedTextValue": "x" * 1001},
        {"AnchorPoint": None},
        {"AnchorPointAnnotationUnits": None},
        {"BoundingBoxTextHorizontalJustification": "UP"},
    ],
)
def test_a_text_that_is_not_understood_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstood):
        read(TextObjectSequence=[words(**more)])


def test_there_are_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotUnderstood):
        note({"00700008": {"vr": "UN"}}, TEXTS, GRAPHICS)
    monkeypatch.setattr(display_graphics, "MAX_OBJECTS", 1)
    with pytest.raises(NotUnderstood):
        read(TextObjectSequence=[words(), words()])
