"""functions.drimbox.images.cache_keys: where the cached objects of a study stand."""

from __future__ import annotations

from functions.drimbox.images.cache_keys import SeriesKeys, study_prefix
from functions.drimbox.oid import Uid
from tests.drimbox.images.samples import MANIFEST, SERIES, STUDY

KEYS = SeriesKeys(STUDY, MANIFEST, SERIES)


def test_keys_stand_under_study_and_manifest() -> None:
    one = Uid("1.2.3")
    keys = [
        KEYS.index,
        KEYS.multipart,
        KEYS.metadata,
        KEYS.display,
        KEYS.instance(one),
        KEYS.instance_multipart(one),
    ]
    assert all(key.startswith(f"studies/{STUDY}/{MANIFEST}/{SERIES}/") for key in keys)
    assert len(set(keys)) == 6
    assert all(key.startswith(study_prefix(STUDY)) for key in keys)
    # A prefix ends with a slash, so that deleting 1.2.3 never deletes 1.2.33.
    assert study_prefix(STUDY).endswith("/")


def test_a_note_makes_another_edition() -> None:
    assert (
        SeriesKeys(STUDY, MANIFEST, SERIES, 1).prefix == f"studies/{STUDY}/{MANIFEST}-1/{SERIES}/"
    )
