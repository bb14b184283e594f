"""The manifests that a tenant published in one month, as XDM archives behind signed addresses.

For days without the DMP, and for a change of the DRIMbox: the archives hold the manifests that are
in force, and nothing that is masked to professionals, withdrawn, or about to change. One request
looks at one page of publications, so that no more than a few are in memory (decision 0077). A page
ends early where its time does: reports may have 64 MiB each.
"""

from __future__ import annotations

import hashlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import BadRequest, MessageError
from functions.drimbox.manifest.read import ManifestUnreadable, read
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.outside.byte_budget import ByteBudget
from functions.drimbox.outside.given_manifest import MAX_MANIFEST
from functions.drimbox.outside.made_archive import (
    ArchiveMaker,
    PublishedSet,
    Sender,
    folder_of,
    placed_metadata,
)
from functions.drimbox.outside.metadata import MetadataUnreadable, read_metadata
from functions.drimbox.outside.record_told import hides
from functions.drimbox.publication import archive
from functions.drimbox.publication.record import SETTLED
from functions.drimbox.publication.rejections import rejected_in
from functions.drimbox.report.reading import read_report
from functions.drimbox.safe_xml import UnsafeXml
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from functions.drimbox.budget import Budget
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.ports import Audit, CacheStore, Clock, MeasuredBlobs
    from functions.drimbox.publication.ports import StudyRecords
    from functions.drimbox.publication.record import Current, StudyRecord
    from functions.drimbox.report.model import Report
    from functions.drimbox.tenants.model import Tenant

# Seconds of the budget of one page. Eight publications of the largest messages (64 MiB) take some
# twenty of the function's 28 seconds, so none are begun once five are over (``Budget``).
SECONDS: Final = 8.0
# Publications that one request looks at, at most, and that are listed and read at once.
PAGE: Final = 100
_AT_ONCE: Final = 8
# Bytes of their messages in memory at once. One has 64 MiB at most, and takes five times as much
# while it is read (decision 0036).
MESSAGES_HELD: Final = 96 * 1024 * 1024
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_SAFE: Final = re.compile(r"[^;\x00-\x1f\x7f]*")


class Left(StrEnum):
    """The reasons for which a publication is not in the archives: it is masked to professionals (or
    its restriction is unknown), it has changed since it was listed or some of its images were
    rejected since, or its files cannot be read as they were sent."""

    MASKED = "masked"
    CHANGING = "changing"
    UNREADABLE = "unreadable"


@frozen
class Wish:
    """The month (its first day's year and number), and where the former page ended."""

    year: int
    month: int
    after: str | None = None

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Wish:
        """From JSON: ``{"month": "2026-11", "after": "…"}``, ``after`` as the former answer gave
        it. BadRequest names the ill-formed field."""
        if set(facts) - {"month", "after"}:
            raise BadRequest("body")
        month, after = facts.get("month"), facts.get("after")
        found = _MONTH.fullmatch(month) if isinstance(month, str) else None
        if found is None:
            raise BadRequest("/month")
        if not (after is None or isinstance(after, str)):
            raise BadRequest("/after")
        return cls(int(found[1]), int(found[2]), after)

    @property
    def top(self) -> str:
        """The folder of the archive."""
        return f"KA{self.year:04}{self.month:02}"


@frozen
class Desk:
    """Everything of one tenant that an export needs; ``exports`` keeps the archives for a day,
    under addresses of ``seconds``. ``fresh`` names an archive; ``application``: our name and
    version. ``budget`` is the time in which a page looks at publications: once it is spent, the
    page ends with those that were looked at."""

    tenant: Tenant
    records: StudyRecords
    archive: MeasuredBlobs
    exports: CacheStore
    audit: Audit
    clock: Clock
    fresh: Callable[[], str]
    seconds: int
    application: str
    budget: Budget


def export_month(desk: Desk, caller: Caller, wish: Wish) -> dict[str, Any]:
    """One page of the month's publications as archives: their addresses, the numbers of those that
    are left out by reason, and ``next``, None at the end.

    The month is that of the publication, by the site's clock. Each archive leaves one audit record.
    Forbidden without the permission ``archive``; BadRequest for a position of no former answer.
    """
    operator = demand(desk.audit, caller, Permission.ARCHIVE)
    listing = _Listing(desk, wish)
    left = dict.fromkeys(Left, 0)
    made: list[dict[str, Any]] = []
    for content, manifests in _archives(desk, wish, listing, left):
        digest = hashlib.sha256(content).hexdigest()
        key = f"exports/{desk.fresh()}.zip"
        desk.exports.put(key, BytesIO(content), _ZIP)
        desk.audit.record(
            "archive.exported",
            key=f"{caller.request_id}/{len(made) + 1}",
            result="given",
            who=operator.subject,
            facts={
                "month": f"{wish.year:04}-{wish.month:02}",
                "count": str(len(manifests)),
                "sha256": digest,
                "manifest_uids": " ".join(manifests),
            },
        )
        until_then = desk.clock.now() + timedelta(seconds=desk.seconds)
        made.append(
            {
                "name": f"{wish.top}-{digest[:8].upper()}.ZIP",
                "url": desk.exports.signed_url(key, content_type=_ZIP, seconds=desk.seconds),
                "expires_at": until_then.isoformat(),
                "bytes": len(content),
                "sha256": digest,
                "manifests": len(manifests),
            }
        )
    return {
        "archives": made,
        "left_out": {str(k): n for k, n in left.items()},
        "next": listing.next,
    }


_ZIP: Final = "application/zip"


