"""The words between the cloud and the agent, protocol 1, and their strict reading.

Unknown fields of the cloud's are ignored: a newer cloud still serves this agent.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from functions.drimbox import strict_json
from functions.drimbox.oid import Uid
from functions.drimbox.study.codec import encode
from functions.drimbox.study.found_study import StudyCriteria
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from functions.drimbox.importing.outgoing import Stored
    from functions.drimbox.study.found_study import FoundStudies
    from functions.drimbox.study.index import StudyIndex

PROTOCOL: Final = 1
# The largest answer that is posted; a larger one is put under the job's own key.
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024
# The largest that the cloud reads there.
MAX_PUT_BYTES: Final = 16 * 1024 * 1024
MAX_STUDIES: Final = 50
MAX_FOUND: Final = 200
MAX_INSTANCES: Final = 50_000
# Of an import; bytes of all of them.
MAX_IMPORTED: Final = 100
MAX_IMPORT_BYTES: Final = 8 * 1024**3
# SOP instances at fault that an answer names.
MAX_NAMED: Final = 1_000
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_JOB: Final = re.compile(r"[a-z]+-[0-9a-f]{64}")


class NotUnderstood(Exception):
    """The cloud's words are none of this protocol. The message names the place, no value."""


class Kind(StrEnum):
    """The kinds of work that this agent knows."""

    INDEX = "index"
    SURVEY = "survey"
    FIND = "find"
    FILL = "fill"
    IMPORT = "import"


@frozen
class Pointer:
    """A message of the queue: a job's name, and its kind as the cloud calls it."""

    job: str
    kind: str


@frozen
class Asked:
    """A job as the cloud tells it. ``ask`` is read by its kind; ``key`` is the one key under which
    this attempt may put an object; ``expires_at`` is None for one that lasts."""

    job: str
    kind: str
    attempt: int
    expires_at: datetime | None
    ask: Mapping[str, Any]
    key: str


@frozen
class SurveyAsk:
    """``whole``: indexes are wanted, else only whether the studies are there."""

    studies: tuple[Uid, ...]
    whole: bool


@frozen
class FillAsk:
    """Exactly these objects of a series, under a manifest with so many rejection ``notes``."""

    study: Uid
    series: Uid
    manifest: Uid
    notes: int
    instances: tuple[Uid, ...]


@frozen
class FindAsk:
    """A search of at most ``most`` studies."""

    criteria: StudyCriteria
    most: int


@frozen
class Wanted:
    """An object of a pack: its size in bytes and its SHA-256 (hex)."""

    sop_instance_uid: Uid
    size: int
    sha256: str


@frozen
class ImportAsk:
    """Objects of one study, which follow each other in the pack at the signed ``url``."""

    study: Uid
    url: str
    objects: tuple[Wanted, ...]

    @property
    def size(self) -> int:
        """Bytes of the pack."""
        return sum(one.size for one in self.objects)

    def __repr__(self) -> str:
        return "ImportAsk(…)"


@frozen
class Put:
    """An object that was put under a job's key."""

    key: str
    size: int
    sha256: str


@frozen
class Answered:
    """A job's result, as it is posted or, for a fill, as it was put."""

    answer: Mapping[str, Any] | Put


@frozen
class Failed:
    """A job without a result; ``objects``: the SOP instances at fault."""

    reason: str
    objects: tuple[str, ...] = ()


Outcome = Answered | Failed


def read_pointer(body: str) -> Pointer:
    """A message's body. Raises NotUnderstood."""
    with _Reading("message"):
        facts = _object(strict_json.read(body.encode()))
        if not _JOB.fullmatch(_text(facts["job"])):
            raise ValueError
        return Pointer(facts["job"], _text(facts["kind"]))


def read_asked(data: bytes) -> Asked:
    """The cloud's telling of a job. Raises NotUnderstood."""
    with _Reading("job"):
        facts = _object(strict_json.read(data))
        return Asked(
            job=_text(facts["job"]),
            kind=_text(facts["kind"]),
            attempt=_number(facts["attempt"]),
            expires_at=None if facts["expires_at"] is None else read_time(facts["expires_at"]),
            ask=_object(facts["ask"]),
            key=_text(_object(facts["incoming"])["key"]),
        )


def read_index_ask(ask: Mapping[str, Any]) -> Uid:
    """The study to index. Raises NotUnderstood, as the other asks."""
    with _Reading("ask"):
        return Uid(ask["study_instance_uid"])


def read_survey_ask(ask: Mapping[str, Any]) -> SurveyAsk:
    """The studies to look for."""
    with _Reading("ask"):
        if ask["depth"] not in {"index", "presence"}:
            raise ValueError
        studies = tuple(map(Uid, _several(ask["studies"], MAX_STUDIES)))
        return SurveyAsk(studies, whole=ask["depth"] == "index")


