"""The answer to a WADO-RS retrieve (PS3.18 10.4): the decision alone, no byte moves here."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import Absent, BadRequest, NotReady, StorageUnavailable, TooLarge
from functions.drimbox.images.cache import (
    DIRECT_LIMIT,
    CachedInstance,
    CachedSeries,
    instance_layout,
)
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.joining import Joined, JoinedObject, JoinedSeries
from functions.drimbox.images.multipart import DICOM, Item, boundary_for
from functions.drimbox.images.negotiation import MediaRange, as_held, choose, parse_accept
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from functions.drimbox.manifest.read import Manifest, ManifestSeries

# Seconds after which a series that is being cached is worth asking for again.
RETRY_AFTER: Final = 10


@frozen
class Target:
    """The resource of the URL: a study, a series of it, or an object of that; UIDs as received."""

    study_instance_uid: str
    series_instance_uid: str | None = None
    sop_instance_uid: str | None = None


@frozen
class Piece:
    """Bytes of the answer that stand in the cache: ``size`` bytes of the object ``key`` from
    ``offset`` on; ``sha256`` is theirs, in hex."""

    key: str
    offset: int
    size: int
    sha256: str


@frozen
class Direct:
    """Answer 200 with the body itself: ``pieces`` one after the other, at most DIRECT_LIMIT."""

    content_type: str
    pieces: tuple[bytes | Piece, ...]

    def body(self, read: Callable[[str, int, int], bytes | None]) -> bytes:
        """The body; ``read(key, offset, size)`` is ``CacheStore.get_range``.

        Raises StorageUnavailable when one is gone or is not what was stored.
        """
        return b"".join(
            piece
            if isinstance(piece, bytes)
            else _checked(piece, read(piece.key, piece.offset, piece.size))
            for piece in self.pieces
        )


@frozen
class Redirect:
    """Answer 307 to a signed URL of the cached object ``key``, served as ``content_type``."""

    key: str
    content_type: str


def _checked(piece: Piece, data: bytes | None) -> bytes:
    if data is None or hashlib.sha256(data).hexdigest() != piece.sha256:
        raise StorageUnavailable("a cached object is not what was stored")
    return data


def manifest_uid(values: Sequence[str]) -> str:
    """The value of the ``KOS-SOPInstanceUID`` headers; BadRequest unless there is exactly one."""
    stated = [one.strip() for value in values for one in value.split(",")]
    if len(stated) != 1 or not stated[0]:
        raise BadRequest("KOS-SOPInstanceUID")
    return stated[0]


def decide(
    current: Manifest | None,
    target: Target,
    index_of: Callable[[SeriesKeys], CachedSeries | None],
    *,
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
    joins: bool = False,
    notes: int = 0,
) -> Direct | Redirect | Joined:
    """Decide the answer. ``current`` is the manifest in force of the study, if any, without the
    objects that its ``notes`` rejection notes reject; ``index_of`` reads the cache's index of a
    series; ``accept`` and ``kos_sop_instance_uid`` are the values of these headers, one per line.
    ``joins``: a front asks, which writes a large answer from the bodies of several series.

    Raises BadRequest (no Accept, no or several manifests named), Absent (not the manifest in force,
    or it does not name the resource: a stale manifest and a foreign study look alike), NotReady
    (not cached yet: the caller starts the fill), NotAcceptable (a syntax that is held is not
    accepted), TooLarge (a study of several series beyond DIRECT_LIMIT, where nobody ``joins`` them:
    to be asked by series).
    """
    ranges = parse_accept(accept)
    named = require_named(current, target, kos_sop_instance_uid, notes)
    held = [(keys, ready(index_of(keys))) for keys in named]
    if target.sop_instance_uid is not None:
        keys, series = held[0]
        return _instance(keys, series, target.sop_instance_uid, ranges)
    choose(ranges, as_held(syntax for _, series in held for syntax in series.transfer_syntaxes))
    return _series(*held[0]) if len(held) == 1 else _study(held, joins=joins)


def require_named(
    current: Manifest | None, target: Target, kos_sop_instance_uid: Sequence[str], notes: int
) -> list[SeriesKeys]:
    """Where each series of the target stands in the cache; :func:`decide`'s arguments. Raises
    BadRequest and Absent as it does."""
    stated = manifest_uid(kos_sop_instance_uid)
    if current is None or stated != current.sop_instance_uid:
        raise Absent("not the current manifest")
    return _keys(current, _named(current, target), notes)


def ready(index: CachedSeries | None) -> CachedSeries:
    """The index of a series that is cached; NotReady for another one."""
    if index is None:
        raise NotReady("the series is being fetched", retry_after=RETRY_AFTER)
    return index


def _named(manifest: Manifest, target: Target) -> list[ManifestSeries]:
    """The series to serve, once the manifest is known to name the target."""
    if target.study_instance_uid != manifest.study_instance_uid:
        raise Absent("the manifest is of another study")
    if target.series_instance_uid is None:
        named = [one for one in manifest.series if one.instances]
        if not named:
            raise Absent("all that the manifest names was rejected")
        return named
    series = manifest.find_series(target.series_instance_uid)
    if series is None:
        raise Absent("the manifest does not name this series")
    if target.sop_instance_uid is not None and series.find(target.sop_instance_uid) is None:
        raise Absent("the manifest does not name this object")
    return [series]


def _keys(manifest: Manifest, named: Sequence[ManifestSeries], notes: int) -> list[SeriesKeys]:
    return [
        SeriesKeys(
            manifest.study_instance_uid,
            manifest.sop_instance_uid,
            one.series_instance_uid,
            notes,
        )
        for one in named
    ]


def held_instance(series: CachedSeries, sop_instance_uid: str) -> CachedInstance:
    """The object of an index whose manifest names it; StorageUnavailable where it is not there."""
    found = series.find(sop_instance_uid)
    if found is None:
        # An index is written for every object of its manifest: this one is not ours to trust.
        raise StorageUnavailable("a cache index lacks an object of its manifest")
    return found


def _piece(keys: SeriesKeys, series: CachedSeries, one: CachedInstance) -> Piece:
    return Piece(series.body_under(keys), one.offset, one.size, one.sha256)


def _instance(
    keys: SeriesKeys, series: CachedSeries, uid: str, ranges: Sequence[MediaRange]
) -> Direct | Redirect:
    one = held_instance(series, uid)
    small = one.size <= DIRECT_LIMIT
    choice = choose(ranges, as_held([one.transfer_syntax]), single=True)
    if choice.form == "single":
        content_type = f"{DICOM};transfer-syntax={choice.transfer_syntaxes[one.transfer_syntax]}"
        if small:
            return Direct(content_type, (_piece(keys, series, one),))
        return Redirect(keys.instance(one.sop_instance_uid), content_type)
    if len(series.instances) == 1:
        return _series(keys, series)
    layout = instance_layout(keys, one.sop_instance_uid, Item(one.size, one.transfer_syntax))
    if small:
        whole = (layout.heads[0], _piece(keys, series, one), layout.tail)
        return Direct(layout.content_type, whole)
    return Redirect(keys.instance_multipart(one.sop_instance_uid), layout.content_type)


def _series(keys: SeriesKeys, series: CachedSeries) -> Direct | Redirect:
    if series.size > DIRECT_LIMIT:
        return Redirect(series.body_under(keys), series.content_type)
    whole = Piece(series.body_under(keys), 0, series.size, series.sha256)
    return Direct(series.content_type, (whole,))


def _study(held: Sequence[tuple[SeriesKeys, CachedSeries]], *, joins: bool) -> Direct | Joined:
    """Several series as one body, made of their objects: here while it is small."""
    try:
        parts = [JoinedSeries(series.body_under(keys), _in_body(series)) for keys, series in held]
    except ValueError:
        raise StorageUnavailable("a cache index lies about its body") from None
    joined = Joined(boundary_for(*(keys.multipart for keys, _ in held)), parts)
    layout = joined.layout
    if layout.size > DIRECT_LIMIT:
        if joins:
            return joined
        raise TooLarge("the study is too large for one answer: ask for its series")
    objects = [_piece(keys, series, one) for keys, series in held for one in series.instances]
    pieces: list[bytes | Piece] = []
    for head, piece in zip(layout.heads, objects, strict=True):
        pieces += (head, piece)
    return Direct(layout.content_type, (*pieces, layout.tail))


def _in_body(series: CachedSeries) -> tuple[JoinedObject, ...]:
    return tuple(
        JoinedObject(one.offset, one.size, one.transfer_syntax) for one in series.instances
    )
