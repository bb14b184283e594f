"""The decision whether an opened exam may be imported: every obstacle that can be seen by now.

The call, the manifest and the images must name one person, trait by trait. A preview looks at one
image of each series; before the first object leaves, all of them are looked at.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from functions.drimbox.images.dicom_json import data_set_json
from functions.drimbox.importing.local_patient import LocalPatient, local_patient
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.received import Received, differing, of_image, of_manifest
from functions.drimbox.manifest.elements import (
    EXPLICIT_LE,
    Malformed,
    read_elements,
    read_file_meta,
)
from functions.drimbox.reading.ended import Ended
from functions.drimbox.reading.shelf import MAX_MANIFEST
from functions.drimbox.tenants.model import ImageQuality
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.drimbox.consultation.context import CallContext
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.ports import CacheStore
    from functions.drimbox.reading.have import Have, HaveInstance
    from functions.drimbox.reading.shelf import Reading, Shelf
    from functions.drimbox.tenants.model import Tenant

# Bytes of an object in which the patient's group stands: first the usual, then the most.
_HEADS: Final = (64 * 1024, 4 * 1024 * 1024)
_AFTER_PATIENT: Final = 0x00110000
_AT_ONCE: Final = 8


@frozen
class Placed:
    """One object on the shelf: ``key`` is that of its pack."""

    key: str
    instance: HaveInstance


@frozen
class Judged:
    """The decision now. ``obstacle`` None: it may be imported, as soon as nothing is ``waiting``.

    ``differing`` are the traits that contradict the call. ``received`` is the patient of an image,
    None while there is none. ``total`` objects are named by the manifest, ``here`` are there, of
    ``size`` bytes. ``looked`` names them, by their bytes.
    """

    obstacle: Obstacle | None
    differing: tuple[str, ...] = ()
    received: Received | None = None
    patient: LocalPatient | None = None
    waiting: bool = True
    total: int = 0
    here: int = 0
    size: int = 0
    looked: str = ""


def judge(
    tenant: Tenant,
    shelf: Shelf,
    reading: Reading,
    *,
    own: bool,
    every: bool = False,
    looked: str = "",
) -> Judged:
    """Judge an opened exam; ``own``: this site has or had a manifest of it, as an exam whose author
    is a structure of the tenant. ``every``: look at each object and not at one of each series; but
    where these very objects were ``looked`` at before. StorageUnavailable."""
    patient = local_patient(reading.context)
    if not tenant.imports:
        return Judged(Obstacle.OFF)
    if reading.entry.given_at:
        return Judged(Obstacle.FILE)
    if reading.opened.quality is not ImageQuality.LOSSLESS:
        return Judged(Obstacle.VIEWING)
    own = own or tenant.structure(reading.entry.establishment[0]) is not None
    if own or patient is None:
        return Judged(Obstacle.OWN if own else Obstacle.NO_LOCAL_ID)
    manifest = shelf.manifest(reading)
    data = shelf.store.get(reading.keys.manifest, max_bytes=MAX_MANIFEST)
    if manifest is None or data is None:
        return Judged(None, patient=patient)
    haves = shelf.haves(reading, manifest)
    told = differing(of_manifest(data), reading.context)
    objects = list(placed(shelf, reading, manifest, haves))
    name = _name_of(objects)
    chosen = objects if every and name != looked else _first_of_each(objects)
    obstacle, differs, received = _look(shelf.store, chosen, reading.context)
    if told:
        obstacle, differs = Obstacle.MANIFEST, told
    ends = {one.ended for one in haves}
    waiting = bool(ends & {None, Ended.STALE})
    if obstacle is None and ends - {None, Ended.STALE, Ended.WHOLE}:
        obstacle = Obstacle.NOT_WHOLE
        if Ended.DIFFERS in ends:
            obstacle = Obstacle.IMAGES
    return Judged(
        obstacle,
        differs,
        received,
        patient,
        waiting,
        total=sum(one.awaited for one in haves),
        here=len(objects),
        size=sum(one.instance.size for one in objects),
        looked=name if every else "",
    )


def _name_of(objects: Iterable[Placed]) -> str:
    """The same for the same bytes of the same objects alone."""
    digest = hashlib.sha256()
    for one in objects:
        digest.update(f"{one.instance.sop_instance_uid} {one.instance.sha256}\n".encode())
    return digest.hexdigest()


def placed(
    shelf: Shelf, reading: Reading, manifest: Manifest, haves: Iterable[Have]
) -> Iterator[Placed]:
    """The objects that are there, series after series."""
    for series, have in zip(manifest.series, haves, strict=True):
        folder = shelf.folder(reading, manifest, series)
        for one in have.instances:
            yield Placed(folder.pack(one.pack), one)


def _first_of_each(objects: Iterable[Placed]) -> list[Placed]:
    """One object of each folder of packs."""
    found: dict[str, Placed] = {}
    for one in objects:
        found.setdefault(one.key.rpartition("/")[0], one)
    return list(found.values())


def _look(
    store: CacheStore, objects: list[Placed], context: CallContext
) -> tuple[Obstacle | None, tuple[str, ...], Received | None]:
    """The obstacle that these objects show, the traits that differ, the patient to be shown: that
    of the first object which differs, else of the first one."""
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = list(pool.map(partial(_received, store), objects))
    except Malformed:
        return Obstacle.UNREADABLE, (), None
    for one in found:
        differs = differing(one, context)
        if differs:
            return Obstacle.IMAGES, differs, one
    return None, (), found[0] if found else None


def _received(store: CacheStore, one: Placed) -> Received:
    """The patient of one object, from its first bytes. Malformed."""
    instance = one.instance
    for most in _HEADS:
        size = min(most, instance.size)
        data = store.get_range(one.key, instance.offset, size)
        if data is None:
            raise Malformed("the object has gone")
        start = read_file_meta(data, wanted=()).end
        try:
            end = read_elements(data, start, EXPLICIT_LE, wanted=(), stop=_AFTER_PATIENT).end
        except Malformed:
            continue
        if end < len(data) or size == instance.size:
            return of_image(data_set_json(data[:end], start))
    raise Malformed("the patient stands too far behind")