def read_find_ask(ask: Mapping[str, Any]) -> FindAsk:
    """A search."""
    names = ("patient_id", "accession_number", "modality", "since", "until")
    with _Reading("ask"):
        most = _number(ask["most"])
        if not 0 < most <= MAX_FOUND:
            raise ValueError
        criteria = StudyCriteria(*(_text(ask[name], empty=True) for name in names))
        if not criteria.patient_id and not criteria.accession_number:
            raise ValueError
        return FindAsk(criteria, most)


def read_fill_ask(ask: Mapping[str, Any]) -> FillAsk:
    """A series to send."""
    with _Reading("ask"):
        notes, instances = _number(ask["notes"]), _by_class(ask["instances"])
        if notes < 0 or not instances:
            raise ValueError
        return FillAsk(
            study=Uid(ask["study_instance_uid"]),
            series=Uid(ask["series_instance_uid"]),
            manifest=Uid(ask["manifest_uid"]),
            notes=notes,
            instances=instances,
        )


def read_import_ask(ask: Mapping[str, Any]) -> ImportAsk:
    """Objects to store."""
    with _Reading("ask"):
        objects = tuple(map(_wanted, _several(ask["objects"], MAX_IMPORTED)))
        found = ImportAsk(Uid(ask["study_instance_uid"]), secure_url(ask["url"]), objects)
        if not objects or len({one.sop_instance_uid for one in objects}) < len(objects):
            raise ValueError
        if found.size > MAX_IMPORT_BYTES:
            raise ValueError
        return found


def _wanted(facts: Any) -> Wanted:
    size, digest = _number(facts["size"]), _text(facts["sha256"])
    if size <= 0 or not _SHA256.fullmatch(digest):
        raise ValueError
    return Wanted(Uid(facts["sop_instance_uid"]), size, digest)


def import_answer(outcomes: Mapping[Uid, Stored]) -> dict[str, Any]:
    """The answer of ``import``: the archive's words about each object."""
    return {
        "objects": [
            {"sop_instance_uid": name, "failure": one.failure, "warning": one.warning}
            for name, one in outcomes.items()
        ]
    }


def index_answer(index: StudyIndex | None) -> dict[str, Any]:
    """The answer of ``index``: the study's index, or its absence."""
    if index is None:
        return {"found": False}
    return {"found": True, "index": json.loads(encode(index))}


def found_answer(found: FoundStudies) -> dict[str, Any]:
    """The answer of ``find``."""
    return {
        "studies": [
            {
                "study_instance_uid": one.study_instance_uid,
                "patient_id": one.patient_id,
                "patient_name": one.patient_name,
                "patient_birth_date": one.patient_birth_date,
                "accession_number": one.accession_number,
                "study_date": one.study_date,
                "description": one.description,
                "modalities": list(one.modalities),
                "instances": one.instances,
            }
            for one in found.studies
        ],
        "left_out": found.left_out,
        "complete": found.complete,
    }


def answer_body(answer: Mapping[str, Any]) -> bytes:
    """An answer that is put as an object."""
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def outcome_body(asked: Asked, outcome: Outcome) -> bytes:
    """The post of an outcome."""
    body: dict[str, Any] = {"protocol": PROTOCOL, "attempt": asked.attempt}
    match outcome:
        case Failed(reason, objects):
            body |= {"outcome": "failed", "reason": reason}
            if objects:
                body["objects"] = list(objects[:MAX_NAMED])
        case Answered(Put(key, size, digest)):
            body |= {"outcome": "answered"}
            body["incoming"] = {"key": key, "size": size, "sha256": digest}
        case Answered(answer):
            body |= {"outcome": "answered", "answer": answer}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read_time(value: Any) -> datetime:
    """A time of the wire. Raises ValueError."""
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def secure_url(value: Any) -> str:
    """An address over TLS; on this machine, where the local stack runs, also without. Raises
    ValueError."""
    parts = urlsplit(_text(value))
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
        raise ValueError("no TLS")
    return str(value)


def write_time(value: datetime) -> str:
    """A time of the wire, to the second."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")


class _Reading:
    """A block whose failures are NotUnderstood."""

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError | LookupError | TypeError | AttributeError):
            raise NotUnderstood(self._place) from None


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of failure for the reader
    return value


def _text(value: Any, *, empty: bool = False) -> str:
    if not isinstance(value, str) or not (value or empty):
        raise ValueError("not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a number")
    return value


def _several(value: Any, most: int) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("not a list, or too long")
    return value


def _by_class(value: Any) -> tuple[Uid, ...]:
    """The SOP instances, which are told by their SOP classes."""
    found: list[Uid] = []
    for of_class in _object(value).values():
        found += map(Uid, _several(of_class, MAX_INSTANCES - len(found)))
    return tuple(found)
