"""A presentation state: read whole, or refused whole."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.images.display_content import NotUnderstood
from functions.drimbox.images.display_state import COLOUR, GREYSCALE, presentation_state
from tests.drimbox.images.display_scenes import item
from tests.drimbox.images.state_scenes import (
    IMAGE,
    area,
    attributes,
    circle,
    reference,
    state,
    words,
)


def read(sop_class: str = GREYSCALE, **changes: Any) -> dict[str, Any]:
    return presentation_state(sop_class, attributes(state(**changes)))


def why(sop_class: str = GREYSCALE, **changes: Any) -> str:
    with pytest.raises(NotUnderstood) as refused:
        read(sop_class, **changes)
    return refused.value.code


def test_a_plain_state_names_its_images_and_its_rescaling() -> None:
    assert read() == {
        "label": "NODULE",
        "description": "Nodule",
        "colour": False,
        "images": {IMAGE: []},
        "rotation": 0,
        "flip": False,
        "inverse": False,
        "rescale": [1, -1024],
        "modality_table": None,
        "windows": [],
        "areas": [
            {"corners": [1, 2, 3, 4], "size": "SCALE TO FIT", "aspect": None, "factor": None}
        ],
        "shutters": [],
        "notes": [],
    }
    assert read(RescaleSlope=None, RescaleIntercept=None)["rescale"] is None


def test_an_image_that_is_named_twice_keeps_all_its_frames() -> None:
    """Of one item with frames and one with others, and of one with frames and one for all."""
    first, second = (reference(ReferencedFrameNumber=[number]) for number in (1, 2))
    twice = item(SeriesInstanceUID="1.2", ReferencedImageSequence=[first, second])
    assert read(ReferencedSeriesSequence=[twice])["images"] == {IMAGE: [1, 2]}
    one, other = (
        item(SeriesInstanceUID="1.2", ReferencedImageSequence=[it]) for it in (first, second)
    )
    assert read(ReferencedSeriesSequence=[one, other])["images"] == {IMAGE: [1, 2]}
    for images in ([first, reference()], [reference(), first]):
        whole = item(SeriesInstanceUID="1.2", ReferencedImageSequence=images)
        assert read(ReferencedSeriesSequence=[whole])["images"] == {IMAGE: []}
    window = item(WindowCenter=1, WindowWidth=2, ReferencedImageSequence=[first, second])
    assert read(SoftcopyVOILUTSequence=[window])["windows"][0]["on"] == {IMAGE: [1, 2]}


def test_windows_turns_and_areas_are_read() -> None:
    several = item(WindowCenter=[40, 50], WindowWidth=[400, 1500])
    exact = item(WindowCenter=1, WindowWidth=2, VOILUTFunction="LINEAR_EXACT")
    exact.ReferencedImageSequence = [reference(ReferencedFrameNumber=[2, 3])]
    found = read(
        SoftcopyVOILUTSequence=[several, exact],
        ImageRotation=270,
        ImageHorizontalFlip="Y",
        PresentationLUTShape="INVERSE",
        DisplayedAreaSelectionSequence=[
            area(PresentationPixelSpacing=[2, 1]),
            area(PresentationSizeMode="MAGNIFY", PresentationPixelMagnificationRatio=2.5),
        ],
    )
    assert found["windows"] == [
        {"center": 40, "width": 400, "function": "LINEAR"},
        {"center": 1, "width": 2, "function": "LINEAR_EXACT", "on": {IMAGE: [2, 3]}},
    ]
    assert (found["rotation"], found["flip"], found["inverse"]) == (270, True, True)
    assert [one["aspect"] for one in found["areas"]] == [2, None]
    assert found["areas"][1]["factor"] == 2.5


def test_shutters_have_their_numbers_as_columns_and_rows() -> None:
    found = read(
        ShutterShape=["RECTANGULAR", "CIRCULAR", "POLYGONAL"],
        ShutterLeftVerticalEdge=1,
        ShutterRightVerticalEdge=9,
        ShutterUpperHorizontalEdge=2,
        ShutterLowerHorizontalEdge=8,
        CenterOfCircularShutter=[5, 6],
        RadiusOfCircularShutter=3,
        VerticesOfThePolygonalShutter=[1, 2, 3, 4, 5, 6],
        ShutterPresentationValue=0x8000,
    )["shutters"]
    assert found == [
        {"shape": "rectangle", "edges": [1, 9, 2, 8], "grey": 128},
        {"shape": "circle", "centre": [6, 5], "radius": 3, "grey": 128},
        {"shape": "polygon", "points": [[2, 1], [4, 3], [6, 5]], "grey": 128},
    ]


def test_notes_stand_in_the_order_of_their_layers() -> None:
    layers = [item(GraphicLayer=name, GraphicLayerOrder=order) for name, order in (("B", 2), "A1")]
    notes = [
        item(GraphicLayer="B", GraphicObjectSequence=[circle()]),
        item(
            GraphicLayer="A",
            TextObjectSequence=[words()],
            ReferencedImageSequence=[reference()],
        ),
    ]
    found = read(GraphicLayerSequence=layers, GraphicAnnotationSequence=notes)["notes"]
    assert [bool(one["graphics"]) for one in found] == [False, True]
    assert found[0]["on"] == {IMAGE: []}


def test_a_colour_state_is_one_of_srgb() -> None:
    plain = {"PresentationLUTShape": None, "RescaleSlope": None, "RescaleIntercept": None}
    assert read(COLOUR, ColorSpace="SRGB", ICCProfile=b"ab", **plain)["colour"]
    assert why(COLOUR, **plain) == "state_colours"
    assert why(COLOUR, ColorSpace="SRGB", PresentationLUTShape="INVERSE") == "presentation"
    assert why("1.2.840.10008.5.1.4.1.1.11.4") == "state_class"


def table(**more: Any) -> Any:
    made = item(LUTDescriptor=[2, 5, 8], **more)
    made.add_new(0x00283006, "US", [3, 250])
    return made


def test_tables_stand_in_for_windows_and_rescalings() -> None:
    several = item(VOILUTSequence=[table(LUTExplanation="DUR"), table()])
    several.ReferencedImageSequence = [reference()]
    plain: dict[str, Any] = {"RescaleSlope": None, "RescaleIntercept": None}
    found = read(
        SoftcopyVOILUTSequence=[several],
        ModalityLUTSequence=[table(ModalityLUTType="OD")],
        **plain,
    )
    told = {"first": 5, "bits": 8, "table": "AwD6AA=="}
    assert found["windows"] == [{"table": told, "on": {IMAGE: []}}]
    assert (found["modality_table"], found["rescale"]) == (told, None)
    # A window is the one to apply.
    both = item(VOILUTSequence=[table()], WindowCenter=40, WindowWidth=400)
    found = read(SoftcopyVOILUTSequence=[both])
    assert found["windows"] == [{"center": 40, "width": 400, "function": "LINEAR"}]


def test_a_table_that_is_not_understood_refuses_the_state() -> None:
    assert why(SoftcopyVOILUTSequence=[item(VOILUTSequence=LUT)]) == "voi_lut"
    assert why(ModalityLUTSequence=[table()]) == "modality_lut"
    plain: dict[str, Any] = {"RescaleSlope": None, "RescaleIntercept": None}
    assert why(ModalityLUTSequence=LUT, **plain) == "modality_lut"
    for tables in ([table(), table()], [table(Rows=1)]):
        assert why(ModalityLUTSequence=tables, **plain) == "state_element"
    colours: dict[str, Any] = {"ColorSpace": "SRGB", "PresentationLUTShape": None, **plain}
    assert why(COLOUR, ModalityLUTSequence=[table()], **colours) == "state_element"
    assert why(COLOUR, SoftcopyVOILUTSequence=[item()], **colours) == "state_element"


def test_a_sigmoid_is_at_least_one_value_wide() -> None:
    wide = item(WindowCenter=1, WindowWidth=2, VOILUTFunction="SIGMOID")
    assert read(SoftcopyVOILUTSequence=[wide])["windows"][0]["function"] == "SIGMOID"
    narrow = item(WindowCenter=1, WindowWidth=0.5, VOILUTFunction="SIGMOID")
    assert why(SoftcopyVOILUTSequence=[narrow]) == "state_element"
    other = item(WindowCenter=1, WindowWidth=2, VOILUTFunction="GAMMA")
    assert why(SoftcopyVOILUTSequence=[other]) == "state_element"


LUT = [item(LUTDescriptor=[1, 0, 16])]
ANNOTATED = [item(GraphicLayer="A", GraphicObjectSequence=[circle()])]


@pytest.mark.parametrize(
    "changes",
    [
        {"SoftcopyVOILUTSequence": [item(WindowCenter=[1, 2], WindowWidth=[3])]},
        {"SoftcopyVOILUTSequence": [item(WindowCenter=1, WindowWidth=0)]},
        {"SoftcopyVOILUTSequence": [item()]},
        {"MaskSubtractionSequence": [item()]},
        {"OverlayRows": 1},
        {"ImageRotation": 45},
        {"ImageHorizontalFlip": "X"},
        {"ReferencedSeriesSequence": None},
        {"DisplayedAreaSelectionSequence": [area(PresentationSizeMode="OTHER")]},
        {"DisplayedAreaSelectionSequence": [area(PresentationPixelAspectRatio=[0, 1])]},
        {
            "DisplayedAreaSelectionSequence": [
                area(PresentationSizeMode="MAGNIFY", PresentationPixelMagnificationRatio=0)
            ]
        },
        {"ShutterShape": "BITMAP"},
        {"ShutterShape": "POLYGONAL", "VerticesOfThePolygonalShutter": [1, 2, 3, 4]},
        {"GraphicAnnotationSequence": ANNOTATED},
        {"GraphicAnnotationSequence": [item(CompoundGraphicSequence=[item()])]},
    ],
)
def test_an_element_that_is_not_understood_refuses_the_state(changes: dict[str, Any]) -> None:
    root = state(**{name: value for name, value in changes.items() if name != "OverlayRows"})
    if "OverlayRows" in changes:
        root.add_new(0x60000010, "US", 1)
    with pytest.raises(NotUnderstood) as refused:
        presentation_state(GREYSCALE, attributes(root))
    assert refused.value.code == "state_element"


def test_a_state_has_a_shape_or_no_table() -> None:
    assert why(PresentationLUTShape="OTHER") == "presentation"
    assert why(PresentationLUTShape=None, PresentationLUTSequence=LUT) == "state_element"


@pytest.mark.parametrize("tag", ["00283110", "00081115", "00700001"])
def test_a_sequence_that_nobody_read_refuses_the_state(tag: str) -> None:
    found = attributes(state())
    with pytest.raises(NotUnderstood):
        presentation_state(GREYSCALE, {**found, tag: {"vr": "UN"}})


@pytest.mark.parametrize(
    "image",
    [
        {"vr": "UN"},
        {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2"]}, "0062000B": {}}]},
        {"vr": "SQ", "Value": [{"00081160": {"vr": "IS", "Value": ["x"]}}]},
    ],
)
def test_images_that_nobody_can_name_refuse_the_state(image: dict[str, Any]) -> None:
    found = attributes(state())
    found["00081115"] = {"vr": "SQ", "Value": [{"00081140": image}]}
    with pytest.raises(NotUnderstood):
        presentation_state(GREYSCALE, found)


def test_a_grey_that_is_no_number_refuses_the_state() -> None:
    found = attributes(state())
    with pytest.raises(NotUnderstood):
        presentation_state(GREYSCALE, {**found, "00181622": {"vr": "LO", "Value": ["x"]}})
