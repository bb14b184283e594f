"""The reports that stand at a study: in force, withdrawn, in progress, or moved from it by an
operator; and the place that they leave to another report (decision 0105).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.publication import archive
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.messages import ReportMessage, load, load_override
from functions.drimbox.publication.same_report import same_report
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.record import StudyRecord
    from functions.drimbox.report.model import Report


@frozen
class Standing:
    """One message that stands at a study. ``report`` is the one that it speaks for, as it came;
    None where nobody can tell."""

    message_id: str
    edition: Edition
    report: Report | None


def standing(site: Site, record: StudyRecord, message_id: str) -> Iterator[Standing]:
    """The messages other than ``message_id`` that hold the record: of the manifest in force or the
    withdrawal, and of the report in progress. A change of images speaks for the former."""
    settled, pending = record.current or record.withdrawn, record.pending
    if settled is not None and settled.message_id != message_id:
        raw = site.archive.get(archive.key_of(settled.intent_id, archive.MESSAGE))
        report = None if raw is None else read_report(raw)
        yield Standing(settled.message_id, settled.edition, report)
    if pending is not None and pending.message_id != message_id:
        message = load(site, pending.message_id)
        if isinstance(message, ReportMessage):
            yield Standing(pending.message_id, pending.edition, message.report)


def other_report(site: Site, record: StudyRecord, message_id: str, report: Report) -> str:
    """The message of another report that holds the record, "" where the study is free for this
    one, or holds versions of it alone."""
    found = (
        one.message_id
        for one in standing(site, record, message_id)
        if one.report is None or not same_report(one.report, report)
    )
    return next(found, "")


def later_version(site: Site, record: StudyRecord, message_id: str, report: Report) -> str:
    """The message that brings a later version of this very report, and holds the record or was
    moved from its study; "" for none."""
    moved = (one for one, _ in moved_from(site, record) if one.message_id != message_id)
    found = (*standing(site, record, message_id), *moved)
    return _latest(site, found, report)


def is_overtaken(site: Site, message_id: str) -> bool:
    """Whether a later version of that very report holds a study that the report names."""
    message = load(site, message_id)
    if not isinstance(message, ReportMessage):
        return False
    report = message.report
    records = (site.records.get(study) for study in named_in(report))
    return any(_latest(site, standing(site, one, message_id), report) for one in records)


def _latest(site: Site, found: Iterable[Standing], report: Report) -> str:
    edition = Edition.of(report, site.tenant.time_zone)
    later = (
        one.message_id
        for one in found
        if one.report is not None
        and edition.is_older_than(one.edition)
        and same_report(one.report, report)
    )
    return next(later, "")


def moved_from(site: Site, record: StudyRecord) -> Iterator[tuple[Standing, Uid]]:
    """The reports that operators have taken from this study, each with the study that it is on, by
    the overrides in force."""
    study = record.study_instance_uid
    for message_id in record.moved:
        entry, message = site.messages.get(message_id), load(site, message_id)
        number = entry.override if entry is not None else 0
        chosen = load_override(site, message_id, number).chosen(study) if number else study
        if chosen != study and isinstance(message, ReportMessage):
            edition = Edition.of(message.report, site.tenant.time_zone)
            yield Standing(message_id, edition, message.report), chosen


def named_in(report: Report) -> tuple[Uid, ...]:
    """The studies that a report names, each once."""
    return tuple(dict.fromkeys(exam.study_instance_uid for exam in report.document.exams))


def left_out(site: Site, report: Report, named: Collection[Uid]) -> tuple[Uid, ...]:
    """The studies that this correction or withdrawal bears on and does not name: those of the
    version in force (of a correction), and those on which an operator has put a former version.
    """
    if report.action is Action.PUBLISH:
        return ()
    left: dict[Uid, None] = {}
    for study in named:
        record = site.records.get(study)
        if report.action is Action.REPLACE:
            left.update(dict.fromkeys(_of_the_former(site, record, named)))
        left.update(dict.fromkeys(_of_moved(site, record, report, named)))
    return tuple(left)


def _of_the_former(site: Site, record: StudyRecord, named: Collection[Uid]) -> Iterator[Uid]:
    current = record.current
    former = site.messages.get(current.message_id) if current else None
    for other in former.studies if former else ():
        held = site.records.get(other).current if other not in named else None
        if held is not None and current is not None and held.message_id == current.message_id:
            yield other


def _of_moved(
    site: Site, record: StudyRecord, report: Report, named: Collection[Uid]
) -> Iterator[Uid]:
    edition = Edition.of(report, site.tenant.time_zone)
    for former, other in moved_from(site, record):
        if other in named or former.report is None or edition.is_older_than(former.edition):
            continue
        if not same_report(former.report, report):
            continue
        there = site.records.get(other)
        # A former version of which nothing was sent gives way to a correction by itself.
        comes = there.pending is not None and (
            report.action is Action.WITHDRAW or there.pending.in_doubt
        )
        if there.current is not None or comes:
            yield other
