"""The job ``fill``: one series as a body on the agent's disk, then in the cloud."""

from __future__ import annotations

import shutil
from errno import ENOSPC
from typing import TYPE_CHECKING, Final

from agent.pacs.headers import with_our_header
from agent.work.bodies import Body, PartsFolder, emptied, read_body, write_facts
from agent.work.places import Places
from agent.work.sending import send
from agent.work.wire import Put
from functions.drimbox.images.cache_keys import SeriesKeys
from functions.drimbox.images.fill import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from agent.work.ports import Incoming
    from agent.work.wire import FillAsk
    from functions.drimbox.errors import Transient
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import SeriesSource, Upload

# Bytes: an object that finds no room while it is received ends its association, which tells nothing
# of the disk.
LEAST_FREE: Final = 1_000_000_000


class Filling:
    """Makes bodies in ``folder``, which belongs to it alone, and puts them into ``incoming``."""

    def __init__(self, source: SeriesSource, incoming: Incoming, folder: Path) -> None:
        self._source = _OurHeaders(source)
        self._incoming = incoming
        self._folder = folder
        self._places = Places(folder, "fill")

    def fill(self, ask: FillAsk, key: str) -> Put:
        """Put the series under ``key``; goes on where an interrupted call for that key stood.

        Raises as ``images.fill.assemble``, CloudAway, and OSError.
        """
        if shutil.disk_usage(self._folder).free < LEAST_FREE:
            raise OSError(ENOSPC, "no room for a series")
        place = self._places.of(key)
        body = read_body(place) or self._made(ask, emptied(place))
        send(self._incoming, key, body.parts, place)
        return Put(key, body.size, body.sha256)

    def forget(self, key: str) -> None:
        """The body of this key is needed no more."""
        self._places.forget(key)

    def sweep(self, before: datetime) -> None:
        """Remove the bodies that nothing has touched since: their jobs have ended elsewhere."""
        self._places.sweep(before)

    def _made(self, ask: FillAsk, place: Path) -> Body:
        keys = SeriesKeys(ask.study, ask.manifest, ask.series, ask.notes)
        store = _BodyFolder(place)
        index = assemble(self._source, store, keys, ask.instances, spool=place)
        return write_facts(place, index.size, index.sha256, store.upload_made.parts)


class _BodyFolder:
    """Implements ``images.fill.BodyStore`` for one body."""

    def __init__(self, place: Path) -> None:
        self.upload_made = PartsFolder(place)

    def upload(self, _key: str, _content_type: str) -> Upload:
        """Its parts, as files."""
        return self.upload_made


class _OurHeaders:
    """Implements ``ports.SeriesSource``: the objects of another source, each behind a group 0002 of
    ours."""

    def __init__(self, source: SeriesSource) -> None:
        self._source = source

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``ports.SeriesSource``."""
        for path in self._source.retrieve_series(study_instance_uid, series_instance_uid, spool):
            with_our_header(path)
            yield path

    def unavailable(self, detail: str) -> Transient:
        """See ``ports.SeriesSource``."""
        return self._source.unavailable(detail)
