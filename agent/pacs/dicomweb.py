"""The site's PACS over DICOMweb: the product's own client, with the questions of the check."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from agent.pacs.port import Place
from functions.drimbox.errors import PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.answer_values import uid
from functions.drimbox.images.pacs import OBJECTS, DicomwebPacs
from functions.drimbox.images.pacs_index import INSTANCE_UID, SERIES_UID, STUDY_UID
from functions.drimbox.importing import stow
from functions.drimbox.importing.outgoing import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import httpx

    from agent.pacs.port import ToStore
    from functions.drimbox.images.wado_client import Parameters
    from functions.drimbox.importing.outgoing import Stored
    from functions.drimbox.oid import Uid

_STUDY_DATE: Final = "00080020"
_CHUNK: Final = 1024 * 1024


class DicomwebSite(DicomwebPacs):
    """Implements ``port.SitePacs``. ``store_url`` is the base of STOW-RS, "" for ``base_url``."""

    def __init__(
        self, client: httpx.Client, base_url: str, *, spool: Path, store_url: str = ""
    ) -> None:
        super().__init__(client, base_url, spool=spool)
        self._client = client
        self._store_url = store_url or base_url

    def store(self, study: Uid, objects: Sequence[ToStore]) -> Iterator[tuple[Uid, Stored]]:
        """See ``port.SitePacs``: one request of STOW-RS. An archive that stores nothing and answers
        questions is not away."""
        outgoing = [
            Outgoing(one.sop_instance_uid, one.path.stat().st_size, partial(_chunks, one.path))
            for one in objects
        ]
        try:
            found = stow.store(self._client, self._store_url, study, outgoing)
        except PacsAnswerUnusable:
            raise
        except PacsUnavailable as error:
            if self.answers():
                raise PacsAnswerUnusable(error.detail, failed=True) from None
            raise
        yield from found.items()

    def echo(self) -> None:
        """A search that finds nothing."""
        if not self.answers():
            raise PacsUnavailable("a search is not answered")

    def takes_objects(self) -> None:
        """See ``port.SitePacs``: STOW-RS tells nothing before an object is sent."""

    def recent(self, since: str, until: str) -> Place | None:
        """See ``port.SitePacs``."""
        with self.of_one_study():
            days = {_STUDY_DATE: f"{since}-{until}"}
            study = self._first("/studies", STUDY_UID, days)
            series = study and self._first(f"/studies/{study}/series", SERIES_UID)
            if not study or not series:
                return None
            path = f"/studies/{study}/series/{series}/instances"
            instance = self._first(path, INSTANCE_UID)
            return Place(study, series, instance) if instance else None

    def give(self, place: Place, spool: Path) -> bool:
        """See ``port.SitePacs``."""
        path = f"/studies/{place.study}/series/{place.series}/instances/{place.instance}"
        with self.of_one_study(), closing(self.wado.objects(path, spool, accept=OBJECTS)) as found:
            return next(found, None) is not None

    def _first(self, path: str, tag: str, parameters: Parameters | None = None) -> Uid | None:
        found = self.wado.data_sets(path, {**(parameters or {}), "limit": "1"}).found
        return uid(found[0], tag) if found else None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