def _bounds(tenant: Tenant, wish: Wish) -> tuple[datetime, datetime]:
    """The month's first instant, and that of the next one."""
    zone = tenant.time_zone
    year, month = (wish.year + 1, 1) if wish.month == 12 else (wish.year, wish.month + 1)
    return datetime(wish.year, wish.month, 1, tzinfo=zone), datetime(year, month, 1, tzinfo=zone)


class _Listing:
    """The month's publications in groups that are read at once; ``next`` is the position behind the
    last group that was given, None at the end of the month."""

    def __init__(self, desk: Desk, wish: Wish) -> None:
        self._desk = desk
        self._bounds = _bounds(desk.tenant, wish)
        self.next = wish.after

    def __iter__(self) -> Iterator[tuple[StudyRecord, ...]]:
        """One group at least, PAGE records at most; no group once the budget is spent."""
        given = 0
        while True:
            records = self._group(min(_AT_ONCE, PAGE - given))
            given += len(records)
            yield records
            if self.next is None or given >= PAGE or self._desk.budget.is_spent:
                return

    def _group(self, limit: int) -> tuple[StudyRecord, ...]:
        try:
            page = self._desk.records.find(
                SETTLED, limit=limit, after=self.next, oldest_first=True, between=self._bounds
            )
        except BadRequest:  # a query calls it a parameter
            raise BadRequest("/after") from None
        self.next = page.next
        return page.records


def _archives(
    desk: Desk, wish: Wish, listing: Iterable[tuple[StudyRecord, ...]], left: dict[Left, int]
) -> Iterator[tuple[bytes, list[str]]]:
    """Archives, each with the identifiers of its manifests; ``left`` counts the others."""
    at = desk.clock.now().astimezone(desk.tenant.time_zone)
    structure = desk.tenant.structures[0].id
    sender = Sender(desk.tenant.name, structure, desk.application)
    maker, manifests = ArchiveMaker(wish.top, sender, at), list[str]()
    for uid, found in _sets(desk, listing):
        if isinstance(found, Left):
            left[found] += 1
            continue
        if not maker.add(found):
            yield maker.whole(), manifests
            maker, manifests = ArchiveMaker(wish.top, sender, at), list[str]()
            maker.add(found)
        manifests.append(uid)
    if manifests:
        yield maker.whole(), manifests


def _sets(
    desk: Desk, listing: Iterable[tuple[StudyRecord, ...]]
) -> Iterator[tuple[str, PublishedSet | Left]]:
    """The publication that each record has in force, one group in memory at once."""
    held = ByteBudget(MESSAGES_HELD)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for records in listing:
            several = [(one, one.current) for one in records if one.current is not None]
            found = pool.map(lambda pair: _read(desk, held, *pair), several)
            for (_, current), one in zip(several, found, strict=True):
                yield str(current.manifest_uid), one


def _read(desk: Desk, held: ByteBudget, listed: StudyRecord, known: Current) -> PublishedSet | Left:
    """The publication as it was sent; StorageUnavailable where the archive does not answer."""
    # The list is late: it may name a study that was withdrawn, masked or rejected meanwhile.
    record, blobs = desk.records.get(listed.study_instance_uid), desk.archive
    current = record.current
    if current is None or current.intent_id != known.intent_id or record.pending is not None:
        return Left.CHANGING
    files = archive.IntentFiles(blobs, current.intent_id)
    manifest, metadata = files.require(archive.MANIFEST), files.require(archive.METADATA)
    signature = files.require(archive.SIGNATURE)
    message = archive.key_of(current.intent_id, archive.MESSAGE)
    with held.of(blobs.size(message)):
        link = _link(archive.require(blobs, message))
    published = PublishedSet(manifest, signature, metadata, current.entry_uuid, link)
    try:
        entry = _entry(published)
        named = read(manifest, max_bytes=MAX_MANIFEST)
    except (ManifestUnreadable, MetadataUnreadable, UnsafeXml):
        return Left.UNREADABLE
    told = (entry.unique_id, entry.sha1, entry.size)
    sha1 = hashlib.sha1(manifest, usedforsecurity=False).hexdigest()
    if told != (str(current.manifest_uid), sha1, len(manifest)):
        return Left.UNREADABLE
    if hides(entry.confidentiality_codes):
        return Left.MASKED
    objects = {one.sop_instance_uid for series in named.series for one in series.instances}
    return Left.CHANGING if objects & rejected_in(record, blobs) else published


def _entry(published: PublishedSet) -> DocumentEntry:
    """The manifest's entry, as a reader of the archive finds it."""
    folder = folder_of(1)
    documents = read_metadata(placed_metadata(published, folder), folder)
    found = [one.entry for one in documents if one.entry.kind is Kind.MANIFEST]
    if len(found) != 1:
        raise MetadataUnreadable("not one manifest")
    return found[0]


def _link(message: bytes) -> str:
    """The line of CR.TXT: the report's identifier, the INS, the local identifier, each with its
    root; "" where the message is not read any more, or a value would make another line of it."""
    try:
        report = read_report(message)
    except MessageError:
        return ""
    values = _linked(report)
    return ";".join(values) if all(_SAFE.fullmatch(one) for one in values) else ""


def _linked(report: Report) -> tuple[str, ...]:
    document = report.document
    patient = document.patient
    local = next(iter(patient.local_ids), None)
    return (
        *(document.id.root, document.id.extension),
        *(patient.ins.value, str(patient.ins.oid)),
        *((local.extension, local.root) if local else ("", "")),
    )
