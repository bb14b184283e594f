"""The content of an exam, as its manifest tells it."""

from __future__ import annotations

from functions.drimbox.consultation.exam_images import Content, content_of
from functions.drimbox.manifest.read import Manifest, ManifestInstance, ManifestSeries
from functions.drimbox.oid import Uid

CT = Uid("1.2.840.10008.5.1.4.1.1.2")


def series(number: int, modality: str, *frames: int | None, key: bool = False) -> ManifestSeries:
    """A series with one object for each number of ``frames``."""
    objects = (
        ManifestInstance(CT, Uid(f"2.25.{number}.{at}"), number_of_frames=count, is_key=key)
        for at, count in enumerate(frames, 1)
    )
    return ManifestSeries(Uid(f"2.25.{number}"), "", modality, None, tuple(objects))


def manifest(*content: ManifestSeries) -> Manifest:
    """A manifest of these series."""
    uid = Uid("2.25.1")
    return Manifest(uid, uid, uid, "", "", "113030", "", (), content)


def test_frames_are_images_and_an_object_without_any_is_one() -> None:
    made = manifest(series(1, "CT", None, None, key=True), series(2, "US", 60, 0, -5))
    assert content_of(made) == Content(key_images=2, series=2, images=64)


def test_series_that_accompany_images_do_not_count() -> None:
    made = manifest(series(1, "CT", 1), series(2, "SR", None), series(3, "KO", None))
    assert content_of(made) == Content(0, 1, 1)
    # A manifest that tells no modality may hold images.
    assert content_of(manifest(series(1, "", None))) == Content(0, 1, 1)
