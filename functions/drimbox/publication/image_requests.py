"""Requests for images, for their attributes and for searches, answered under the manifest in force;
a series that is not cached is asked for.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from functions.drimbox.errors import Conflict, NotReady
from functions.drimbox.images.cache import is_unservable, read_index
from functions.drimbox.images.retrieve import Direct, Redirect, decide
from functions.drimbox.images.retrieve_frames import FramesAnswer, decide_frames
from functions.drimbox.images.retrieve_metadata import Metadata, decide_metadata
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import served

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.images.cache import CachedSeries
    from functions.drimbox.images.cache_keys import SeriesKeys
    from functions.drimbox.images.joining import Joined
    from functions.drimbox.images.retrieve import Target
    from functions.drimbox.images.search import Search
    from functions.drimbox.images.search_attributes import Level
    from functions.drimbox.manifest.read import Manifest
    from functions.drimbox.publication.serving import ImageDesk, Served

Answer = TypeVar("Answer", covariant=True)  # noqa: PLC0105  # its name is that of the answers


def retrieve(
    desk: ImageDesk,
    target: Target,
    *,
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
    joins: bool = False,
) -> Direct | Redirect | Joined:
    """The answer to a request for images; ``accept`` and ``kos_sop_instance_uid`` are headers.
    ``joins`` as in :func:`decide`.

    Raises as :func:`decide` does; NotReady once each series that is not cached has been asked for;
    Conflict ``object_unservable`` when one of them was given up for the content of its objects.
    """
    ask = partial(decide, accept=accept, kos_sop_instance_uid=kos_sop_instance_uid, joins=joins)
    return _decided(desk, target, ask)


def retrieve_frames(
    desk: ImageDesk,
    target: Target,
    *,
    numbers: Sequence[int],
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
) -> FramesAnswer:
    """The same for frames of an object; raises also as :func:`decide_frames` does."""
    ask = partial(
        decide_frames, numbers=numbers, accept=accept, kos_sop_instance_uid=kos_sop_instance_uid
    )
    return _decided(desk, target, ask)


def retrieve_metadata(
    desk: ImageDesk,
    target: Target,
    *,
    accept: Sequence[str],
    accept_encoding: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
) -> Metadata:
    """The same for the attributes of a study, a series or an object; raises also as
    :func:`decide_metadata` does."""
    ask = partial(
        decide_metadata,
        accept=accept,
        accept_encoding=accept_encoding,
        kos_sop_instance_uid=kos_sop_instance_uid,
    )
    return _decided(desk, target, ask)


def search(
    desk: ImageDesk,
    target: Target,
    *,
    levels: tuple[Level, ...],
    parameters: Mapping[str, Sequence[str]],
    accept: Sequence[str],
    kos_sop_instance_uid: Sequence[str],
) -> Search:
    """The answer to a search within a study, or a series of it; raises also as
    :func:`decide_search` does."""
    # The first image after a cold start does not pay for searches.
    from functions.drimbox.images.search import decide_search  # noqa: PLC0415

    ask = partial(
        decide_search,
        levels=levels,
        parameters=parameters,
        accept=accept,
        kos_sop_instance_uid=kos_sop_instance_uid,
    )
    return _decided(desk, target, ask)


class _Decide(Protocol[Answer]):
    """One of the decisions, of which the headers are given."""

    def __call__(
        self,
        current: Manifest | None,
        target: Target,
        index_of: Callable[[SeriesKeys], CachedSeries | None],
        *,
        notes: int = 0,
    ) -> Answer: ...


def _decided(desk: ImageDesk, target: Target, ask: _Decide[Answer]) -> Answer:
    """The answer under the manifest in force; the series that are not cached are asked for."""
    current = served(desk.records.get(Uid(target.study_instance_uid)), desk.archive)

    def index_of(keys: SeriesKeys) -> CachedSeries | None:
        return read_index(desk.cache, keys)

    if current is None:
        return ask(None, target, index_of)
    try:
        return ask(current.manifest, target, index_of, notes=current.notes)
    except NotReady:
        if _fill(desk, current, target):
            raise Conflict(code="object_unservable") from None
        raise


def _fill(desk: ImageDesk, current: Served, target: Target) -> bool:
    """Ask for the wanted series that are not cached; whether one was given up for its content."""
    named = target.series_instance_uid
    series = [Uid(named)] if named else current.series
    cold = [one for one in series if read_index(desk.cache, current.keys(one)) is None]
    for one in cold:
        desk.fills.ask(current.filling(one), current.correlation_id, gone=True)
    return any(is_unservable(desk.cache, current.keys(one)) for one in cold)
