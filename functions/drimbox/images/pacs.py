"""The site's PACS over DICOMweb: QIDO-RS to index a study, WADO-RS to fetch it (PS3.18 10)."""

from __future__ import annotations

from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from functions.drimbox.errors import DrimboxError, Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.answer_values import is_of, text
from functions.drimbox.images.listing import Query, distinct, list_all
from functions.drimbox.images.pacs_index import (
    INSTANCE_FIELDS,
    INSTANCE_UID,
    SERIES_FIELDS,
    SERIES_UID,
    STUDY_FIELDS,
    STUDY_UID,
    header_of,
    index_study,
    is_there,
)
from functions.drimbox.images.study_search import search_studies
from functions.drimbox.images.wado_client import Faults, WadoClient
from functions.drimbox.manifest.read import MAX_BYTES as MAX_NOTE_BYTES
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

    from functions.drimbox.images.listing import Listing
    from functions.drimbox.images.wado_client import Attributes
    from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
    from functions.drimbox.study.index import StudyIndex
    from functions.drimbox.transport import Patience

# Any syntax as stored: an object whose syntax is not fit for DICOMweb is converted here (PS3.18
# 8.7.3.5.2).
OBJECTS: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'

# A study that cannot exist: the PACS must search, and finds nothing.
_NO_STUDY: Final = "2.25.0"


class _RequestFailed(PacsUnavailable):
    """The PACS, or a proxy before it, fails this request: whether others too is to be asked."""


_FAULTS: Final = Faults(
    unavailable=PacsUnavailable,
    failed=_RequestFailed,
    unusable=PacsAnswerUnusable,
    refused=lambda: Held("pacs_refused"),
)


class DicomwebPacs:
    """One PACS at ``base_url``, as :class:`WadoClient` takes it.

    Implements ``ports.Pacs``, ``ports.SeriesSource``, ``looking.Archive`` and
    ``searching_pacs.SearchedPacs``. ``patience`` is that of a person. ``spool`` is a folder
    for files that last as long as a call.
    """

    def __init__(
        self,
        client: httpx.Client,
        base_url: str,
        *,
        spool: Path,
        patience: Patience | None = None,
    ) -> None:
        self.wado = WadoClient(client, base_url, _FAULTS, patience)
        self._described = _Described(self.wado, spool)

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """The study's index; None when the PACS states that it does not know it, that it holds no
        object of it, or by its notes that none of them may be used.

        Manifests, rejection notes (IHE IOCM) and the objects that these reject are left out. The
        index is whole: every count that the PACS gives agrees with its listings, and these with
        each other. Raises PacsUnavailable; PacsAnswerUnusable for an answer that is not whole,
        contradicts another, or fails for this study alone; and Held for ``patient_mismatch``
        (several patients share the study), ``pacs_uid_invalid``, ``study_too_large``, and
        ``pacs_note_unreadable`` for a key object selection that may be a rejection.
        """
        with self.of_one_study():
            return index_study(self._described, Uid(study_instance_uid))

    def has_study(self, study_instance_uid: Uid) -> bool:
        """See ``publication.waiting.looking.Archive``."""
        with self.of_one_study():
            return is_there(header_of(self._described, Uid(study_instance_uid)))

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """See ``operations.searching_pacs.SearchedPacs``."""
        with self.of_one_study():
            return search_studies(self.wado, criteria, most=most)

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``ports.SeriesSource``."""
        path = f"/studies/{Uid(study_instance_uid)}/series/{Uid(series_instance_uid)}"
        with self.of_one_study():
            yield from self.wado.objects(path, spool, accept=OBJECTS)

    def unavailable(self, detail: str) -> PacsAnswerUnusable:
        """See ``ports.SeriesSource``: a fault of one series is no outage of the PACS."""
        return PacsAnswerUnusable(detail)

    @contextmanager
    def of_one_study(self) -> Iterator[None]:
        """Ask about one study within this block. Where the PACS fails, a search that finds nothing
        tells whether it fails for this study alone (PacsAnswerUnusable ``failed``)."""
        try:
            yield
        except _RequestFailed as error:
            if self.answers():
                raise PacsAnswerUnusable(error.detail, failed=True) from None
            raise PacsUnavailable(error.detail, retry_after=error.retry_after) from None

    def answers(self) -> bool:
        """Whether the PACS answers a question about no study."""
        try:
            self.wado.data_sets("/studies", {STUDY_UID: _NO_STUDY, "limit": "1"})
        except DrimboxError:
            return False
        return True


class _Described:
    """Implements ``pacs_index.Described`` over QIDO-RS and WADO-RS."""

    def __init__(self, wado: WadoClient, spool: Path) -> None:
        self._wado = wado
        self._spool = spool

    def studies(self, study: Uid) -> Sequence[Attributes]:
        """A search by its UID."""
        parameters = {STUDY_UID: study, "includefield": STUDY_FIELDS}
        found, more = self._wado.data_sets("/studies", parameters)
        # A server that does not search by UID may have ours beyond the ones that it gives.
        if more or not all(text(one, STUDY_UID) and is_of(one, STUDY_UID, study) for one in found):
            raise PacsAnswerUnusable("the answer is not about this study alone")
        return found

    def series(self, study: Uid, announced: int | None) -> Listing:
        """A search below the study."""
        query = Query(f"/studies/{study}/series", SERIES_FIELDS, SERIES_UID, {STUDY_UID: study})
        return list_all(self._wado, query, announced)

    def instances(self, study: Uid, series: Uid, announced: int | None) -> Listing:
        """A search below the series."""
        return list_all(self._wado, _of_series(study, series, "instances"), announced)

    def metadata(self, study: Uid, series: Uid) -> Mapping[Uid, Attributes]:
        """The metadata resource of the series."""
        query = _of_series(study, series, "metadata")
        metadata = self._wado.data_sets(query.path)
        if metadata.more:
            raise PacsAnswerUnusable("the metadata are not all that there are")
        return distinct(metadata.found, query)

    def one(self, study: Uid, series: Uid, instance: Uid) -> Attributes | None:
        """The metadata resource of the object."""
        path = f"/studies/{study}/series/{series}/instances/{instance}/metadata"
        return next(iter(self._wado.data_sets(path).found), None)

    def note(self, study: Uid, series: Uid, instance: Uid) -> Sequence[bytes]:
        """The object itself."""
        path = f"/studies/{study}/series/{series}/instances/{instance}"
        with TemporaryDirectory(dir=self._spool) as folder:
            found = self._wado.objects(path, Path(folder), accept=OBJECTS, max_bytes=MAX_NOTE_BYTES)
            with closing(found):
                return [one.read_bytes() for one in islice(found, 2)]


def _of_series(study: Uid, series: Uid, resource: str) -> Query:
    path = f"/studies/{study}/series/{series}/{resource}"
    return Query(path, INSTANCE_FIELDS, INSTANCE_UID, {STUDY_UID: study, SERIES_UID: series})
