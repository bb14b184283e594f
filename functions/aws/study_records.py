"""The studies' records in DynamoDB: key (tenant, study), conditional on the revision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.aws import cursors
from functions.aws.revisions import put_over, read_item
from functions.drimbox.errors import StudyBusy
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.ports import RecordPage
from functions.drimbox.publication.record import (
    Contest,
    Current,
    Pending,
    State,
    StudyRecord,
    Withdrawal,
    changed_at,
    state_of,
)
from functions.drimbox.report.requested_action import Action

if TYPE_CHECKING:
    from collections.abc import Mapping


# Every time of ours begins with 2.
_ALWAYS: Final = ("2", "99")


class DynamoStudyRecords:
    """Implements ``publication.ports.StudyRecords`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, study_instance_uid: Uid) -> StudyRecord:
        """Read consistently; a record of revision 0 when the study was never seen."""
        item = read_item(self._table, self._key(study_instance_uid), "studies")
        return StudyRecord(study_instance_uid) if item is None else _record(item)

    def find(
        self,
        state: str,
        *,
        limit: int,
        after: str | None,
        oldest_first: bool = False,
        between: tuple[datetime, datetime] | None = None,
    ) -> RecordPage:
        """Records in ``state``, by the index; BadRequest for a cursor not made here."""
        page = cursors.query(
            self._table,
            f"{self._tenant}#{state}",
            limit=limit,
            after=after,
            key=("study_instance_uid", self._tenant),
            between=_ALWAYS if between is None else _times(*between),
            oldest_first=oldest_first,
        )
        return RecordPage(tuple(map(_record, page.items)), page.next)

    def put(self, record: StudyRecord) -> StudyRecord:
        """Store unless another writer was faster; StudyBusy otherwise."""
        stored = replace(record, revision=record.revision + 1)
        item: dict[str, Any] = self._key(record.study_instance_uid)
        # A study of which nothing stands is in no state: the index does not hold it.
        if at := changed_at(record):
            item["tenant_state"] = {"S": f"{self._tenant}#{state_of(record)}"}
            item["changed_at"] = {"S": at.isoformat()}
        if record.current is not None:
            item["current"] = {"M": _current_item(record.current)}
        if record.withdrawn is not None:
            item["withdrawn"] = {"M": _withdrawal_item(record.withdrawn)}
        if record.rejections:
            item["rejections"] = {"L": [{"S": note} for note in record.rejections]}
        if record.moved:
            item["moved"] = {"L": [{"S": message_id} for message_id in record.moved]}
        if record.pending is not None:
            item["pending"] = {"M": _pending_item(record.pending)}
        if not put_over(self._table, item, record.revision, "studies"):
            raise StudyBusy
        return stored

    def _key(self, study_instance_uid: Uid) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "study_instance_uid": {"S": study_instance_uid}}


def _times(since: datetime, until: datetime) -> tuple[str, str]:
    """Both instants as the index has them; the first counts, the second does not."""
    last = until - timedelta(microseconds=1)
    return since.astimezone(UTC).isoformat(), last.astimezone(UTC).isoformat()


def _record(item: Mapping[str, Any]) -> StudyRecord:
    return StudyRecord(
        study_instance_uid=Uid(item["study_instance_uid"]["S"]),
        revision=int(item["revision"]["N"]),
        current=_current(item["current"]["M"]) if "current" in item else None,
        pending=_pending(item["pending"]["M"]) if "pending" in item else None,
        withdrawn=_withdrawal(item["withdrawn"]["M"]) if "withdrawn" in item else None,
        rejections=tuple(note["S"] for note in item.get("rejections", {}).get("L", ())),
        moved=tuple(one["S"] for one in item.get("moved", {}).get("L", ())),
    )


def _edition_item(edition: Edition) -> dict[str, Any]:
    return {
        "M": {
            "effective_time": {"S": edition.effective_time.isoformat()},
            "version": {"N": str(edition.version)},
            "action": {"S": edition.action},
        }
    }


def _edition(item: Mapping[str, Any]) -> Edition:
    facts = item["M"]
    return Edition(
        effective_time=datetime.fromisoformat(facts["effective_time"]["S"]),
        version=int(facts["version"]["N"]),
        action=Action(facts["action"]["S"]),
    )


def _withdrawal_item(withdrawn: Withdrawal) -> dict[str, Any]:
    item = {
        "edition": _edition_item(withdrawn.edition),
        "version": {"N": str(withdrawn.version)},
        "intent_id": {"S": withdrawn.intent_id},
        "message_id": {"S": withdrawn.message_id},
        "withdrawn_at": {"S": withdrawn.withdrawn_at.isoformat()},
    }
    if withdrawn.manifest_uid is not None:
        item["manifest_uid"] = {"S": withdrawn.manifest_uid}
    return item


def _withdrawal(item: Mapping[str, Any]) -> Withdrawal:
    return Withdrawal(
        edition=_edition(item["edition"]),
        version=int(item["version"]["N"]),
        intent_id=item["intent_id"]["S"],
        message_id=item["message_id"]["S"],
        manifest_uid=Uid(item["manifest_uid"]["S"]) if "manifest_uid" in item else None,
        withdrawn_at=datetime.fromisoformat(item["withdrawn_at"]["S"]),
    )


def _current_item(current: Current) -> dict[str, Any]:
    return {
        "manifest_uid": {"S": current.manifest_uid},
        "version": {"N": str(current.version)},
        "entry_uuid": {"S": current.entry_uuid},
        "intent_id": {"S": current.intent_id},
        "message_id": {"S": current.message_id},
        "cda_sha256": {"S": current.cda_sha256},
        "confidentiality": {"L": [{"S": code} for code in current.confidentiality]},
        "published_at": {"S": current.published_at.isoformat()},
        "edition": _edition_item(current.edition),
    }


def _current(item: Mapping[str, Any]) -> Current:
    return Current(
        manifest_uid=Uid(item["manifest_uid"]["S"]),
        version=int(item["version"]["N"]),
        entry_uuid=item["entry_uuid"]["S"],
        intent_id=item["intent_id"]["S"],
        message_id=item["message_id"]["S"],
        cda_sha256=item["cda_sha256"]["S"],
        confidentiality=tuple(code["S"] for code in item["confidentiality"]["L"]),
        published_at=datetime.fromisoformat(item["published_at"]["S"]),
        edition=_edition(item["edition"]),
    )


def _pending_item(pending: Pending) -> dict[str, Any]:
    item: dict[str, Any] = {
        "message_id": {"S": pending.message_id},
        "state": {"S": pending.state},
        "since": {"S": pending.since.isoformat()},
        "changed_at": {"S": pending.changed_at.isoformat()},
        "replay": {"N": str(pending.replay)},
        "attempt": {"N": str(pending.attempt)},
        "edition": _edition_item(pending.edition),
        "reason": {"S": pending.reason},
        "detail": {"S": pending.detail},
        "supersedes": {"S": pending.supersedes},
        "in_doubt": {"BOOL": pending.in_doubt},
    }
    if pending.missing_since is not None:
        item["missing_since"] = {"S": pending.missing_since.isoformat()}
    if pending.contested is not None:
        item["contested"] = {
            "M": {
                "revision": {"N": str(pending.contested.revision)},
                "traits": {"L": [{"S": trait} for trait in pending.contested.traits]},
            }
        }
    if pending.held_from is not None:
        item["held_from"] = {"S": pending.held_from}
    return item


def _pending(item: Mapping[str, Any]) -> Pending:
    return Pending(
        message_id=item["message_id"]["S"],
        state=State(item["state"]["S"]),
        since=datetime.fromisoformat(item["since"]["S"]),
        changed_at=datetime.fromisoformat(item["changed_at"]["S"]),
        replay=int(item["replay"]["N"]),
        attempt=int(item["attempt"]["N"]),
        edition=_edition(item["edition"]),
        reason=item["reason"]["S"],
        detail=item["detail"]["S"],
        held_from=State(item["held_from"]["S"]) if "held_from" in item else None,
        supersedes=item["supersedes"]["S"],
        in_doubt=item["in_doubt"]["BOOL"],
        missing_since=datetime.fromisoformat(item["missing_since"]["S"])
        if "missing_since" in item
        else None,
        contested=_contest(item["contested"]["M"]) if "contested" in item else None,
    )


def _contest(item: Mapping[str, Any]) -> Contest:
    # A record of an earlier release names no traits.
    traits = item["traits"]["L"] if "traits" in item else ()
    return Contest(int(item["revision"]["N"]), tuple(trait["S"] for trait in traits))
