"""The site's PACS over DICOMweb: the product's own client, with the questions of the check."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from agent.pacs.port import Place
from functions.drimbox.errors import PacsUnavailable
from functions.drimbox.images.answer_values import uid
from functions.drimbox.images.pacs import OBJECTS, DicomwebPacs
from functions.drimbox.images.pacs_index import INSTANCE_UID, SERIES_UID, STUDY_UID

if TYPE_CHECKING:
    from pathlib import Path

    from functions.drimbox.images.wado_client import Parameters
    from functions.drimbox.oid import Uid

_STUDY_DATE: Final = "00080020"


class DicomwebSite(DicomwebPacs):
    """Implements ``port.SitePacs``."""

    def echo(self) -> None:
        """A search that finds nothing."""
        if not self.answers():
            raise PacsUnavailable("a search is not answered")

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
