"""One study of one message, as one step of its publication sees it: each thing is read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from functions.drimbox.identity.parties import Organisation
from functions.drimbox.publication import archive, messages
from functions.drimbox.publication.acting_structure import structure_of
from functions.drimbox.publication.archive import Intent, IntentFiles
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.record import (
    Pending,
    Request,
    StudyRecord,
    pending_in,
    pending_of,
)
from functions.drimbox.publication.report_in_force import ReportInForce, report_in_force
from functions.drimbox.report.masking import confidentiality_codes
from functions.drimbox.study import codec

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.drimbox.publication.change import Change
    from functions.drimbox.publication.messages import Message
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.report.model import Report
    from functions.drimbox.study.index import StudyIndex
    from functions.drimbox.tenants.model import Structure

_Value = TypeVar("_Value")


class once(Generic[_Value]):  # noqa: N801  # named as property is
    """``functools.cached_property`` without the lock that Python 3.11 holds across all instances:
    a step that waits for its read must not stop the reads of another one.
    """

    def __init__(self, read: Callable[[Any], _Value]) -> None:
        self._read = read

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> _Value:
        value = self._read(instance)
        instance.__dict__[self._name] = value
        return value


@dataclass(frozen=True)
class Submission:
    """``record`` is the study's, as the step has found it; the step's own writes are not in it."""

    site: Site
    change: Change
    record: StudyRecord
    opened: dict[str, IntentFiles] = field(default_factory=dict)

    @classmethod
    def begin(cls, site: Site, change: Change) -> Submission:
        """With the record as it is now."""
        return cls(site, change, site.records.get(change.study_instance_uid))

    @property
    def pending(self) -> Pending | None:
        """The pending change if it is this message's, None otherwise."""
        return pending_of(self.record, self.change)

    @once
    def message(self) -> Message:
        """The message, with the override in force."""
        return messages.load(self.site, self.change.message_id, self.change.override)

    @once
    def in_force(self) -> ReportInForce:
        """The report in whose name this change speaks."""
        return report_in_force(self.site.archive, self.message, self.record)

    @property
    def report(self) -> Report:
        """The same, as it is taken."""
        return self.in_force.report

    def files_of(self, intent_id: str) -> IntentFiles:
        """The archived files of that intent."""
        return self.opened.setdefault(intent_id, IntentFiles(self.site.archive, intent_id))

    @property
    def files(self) -> IntentFiles:
        """The archived files of the attempt in progress."""
        attempt = pending_in(self.record).attempt
        return self.files_of(archive.intent_id(self.change, attempt))

    @once
    def intent(self) -> Intent:
        """The identifiers and the instant of that attempt."""
        return Intent.decode(self.files.require(archive.INTENT))

    @once
    def study(self) -> StudyIndex:
        """The study that the manifest is built from."""
        return codec.decode(self.files.require(archive.STUDY))

    @once
    def structure(self) -> Structure:
        """The structure that speaks."""
        return structure_of(self.site.tenant, self.report.document)

    @property
    def institution(self) -> Organisation:
        """The same, as DICOM and XDS name it."""
        return Organisation(self.structure.id, self.structure.name)

    @property
    def request(self) -> Request:
        """The report's wish for the study, as the record compares it."""
        report = self.report
        return Request(
            message_id=self.change.message_id,
            replay=self.change.replay,
            edition=Edition.of(report, self.site.tenant.time_zone),
            cda_sha256=report.cda_sha256,
            confidentiality=tuple(code.code for code in confidentiality_codes(report.visibility)),
        )
