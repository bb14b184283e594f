"""The port of the site's PACS, as the agent's jobs and its check use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from functions.drimbox.errors import Transient
    from functions.drimbox.importing.outgoing import Stored
    from functions.drimbox.oid import Uid
    from functions.drimbox.study.found_study import FoundStudies, StudyCriteria
    from functions.drimbox.study.index import StudyIndex


class Place(NamedTuple):
    """Where an object stands."""

    study: Uid
    series: Uid
    instance: Uid


class ToStore(NamedTuple):
    """An object to store: a Part 10 file whose group 0002 has these names."""

    path: Path
    sop_class_uid: Uid
    sop_instance_uid: Uid
    transfer_syntax: Uid


class SitePacs(Protocol):
    """The archive of one site. One archive gives one index and one body, by any protocol.

    Every method raises PacsUnavailable when no usable answer comes; PacsAnswerUnusable when the
    archive answers, but not whole, in contradiction, or with a failure for this study alone; and
    Held, as for ``pacs_refused``.
    """

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``functions.drimbox.images.pacs.DicomwebPacs.find_study``."""
        ...

    def has_study(self, study_instance_uid: Uid) -> bool:
        """Whether the archive has objects of the study, as far as it tells."""
        ...

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """The studies that answer ``criteria``, at most ``most``."""
        ...

    def retrieve_series(
        self, study_instance_uid: Uid, series_instance_uid: Uid, spool: Path
    ) -> Iterator[Path]:
        """See ``functions.drimbox.ports.SeriesSource``."""
        ...

    def unavailable(self, detail: str) -> Transient:
        """See ``functions.drimbox.ports.SeriesSource``."""
        ...

    def store(self, study: Uid, objects: Sequence[ToStore]) -> Iterator[tuple[Uid, Stored]]:
        """Store objects of one study, 100 at most: the outcome of each one of which the archive
        tells, as it comes. An object that it holds already is stored or told by its status: it is
        never there twice. Raises OSError where a file cannot be read.
        """
        ...

    def takes_objects(self) -> bool | None:
        """Whether the archive takes objects of ours, by its own word before one is sent; None where
        it cannot be asked."""
        ...

    def echo(self) -> None:
        """Ask the archive for nothing but a sign of life."""
        ...

    def recent(self, since: str, until: str) -> Place | None:
        """One object of a study of these days (DICOM DA, both included), None where the archive
        has none."""
        ...

    def give(self, place: Place, spool: Path) -> bool:
        """Whether the archive gives this object; ``spool`` is a folder that the caller empties."""
        ...
