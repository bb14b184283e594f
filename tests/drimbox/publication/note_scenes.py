"""Rejection notes of the PACS, and the objects that are served after them."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Final

import pydicom

from functions.drimbox.manifest.read import Manifest, read
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import served
from simulators.pacs.studies import rejection_note
from tests.drimbox.publication.scenes import (
    FIRST,
    STUDY,
    active,
)
from tests.fakes.world import CT_IMAGE, World

ALL: Final = (1, 2, 3)
LAST: Final = Uid(f"{STUDY}.1.3")


def image(number: int) -> pydicom.Dataset:
    """An object of the study, as far as a note names it."""
    root = pydicom.Dataset()
    root.SOPClassUID, root.SeriesInstanceUID = CT_IMAGE, f"{STUDY}.1"
    root.SOPInstanceUID = f"{STUDY}.1.{number}"
    return root


def encoded(root: pydicom.Dataset) -> bytes:
    out = BytesIO()
    pydicom.dcmwrite(out, root, enforce_file_format=True)
    return out.getvalue()


def note(numbers: Sequence[int] = (3,), title: str = "113001", number: int = 1) -> bytes:
    """The PACS rejects these images of the study."""
    (study,) = FIRST.archived_studies()
    return encoded(rejection_note(study, [image(one) for one in numbers], title, number))


def undone(of: bytes, number: int = 9) -> bytes:
    """A note that rejects the note ``of``."""
    (study,) = FIRST.archived_studies()
    return encoded(rejection_note(study, [pydicom.dcmread(BytesIO(of))], "113001", number))


def shown(world: World) -> Manifest | None:
    """The objects of the study that would be served now."""
    found = served(world.records.get(STUDY), world.archive)
    return None if found is None else found.manifest


def objects(world: World) -> list[str]:
    """The objects that would be served now."""
    manifest = shown(world)
    series = manifest.series if manifest else ()
    return [i.sop_instance_uid.removeprefix(f"{STUDY}.1.") for s in series for i in s.instances]


def published(world: World) -> list[str]:
    """The objects that the manifest in the DMP names."""
    current = world.records.get(STUDY).current
    assert current is not None
    assert active(world) == [current.manifest_uid]
    manifest = read(world.archive.objects[f"studies/{current.intent_id}/manifest.dcm"])
    return [
        i.sop_instance_uid.removeprefix(f"{STUDY}.1.") for s in manifest.series for i in s.instances
    ]


def withdrawn(world: World) -> None:
    record = world.records.get(STUDY)
    assert (record.pending, record.current) == (None, None)
    assert record.withdrawn is not None
    assert active(world) == []
