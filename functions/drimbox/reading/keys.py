"""The keys of the exams that were opened, within one tenant.

::

    readings/<session>/<page>/<exam>/manifest                 the manifest that is used
    readings/<session>/<page>/<exam>/import.json              the state of its import
    readings/<session>/<page>/<exam>/outgoing/<part>          objects on their way to an agent
    readings/<session>/<page>/<exam>/<series>/pack-…          Part 10 objects, one after the other
    readings/<session>/<page>/<exam>/<series>/have.json.gz    the objects that are there
    readings/<session>/<page>/report/<report>                 the PDF of a large report

Each name is a hash of the session, the page, the exam and the series with all names before it: a
signed URL, or a log of access, tells nothing of a patient. Everything of a session goes by one
prefix.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final

from functions.drimbox.tenants.model import ImageQuality
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid

EXAM: Final = re.compile(r"[0-9a-f]{32}")
_LENGTH: Final = 32


def session_prefix(session: str) -> str:
    """Where everything stands that was opened in the session of that cookie's value."""
    return f"readings/{_name('session', session)}/"


def report_key(session: str, page: str, unique_id: str) -> str:
    """Where the PDF of a report stands that is too large for an answer."""
    folder = f"{session_prefix(session)}{_name('page', session, page)}/report/"
    return f"{folder}{_name(folder, 'report', unique_id)}"


def exam_name(
    page: str,
    manifest_uid: str,
    given_at: str = "",
    quality: ImageQuality = ImageQuality.LOSSLESS,
) -> str:
    """The name of an exam within its page: it tells nothing, and is the same each time.

    ``given_at``: the time at which a file gave it, "" for the DMP's: a manifest of a file never
    stands in the place of the DMP's own. Nor does one ``quality`` of its images stand in the place
    of the other.
    """
    given = [given_at] if given_at else []
    asked = ["quality", quality] if quality is not ImageQuality.LOSSLESS else []
    return _name("exam", page, manifest_uid, *given, *asked)


@frozen
class ExamKeys:
    """The keys of one exam, opened in one page of one session."""

    prefix: str

    @classmethod
    def of(cls, session: str, page: str, exam: str) -> ExamKeys:
        """``session`` is the cookie's value, ``exam`` an :func:`exam_name`."""
        return cls(f"{session_prefix(session)}{_name('page', session, page)}/{exam}/")

    @property
    def manifest(self) -> str:
        """The manifest, Part 10."""
        return f"{self.prefix}manifest"

    @property
    def imported(self) -> str:
        """The state of the exam's import into the site's PACS, JSON."""
        return f"{self.prefix}import.json"

    def outgoing(self, *part: str) -> str:
        """Where a part of an import lies that an agent fetches."""
        return f"{self.all_outgoing}{_name(self.prefix, 'outgoing', *part)}"

    @property
    def all_outgoing(self) -> str:
        """The folder of all parts of the exam's imports that an agent fetches."""
        return f"{self.prefix}outgoing/"

    def series(self, manifest_uid: Uid, series_instance_uid: Uid) -> SeriesFolder:
        """Where one series of that manifest stands."""
        return SeriesFolder(
            f"{self.prefix}{_name(self.prefix, manifest_uid, series_instance_uid)}/"
        )


@frozen
class SeriesFolder:
    """The keys of one series."""

    prefix: str

    @property
    def have(self) -> str:
        """The index, gzipped JSON."""
        return f"{self.prefix}have.json.gz"

    def pack(self, name: str) -> str:
        """One pack."""
        return f"{self.prefix}{name}"


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_LENGTH]
