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


@pytest.mark.parametrize("curve", ["SIGMOID", "LINEAR_EXACT"])
def test_the_curve_of_an_image_is_no_reason_against_the_state_s_own(curve: str) -> None:
    images = [placed(slice_of_ct(1, VOILUTFunction=curve))]
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


GONE = ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept")
PLAIN: dict[str, Any] = {"RescaleSlope": None, "RescaleIntercept": None}


def table(first: int = 0, entries: tuple[int, ...] = (1, 2)) -> Any:
    made = item(LUTDescriptor=[len(entries), first, 8])
    made.add_new(0x00283006, "US", list(entries))
    return made


def plain(number: int = 1, **more: Any) -> Placed:
    """An image of 12 bits without a rescaling."""
    facts: dict[str, Any] = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", **dict.fromkeys(GONE)}
    return placed(slice_of_ct(number, **{**facts, **more}))


def voi(first: int = 0, **more: Any) -> Any:
    return item(VOILUTSequence=[table(first)], **more)


def test_a_table_of_contrast_is_told_for_its_images() -> None:
    """Also for an image that has a table of its own: the state's takes its place."""
    images = [plain(), plain(2, VOILUTSequence=[table()])]
    assert "voi_table" in images[1].display["same"]
    second = voi(ReferencedImageSequence=[reference(f"{SERIES}.2")])
    [told] = states(named(1, 2, SoftcopyVOILUTSequence=[second], **PLAIN), images=images)
    [one] = told["windows"]
    assert (one["on"], one["table"]["first"]) == ({"0": [1]}, 0)
    assert "modality_table" not in told


def test_a_table_of_contrast_stands_beside_the_values_of_its_images() -> None:
    # The slices are -1024 to 3071 in Hounsfield units, and 64512 is -1024 under the other VR.
    [told] = states(named(1, SoftcopyVOILUTSequence=[voi(64512)]))
    assert told["windows"][0]["table"]["first"] == -1024
    assert states(named(1, SoftcopyVOILUTSequence=[voi(5000)]))[0]["why"] == "state_table"
    # A table for images that are not here is one for nothing.
    other = voi(5000, ReferencedImageSequence=[reference("1.2.3")])
    assert "why" not in states(named(1, SoftcopyVOILUTSequence=[other]))[0]


def test_a_table_of_values_is_the_image_s_own_or_one_for_stored_values() -> None:
    own = plain(ModalityLUTSequence=[table()])
    with_table = named(1, ModalityLUTSequence=[table()], **PLAIN)
    assert "modality_table" not in states(with_table, images=[own])[0]
    [told] = states(with_table, images=[plain()])
    assert told["modality_table"]["first"] == 0
    # The table of contrast takes the values that come out of the other one.
    both = named(1, ModalityLUTSequence=[table()], SoftcopyVOILUTSequence=[voi(1)], **PLAIN)
    assert states(both, images=[plain()])[0]["windows"][0]["table"]["first"] == 1
    late = named(1, ModalityLUTSequence=[table()], SoftcopyVOILUTSequence=[voi(256)], **PLAIN)
    assert states(late, images=[plain()])[0]["why"] == "state_table"


@pytest.mark.parametrize(
    ("images", "changes", "why"),
    [
        ([plain(ModalityLUTSequence=[table()])], {}, "state_rescale"),
        (
            [plain(ModalityLUTSequence=[table()])],
            {"ModalityLUTSequence": [table(0, (1, 3))]},
            "state_rescale",
        ),
        (
            [plain(ModalityLUTSequence=[table()])],
            {"ModalityLUTSequence": [table(1)]},
            "state_rescale",
        ),
        (
            [plain(RescaleSlope=1, RescaleIntercept=0)],
            {"ModalityLUTSequence": [table()]},
            "state_rescale",
        ),
        # Of two images one went through the table already.
        (
            [plain(ModalityLUTSequence=[table()]), plain(2)],
            {"ModalityLUTSequence": [table()]},
            "state_rescale",
        ),
        ([plain()], {"ModalityLUTSequence": [table(5000)]}, "state_table"),
    ],
)
def test_a_table_for_other_values_refuses_the_state(
    images: list[Placed], changes: dict[str, Any], why: str
) -> None:
    numbers = range(1, len(images) + 1)
    assert states(named(*numbers, **PLAIN, **changes), images=images)[0]["why"] == why


def test_the_proportions_are_those_of_a_scanned_film_too() -> None:
    areas = [area(PresentationPixelAspectRatio=[2, 1])]
    state_of = named(1, DisplayedAreaSelectionSequence=areas, **PLAIN)
    tall = plain(PixelSpacing=None, NominalScannedPixelSpacing=[0.4, 0.2])
    assert "why" not in states(state_of, images=[tall])[0]
    square = plain(PixelSpacing=None)
    assert states(state_of, images=[square])[0]["why"] == "state_aspect"
