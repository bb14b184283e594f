"""The site's PACS over DIMSE: C-FIND to index a study, C-MOVE or C-GET to fetch it (PS3.4 C)."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from pynetdicom.presentation import build_context

from agent.pacs.failures import RequestFailed
from agent.pacs.headers import read_header
from agent.pacs.port import Place
from agent.pacs.storing import Storing
from functions.drimbox.errors import DrimboxError, Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.answer_values import is_of, text, uid
from functions.drimbox.images.listing import MAX_LISTED, Listing, Query, distinct
from functions.drimbox.images.pacs_index import (
    CLASS_UID,
    FRAMES,
    IDENTIFIERS,
    INSTANCE_FIELDS,
    INSTANCE_UID,
    SERIES_FIELDS,
    SERIES_UID,
    STUDY_FIELDS,
    STUDY_TIMES,
    STUDY_UID,
    header_of,
    index_study,
    is_there,
)
from functions.drimbox.images.study_search import FIELDS, found_among, matched
from functions.drimbox.manifest.elements import Malformed
from functions.drimbox.manifest.read import MAX_BYTES as MAX_NOTE_BYTES
from functions.drimbox.oid import Uid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.pacs.associations import Associations
    from agent.pacs.finding import Finder
    from agent.pacs.port import ToStore
    from agent.pacs.retrieving import Retrieval
    from functions.drimbox.images.wado_client import Attributes
    from functions.drimbox.importing.outgoing import Stored
    from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
    from functions.drimbox.study.index import StudyIndex

_VERIFICATION: Final = "1.2.840.10008.1.1"
_SUCCESS: Final = 0x0000
_STUDY, _SERIES, _IMAGE = "STUDY", "SERIES", "IMAGE"
# Studies that may have one UID, if an archive does not search by it: more are another question.
_MOST_STUDIES: Final = 1_000
# Seconds that a person waits for the answer to a search.
_ASKED: Final = 20.0
_STUDY_DATE: Final = "00080020"
_COUNTS: Final = frozenset({"00201206", "00201208", "00201209"})


class DimsePacs:
    """Implements ``port.SitePacs``. ``spool`` is a folder for files that last as long as a call."""

    def __init__(
        self, associations: Associations, finder: Finder, retrieval: Retrieval, *, spool: Path
    ) -> None:
        self._associations = associations
        self._finder = finder
        self._storing = Storing(associations)
        self._described = _Described(finder, retrieval, spool)

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``images.pacs.DicomwebPacs.find_study``. An attribute that C-FIND does not give is
        read from the objects themselves."""
        with self._of_one_study():
            return index_study(self._described, Uid(study_instance_uid))

    def has_study(self, study_instance_uid: Uid) -> bool:
        """See ``port.SitePacs``."""
        with self._of_one_study():
            return is_there(header_of(self._described, Uid(study_instance_uid)))

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """See ``port.SitePacs``."""
        with self._of_one_study():
            # One more than is shown tells that there are others.
            found, more = self._finder.find(
                _STUDY,
                {tag: value for tag, value in matched(criteria).items() if value},
                (STUDY_UID, *FIELDS),
                most=most + 1,
                seconds=_ASKED,
            )
        return found_among(found, criteria, most=most, more=more)

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``ports.SeriesSource``: the objects that C-FIND names, each counted as it comes."""
        study, series = Uid(study_instance_uid), Uid(series_instance_uid)
        with self._of_one_study():
            yield from self._described.objects(study, series, spool)

    def unavailable(self, detail: str) -> PacsAnswerUnusable:
        """See ``ports.SeriesSource``: a fault of one series is no outage of the PACS."""
        return PacsAnswerUnusable(detail)

    def store(self, study: Uid, objects: Sequence[ToStore]) -> Iterator[tuple[Uid, Stored]]:  # noqa: ARG002  # an object names its study
        """See ``port.SitePacs``: C-STORE."""
        with self._of_one_study():
            yield from self._storing.store(objects)

    def takes_objects(self) -> bool:
        """See ``port.SitePacs``: an association that proposes the usual classes."""
        return self._storing.is_offered()

    def echo(self) -> None:
        """C-ECHO (PS3.4 A)."""
        with self._associations.open([build_context(_VERIFICATION)]) as association:
            status = association.send_c_echo().get("Status")
        if status != _SUCCESS:
            raise PacsUnavailable("C-ECHO is not answered")

    def recent(self, since: str, until: str) -> Place | None:
        """See ``port.SitePacs``."""
        days = {_STUDY_DATE: f"{since}-{until}"}
        found, _ = self._finder.find(_STUDY, days, (STUDY_UID,), most=1, seconds=_ASKED)
        if not found:
            return None
        return self._described.first(uid(found[0], STUDY_UID), None)

    def give(self, place: Place, spool: Path) -> bool:
        """See ``port.SitePacs``."""
        with self._of_one_study():
            return self._described.file_of(place, spool) is not None

    @contextmanager
    def _of_one_study(self) -> Iterator[None]:
        """Ask about one study within this block. Where the PACS fails, a C-ECHO tells whether it
        fails for this study alone (PacsAnswerUnusable ``failed``)."""
        try:
            yield
        except RequestFailed as error:
            if self._answers():
                raise PacsAnswerUnusable(error.detail, failed=True) from None
            raise PacsUnavailable(error.detail) from None

    def _answers(self) -> bool:
        try:
            self.echo()
        except DrimboxError:
            return False
        return True


class _Described:
    """Implements ``pacs_index.Described`` over C-FIND, and retrievals where it gives too little.

    Answers about another entity than was asked for are left out: archives differ in the keys that
    they match.
    """

    def __init__(self, finder: Finder, retrieval: Retrieval, spool: Path) -> None:
        self._finder = finder
        self._retrieval = retrieval
        self._spool = spool

    def studies(self, study: Uid) -> Sequence[Attributes]:
        """The answers that name the study."""
        returned = (*STUDY_FIELDS, *STUDY_TIMES)
        found, more = self._finder.find(_STUDY, {STUDY_UID: study}, returned, most=_MOST_STUDIES)
        if more:
            raise PacsAnswerUnusable("the answer is not about this study alone")
        if not all(text(one, STUDY_UID) for one in found):
            raise PacsAnswerUnusable("an answer names no study")
        ours = [one for one in found if is_of(one, STUDY_UID, study)]
        return [self._told(one, returned, study, None) for one in ours]

    def series(self, study: Uid, announced: int | None) -> Listing:
        """The series that C-FIND gives; its last word says that these are all."""
        listing = self._listed(_SERIES, {STUDY_UID: study}, SERIES_UID, SERIES_FIELDS, announced)
        found = {
            name: self._told(one, SERIES_FIELDS, study, name) for name, one in listing.found.items()
        }
        return Listing(found, listing.is_proved)

    def instances(self, study: Uid, series: Uid, announced: int | None) -> Listing:
        """The objects that C-FIND gives; its last word says that these are all."""
        within = {STUDY_UID: study, SERIES_UID: series}
        listing = self._listed(_IMAGE, within, INSTANCE_UID, INSTANCE_FIELDS, announced)
        # An archive may give the element, and not know how many frames there are.
        found: dict[Uid, Attributes] = {
            name: {tag: value for tag, value in one.items() if tag != FRAMES or text(one, FRAMES)}
            for name, one in listing.found.items()
        }
        return Listing(found, listing.is_proved)

    def metadata(self, study: Uid, series: Uid) -> Mapping[Uid, Attributes]:
        """Every object of the series, fetched, read and dropped again."""
        tags = (STUDY_UID, SERIES_UID, INSTANCE_UID, *INSTANCE_FIELDS)
        with TemporaryDirectory(dir=self._spool) as folder:
            found = []
            for path in self.objects(study, series, Path(folder)):
                found.append(_read(path, tags))
                path.unlink()
        within = {STUDY_UID: study, SERIES_UID: series}
        return distinct(found, Query("", INSTANCE_FIELDS, INSTANCE_UID, within))

    def one(self, study: Uid, series: Uid, instance: Uid) -> Attributes | None:
        """The object's header."""
        with TemporaryDirectory(dir=self._spool) as folder:
            path = self.file_of(Place(study, series, instance), Path(folder))
            return None if path is None else _read(path, IDENTIFIERS)

    def note(self, study: Uid, series: Uid, instance: Uid) -> Sequence[bytes]:
        """The object, fetched alone."""
        with TemporaryDirectory(dir=self._spool) as folder:
            path = self.file_of(Place(study, series, instance), Path(folder))
            if path is None:
                return ()
            if path.stat().st_size > MAX_NOTE_BYTES:
                raise PacsAnswerUnusable("a note is larger than accepted")
            return (path.read_bytes(),)

    def objects(self, study: Uid, series: Uid, spool: Path) -> Iterator[Path]:
        """Every object of the series that C-FIND names, as a new file of ``spool``; nothing when it
        names none."""
        listed = self.instances(study, series, None).found
        if not listed:
            return
        wanted = {name: text(one, CLASS_UID) for name, one in listed.items()}
        place = {STUDY_UID: study, SERIES_UID: series}
        yield from self._fetched(_SERIES, place, wanted, spool)

    def file_of(self, place: Place, spool: Path) -> Path | None:
        """One object, None where the archive does not name it any more."""
        within = {STUDY_UID: place.study, SERIES_UID: place.series, INSTANCE_UID: place.instance}
        listed = self._listed(_IMAGE, within, INSTANCE_UID, (CLASS_UID,), None).found
        wanted = {name: text(one, CLASS_UID) for name, one in listed.items()}
        if not wanted:
            return None
        return next(iter(list(self._fetched(_IMAGE, within, wanted, spool))), None)

    def _told(
        self, answer: Attributes, tags: Sequence[str], study: Uid, series: Uid | None
    ) -> Attributes:
        """The answer, with the attributes that it does not have, not even without a value, taken
        from an object: the archive does not keep them in its index. It counts what it keeps."""
        untold = [tag for tag in tags if tag not in answer and tag not in _COUNTS]
        place = self.first(study, series) if untold else None
        if place is None:
            return answer
        with TemporaryDirectory(dir=self._spool) as folder:
            path = self.file_of(place, Path(folder))
            return answer if path is None else {**answer, **_read(path, untold)}

    def first(self, study: Uid, series: Uid | None) -> Place | None:
        """An object of the study, or of the series of it, None where there is none."""
        within = {STUDY_UID: study}
        several = (series,) if series else self._listed(_SERIES, within, SERIES_UID, (), None).found
        for one in several:
            within = {STUDY_UID: study, SERIES_UID: one}
            for instance in self._listed(_IMAGE, within, INSTANCE_UID, (), None).found:
                return Place(study, one, instance)
        return None

    def _fetched(
        self, level: str, place: Mapping[str, str], wanted: Mapping[Uid, str], spool: Path
    ) -> Iterator[Path]:
        """The files, moved out of the folder of their retrieval: its names are no one else's."""
        with TemporaryDirectory(dir=spool) as folder:
            for path in self._retrieval.retrieve(level, place, wanted, Path(folder)):
                yield Path(shutil.move(path, spool / f"{Path(folder).name}-{path.name}"))

    def _listed(
        self,
        level: str,
        within: Mapping[str, Uid],
        key: str,
        fields: Sequence[str],
        announced: int | None,
    ) -> Listing:
        returned = [tag for tag in (key, *fields) if tag not in within]
        answers, more = self._finder.find(level, within, returned, most=MAX_LISTED)
        if more:
            raise Held("study_too_large")
        ours = [one for one in answers if all(is_of(one, tag, of) for tag, of in within.items())]
        found = distinct(ours, Query("", fields, key, within))
        if announced not in {None, len(found)}:
            raise PacsAnswerUnusable("the listing is not as long as announced")
        return Listing(found, is_proved=True)


def _read(path: Path, tags: Sequence[str]) -> Attributes:
    try:
        return read_header(path, tags)
    except Malformed:
        raise PacsAnswerUnusable("an object cannot be read") from None
