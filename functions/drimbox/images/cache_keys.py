"""The keys of the image cache of one tenant (:mod:`cache` says what stands under each)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid

# The tag of every cached object: the days for which the bucket's lifecycle keeps it.
DAYS_TAG: Final = "days"
# The form of the facts of display. Those of another form are not found, and the series is filled
# again: an older version may have missed a reason against drawing.
DISPLAY_FORM: Final = 3


def study_prefix(study_instance_uid: Uid) -> str:
    """Where everything cached of a study stands, whatever the manifest."""
    return f"studies/{study_instance_uid}/"


def edition_prefix(study_instance_uid: Uid, manifest_uid: Uid, notes: int) -> str:
    """Where everything cached of one edition stands; ``notes``: rejection notes in force on it."""
    edition = f"{manifest_uid}-{notes}" if notes else manifest_uid
    return f"{study_prefix(study_instance_uid)}{edition}/"


def incoming_prefix(study_instance_uid: Uid) -> str:
    """Where the agents of the site put the bodies of a study, whatever the manifest."""
    return f"incoming/{study_instance_uid}/"


@frozen
class SeriesKeys:
    """The keys of one series under one manifest; ``notes``: rejection notes in force on it."""

    study_instance_uid: Uid
    manifest_uid: Uid
    series_instance_uid: Uid
    notes: int = 0

    @property
    def prefix(self) -> str:
        """Where everything of the series stands."""
        edition = edition_prefix(self.study_instance_uid, self.manifest_uid, self.notes)
        return f"{edition}{self.series_instance_uid}/"

    @property
    def incoming(self) -> str:
        """Where the agents of the site put the bodies of the series."""
        own = self.prefix.removeprefix(study_prefix(self.study_instance_uid))
        return f"{incoming_prefix(self.study_instance_uid)}{own}"

    def _under(self, name: str) -> str:
        return f"{self.prefix}{name}"

    @property
    def index(self) -> str:
        """The index, JSON."""
        return self._under("index.json")

    @property
    def multipart(self) -> str:
        """The whole series as one multipart/related body."""
        return self._under("series.multipart")

    @property
    def metadata(self) -> str:
        """The series' metadata, gzipped DICOM JSON."""
        return self._under("metadata.json.gz")

    @property
    def display(self) -> str:
        """The facts with which a viewer draws each object, gzipped JSON."""
        return self._under(f"display-{DISPLAY_FORM}.json.gz")

    @property
    def unservable(self) -> str:
        """The objects for which the last fill gave the series up, JSON."""
        return self._under("unservable.json")

    def instance(self, sop_instance_uid: Uid) -> str:
        """One large object, Part 10."""
        return self._under(f"{sop_instance_uid}.dcm")

    def instance_multipart(self, sop_instance_uid: Uid) -> str:
        """One large object as a multipart/related body."""
        return self._under(f"{sop_instance_uid}.multipart")
