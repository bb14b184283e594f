"""A site with thousands of published studies, of which some are made to differ."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final
from unittest import mock

from functions.drimbox.dmp import xds
from functions.drimbox.dmp.registry import DocumentEntry, ReferenceId
from functions.drimbox.errors import DmpUnavailable, PacsUnavailable
from functions.drimbox.identity.parties import Code
from functions.drimbox.oid import Uid
from functions.drimbox.publication import messages, report_in_force
from functions.drimbox.publication.inbox import message_key
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.ports import Site
from functions.drimbox.publication.record import (
    Current,
    Pending,
    State,
    StudyRecord,
    Withdrawal,
)
from functions.drimbox.reconciliation import observing
from functions.drimbox.reconciliation.findings import Page
from functions.drimbox.reconciliation.observing import Sides
from functions.drimbox.reconciliation.planning import NotRepairedBecause, Repair
from functions.drimbox.reconciliation.running import Tools, is_over, run_page
from functions.drimbox.report.model import Report
from functions.drimbox.report.reading import read_report
from functions.drimbox.report.requested_action import Action
from functions.drimbox.study import codec
from functions.drimbox.study.index import InstanceRef, StudyIndex
from functions.drimbox.tenants.model import Structure
from functions.drimbox.tenants.reconciliation_policy import DifferenceKind, ReconciliationPolicy
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.fakes.registry import DEPRECATED, MemoryDmp
from tests.fakes.world import (
    DEVICE,
    SENDER,
    STRUCTURE,
    Killed,
    Port,
    World,
    case,
    study_index,
)

AT: Final = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
EVERYTHING: Final = frozenset(DifferenceKind) - {DifferenceKind.ORPHAN_MANIFEST}
EVERY_STUDY: Final = ReconciliationPolicy(studies_per_run=50_000, repair=EVERYTHING)
EDITION: Final = Edition(datetime(2021, 1, 8, 10, 0, tzinfo=UTC), 1, Action.PUBLISH)
OTHER_DEVICE: Final = "123456789012^OTHER^^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^EI"


def entry(unique_id: str, study: str, **changes: Any) -> DocumentEntry:
    """A manifest of ours, active."""
    facts = DocumentEntry(
        unique_id=unique_id,
        entry_uuid=f"urn:uuid:{unique_id}",
        sha1="",
        size=None,
        status=xds.APPROVED,
        patient_id="",
        mime_type="application/dicom",
        type_code=Code(xds.IMG_KOS, xds.TYPE_SYSTEM),
        event_codes=(),
        confidentiality_codes=(),
        reference_ids=(ReferenceId(study, "", xds.STUDY_INSTANCE_UID),),
        author_persons=(DEVICE.xcn,),
        author_institutions=(f"Ambroise^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{STRUCTURE}",),
        legal_authenticator="",
        creation_time="",
        service_start_time="",
        service_stop_time="",
        title="",
        repository_unique_id="",
    )
    return replace(facts, **changes)


_STATE: Final = (
    "clock",
    "inbox",
    "archive",
    "reconciliations",
    "records",
    "log",
    "audit",
    "workflow",
    "patients",
    "pacs",
    "ended",
    "registry_of_all",
    "uids",
)


@dataclass
class Archipelago(World):
    """A world whose DMP checks nothing, so that thousands of studies are quickly compared."""

    policy: ReconciliationPolicy = EVERY_STUDY
    registry_of_all: MemoryDmp = field(default_factory=MemoryDmp)
    random: Random = field(default_factory=lambda: Random(20261126))  # noqa: S311
    paced: int = 0
    threads: int = 1
    # How much of each pause of the workflow is left by its jitter.
    jitter: Random = field(default_factory=lambda: Random(20261130))  # noqa: S311

    @property
    def site(self) -> Site:
        made = super().site
        return replace(made, tenant=replace(made.tenant, reconciliation=self.policy))

    def connect(self, report: Report, structure: Structure) -> Any:
        return Port("dmp", self.registry_of_all, self.calls)

    def become(self, other: Archipelago) -> None:
        """All that ``other`` holds, in a state of its own."""
        for name in _STATE:
            setattr(self, name, deepcopy(getattr(other, name)))

    # --- content

    def publish_at_once(self, report: Case | None = None) -> Uid:
        """A study that was published: record, archive, PACS and DMP agree. Its report is one for
        all when none is given: enough to be compared, not to be published again."""
        study = Uid(report.studies[0]) if report else Uid(self._uid())
        manifest, message_id = Uid(self._uid()), self.random.randbytes(16).hex()
        accession = report.orders[0].accession if report else "ACN"
        index = study_index(study, accession=accession)
        kos = b"manifest of " + manifest.encode()
        folder = f"studies/{study}/{message_id}-1"
        raw = report_bytes(report) if report else shared_report()
        self.inbox.objects[message_key(message_id)] = raw
        self.archive.objects |= {
            f"{folder}/study.json": codec.encode(index),
            f"{folder}/manifest.dcm": kos,
            f"{folder}/message.hl7": raw,
        }
        self.pacs.studies[study] = index
        sha1 = hashlib.sha1(kos, usedforsecurity=False).hexdigest()
        self.registry_of_all.add(entry(manifest, study, sha1=sha1, size=len(kos)))
        current = Current(
            manifest_uid=manifest,
            version=1,
            entry_uuid=f"urn:uuid:{manifest}",
            intent_id=f"{study}/{message_id}-1",
            message_id=message_id,
            cda_sha256="",
            confidentiality=(),
            published_at=AT,
            edition=EDITION,
        )
        self.records.records[study] = StudyRecord(study, 1, current=current)
        self.log.entries[message_id] = MessageEntry(
            message_id, AT, 0, "", {study: StudyOutcome(Outcome.PUBLISHED, "", AT)}
        )
        return study

    def publish(self, report: Case) -> Uid:
        """A study that the workflow publishes: all of it is in the archive."""
        self.archive_study(report)
        reception = self.send(report, control_id=report.orders[0].accession)
        self.work()
        assert self.entry(reception.message_id).state == "published"
        return Uid(report.studies[0])

    def withdraw_at_once(self, study: Uid) -> None:
        """It was withdrawn, and the DMP knows."""
        current = self.current(study)
        self.records.records[study] = StudyRecord(
            study,
            2,
            withdrawn=Withdrawal(
                EDITION, 1, current.intent_id, current.message_id, current.manifest_uid, AT
            ),
        )
        self.change_entry(study, status=xds.DELETED)

    def hold_at_once(self, study: Uid) -> None:
        """Another report of it is held."""
        record = self.records.records[study]
        pending = Pending("f" * 32, State.HELD, AT, AT, 0, 1, EDITION, reason="patient_mismatch")
        self.records.records[study] = replace(record, pending=pending)

    # --- differences

    def lose_object(self, study: Uid) -> None:
        self._objects(study, -1)

    def gain_object(self, study: Uid) -> None:
        self._objects(study, +1)

    def lose_study(self, study: Uid) -> None:
        del self.pacs.studies[study]

    def forget_manifest(self, study: Uid) -> None:
        """The registry knows nothing of it any more."""
        del self.registry_of_all.held[f"urn:uuid:{self.current(study).manifest_uid}"]

    def retire_manifest(self, study: Uid) -> None:
        """Somebody has taken it out of use."""
        self.change_entry(study, status=DEPRECATED)

    def leave_orphan(self, study: Uid) -> str:
        """One more active manifest of ours, of which no record knows."""
        orphan = self._uid()
        self.registry_of_all.add(entry(orphan, study))
        return orphan

    def change_entry(self, study: Uid, **changes: Any) -> None:
        """The registry says otherwise of the manifest in force."""
        known = self.records.records[study]
        uid = known.current.manifest_uid if known.current else known.withdrawn.manifest_uid  # type: ignore[union-attr]
        held = self.registry_of_all.held
        held[f"urn:uuid:{uid}"] = replace(held[f"urn:uuid:{uid}"], **changes)

    def current(self, study: Uid) -> Current:
        found = self.records.records[study].current
        assert found is not None
        return found

    def _objects(self, study: Uid, more: int) -> None:
        index: StudyIndex = self.pacs.studies[study]
        (series,) = index.series
        sop_class = series.instances[0].sop_class_uid
        added = (InstanceRef(sop_class, Uid(f"{study}.1.9"), 9),)
        kept = series.instances + added if more > 0 else series.instances[:-1]
        self.pacs.studies[study] = replace(index, series=(replace(series, instances=kept),))

    def _uid(self) -> str:
        return f"2.25.{uuid.UUID(bytes=self.random.randbytes(16), version=4).int}"

    # --- runs

    @property
    def sides(self) -> Sides:
        pacs: Any = Port("pacs", self.pacs, self.calls)
        return Sides(pacs, self.connect, DEVICE)

    @property
    def tools(self) -> Tools:
        def pace() -> None:
            self.paced += 1

        queue: Any = Port("queue", self.queue, self.calls)
        return Tools(lambda *_: self.sides, queue, pace, self.threads)

    def reconcile(self, run: str) -> list[Page]:
        """A whole run, its repairs not yet at work; a step that was killed runs again, and one that
        waits for a side does so later, as in the workflow."""
        pages: list[Page] = []
        tries = 0
        while not pages or not is_over(self.site, pages[-1]):
            self.calls.begin()
            try:
                pages.append(run_page(self.site, self.tools, run, len(pages), tries))
                tries = 0
            except Killed:
                continue
            except (PacsUnavailable, DmpUnavailable):
                self.clock.advance(self.jitter.random() * longest_pause(tries))
                tries += 1
        return pages


def longest_pause(tries: int) -> timedelta:
    """The pause of the workflow that follows so many tries, not cut by chance."""
    return timedelta(seconds=min(3 * 2**tries, 60))


def found(pages: list[Page]) -> set[tuple[str, str]]:
    """(study, kind) of every difference; each only once."""
    listed = [
        (str(d.difference.study_instance_uid), str(d.difference.kind))
        for page in pages
        for d in page.decisions
    ]
    assert len(listed) == len(set(listed))
    return set(listed)


def report_bytes(report: Case) -> bytes:
    """Its message."""
    return message(report, sender=SENDER, control_id="1", at=AT)


@lru_cache(1)
def shared_report() -> bytes:
    """The report of every study that is only compared."""
    return report_bytes(case("C"))


def fresh_report(number: int) -> Case:
    """A report of its own study."""
    return case("C", f"study {number}")


@contextmanager
def archipelago(**options: Any) -> Iterator[Archipelago]:
    """An empty one; the same report is read once."""
    made = Archipelago(**options)
    once = lru_cache(1024)(read_report)
    with ExitStack() as stack:
        for module in (observing, messages, report_in_force):
            stack.enter_context(mock.patch(f"{module.__name__}.read_report", once))
        yield made
    made.close()


def reasons(pages: list[Page]) -> list[Repair | NotRepairedBecause]:
    return [one.repair or one.reason for page in pages for one in page.decisions]
