"""The presentation states of an exam, by the places of their images."""

from __future__ import annotations

from typing import Any

import pytest

from functions.drimbox.images.display import Placed
from functions.drimbox.reading import exam_states as module
from functions.drimbox.reading.exam_states import exam_states
from tests.drimbox.images.display_scenes import colour, item, placed, shown, slice_of_ct
from tests.drimbox.images.samples import SERIES
from tests.drimbox.images.state_scenes import area, reference, state

SLICES = [placed(slice_of_ct(number, float(number))) for number in (3, 1, 2)]


def states(*of: Any, images: list[Placed] | None = None) -> list[dict[str, Any]]:
    found = [Placed(shown(one), 0, 0, None) for one in of]
    return exam_states([SLICES if images is None else images, found])


def named(*numbers: int, **changes: Any) -> Any:
    images = [reference(f"{SERIES}.{number}") for number in numbers]
    series = item(SeriesInstanceUID=str(SERIES), ReferencedImageSequence=images)
    return state(ReferencedSeriesSequence=[series], **changes)


def test_images_are_told_by_their_places() -> None:
    window = item(WindowCenter=1, WindowWidth=2, ReferencedImageSequence=[reference(f"{SERIES}.2")])
    areas = [area(PresentationPixelSpacing=[0.5, 0.7])]
    found = named(1, 2, 9, SoftcopyVOILUTSequence=[window], DisplayedAreaSelectionSequence=areas)
    [told] = states(found)
    # The places are those of the display order: by their number here.
    assert (told["series"], told["images"]) == (1, {"0": [0, 1]})
    assert told["windows"] == [{"center": 1, "width": 2, "function": "LINEAR", "on": {"0": [1]}}]
    assert "why" not in told


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"RescaleIntercept": 0}, "state_rescale"),
        ({"RescaleSlope": None, "RescaleIntercept": None}, "state_rescale"),
        (
            {"DisplayedAreaSelectionSequence": [area(PresentationPixelSpacing=[1, 1])]},
            "state_aspect",
        ),
        (
            {
                "DisplayedAreaSelectionSequence": [
                    area(
                        PresentationPixelAspectRatio=[1, 1],
                        ReferencedImageSequence=[reference(f"{SERIES}.1")],
                    )
                ]
            },
            "state_aspect",
        ),
        ({"ImageRotation": 30}, "state_element"),
    ],
)
def test_a_state_that_does_not_agree_with_its_images_is_refused(
    changes: dict[str, Any], why: str
) -> None:
    [told] = states(named(1, 2, **changes))
    assert told["why"] == why
    assert told["uid"]
    assert "images" not in told


def test_a_state_of_other_images_or_colours_is_refused() -> None:
    assert states(named(9))[0]["why"] == "state_images"
    assert states(named(1), images=[placed(colour())])[0]["why"] == "state_colours"
    # A series that cannot be drawn has no places.
    strange = [placed(slice_of_ct(1, Rows=0))]
    assert states(named(1), images=strange)[0]["why"] == "state_images"


def test_a_window_is_not_drawn_along_the_curve_of_its_image() -> None:
    """A state's window is linear: an image of a sigmoid would be drawn by its own curve."""
    images = [placed(slice_of_ct(1, VOILUTFunction="SIGMOID"))]
    assert states(named(1), images=images)[0]["why"] == "presentation"
    images = [placed(slice_of_ct(1, VOILUTFunction="LINEAR_EXACT"))]
    assert "why" not in states(named(1), images=images)[0]


def test_one_frame_of_a_film_may_be_meant() -> None:
    film = placed(slice_of_ct(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.7.2", NumberOfFrames=3))
    series = item(
        SeriesInstanceUID=str(SERIES),
        ReferencedImageSequence=[reference(f"{SERIES}.1", ReferencedFrameNumber=[2])],
    )
    [told] = states(state(ReferencedSeriesSequence=[series]), images=[film])
    assert told["images"] == {"0": [1]}


def test_only_so_many_are_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert exam_states([SLICES]) == []
    monkeypatch.setattr(module, "MOST", 1)
    assert len(states(named(1), named(2))) == 1


def test_values_of_a_table_are_not_those_that_a_state_means() -> None:
    table = item(LUTDescriptor=[1, 0, 8])
    table.add_new(0x00283006, "US", [1])
    gone = ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")
    facts: dict[str, Any] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", **dict.fromkeys(gone)}
    image = placed(slice_of_ct(1, VOILUTSequence=[table], **facts))
    assert "voi_table" in image.display["same"]
    plain: dict[str, Any] = {"RescaleSlope": None, "RescaleIntercept": None}
    assert states(named(1, **plain), images=[image])[0]["why"] == "state_rescale"
