"""An agent's answer, read by the kind of its question: nothing in it is believed.

Each kind has a reader that takes the wish and the JSON of the answer, and gives the word by which
it is known and the content to keep, in a form of ours.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.agents import packs
from functions.drimbox.agents.index_answer import read_index
from functions.drimbox.agents.wire import PRESENCE, studies_of
from functions.drimbox.errors import BadRequest
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.found_study import FoundStudies, FoundStudy
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.jobs.job import Wish

# The words of an answer.
FOUND: Final = "found"
ABSENT: Final = "absent"
TOLD: Final = "told"

AGENT_FAILED: Final = "agent_failed"
# The reasons for which an agent gives up: codes of errors of ours (``site_pacs`` raises each).
REASONS: Final = frozenset(
    {
        *("pacs_unavailable", "pacs_answer_unusable", "pacs_refused", "patient_mismatch"),
        *("pacs_uid_invalid", "study_too_large", "pacs_note_unreadable", "object_unservable"),
        *("unsupported", AGENT_FAILED),
    }
)
# Of one study of a survey, or of one series: not those about the agent itself.
_REASONS_OF_ONE: Final = REASONS - {"unsupported", "object_unservable"}
# Characters and items of a search's answer, as of one that an archive gives itself.
_LONGEST: Final = 256
_MOST_MODALITIES: Final = 16
_MOST_STUDIES: Final = 100
_FOUND_TEXTS: Final = (
    *("patient_id", "patient_name", "patient_birth_date", "accession_number"),
    *("study_date", "description"),
)
# A status of C-STORE, or a Failure Reason (PS3.7 C, PS3.18 table I.2-2).
_MOST_STATUS: Final = 0xFFFF
_FOUND: Final = {*_FOUND_TEXTS, "study_instance_uid", "modalities", "instances"}


@frozen
class Told:
    """``content`` is JSON of ours, "" for an answer that its ``word`` says whole."""

    word: str
    content: bytes = b""


def read_told(wish: Wish, answer: Any) -> Told:
    """The answer to ``wish``; BadRequest ``/answer`` for one that is none."""
    try:
        return _READERS[wish.kind](wish.facts, answer)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadRequest("/answer") from None


def _index(facts: Mapping[str, str], answer: Any) -> Told:
    index = _one(answer, Uid(facts["study"]), extra=set())
    if index is None:
        return Told(ABSENT)
    return Told(FOUND, json.dumps(index, ensure_ascii=False).encode())


def _survey(facts: Mapping[str, str], answer: Any) -> Told:
    """Each study that was asked for, once."""
    _require(answer.keys() == {"studies"} and isinstance(answer["studies"], list))
    asked, told = studies_of(facts), answer["studies"]
    _require(sorted(one["study_instance_uid"] for one in told) == sorted(asked))
    read = [_surveyed(facts["depth"], one) for one in told]
    if facts["depth"] == PRESENCE and len(read) == 1 and "reason" not in read[0]:
        return Told(FOUND if read[0]["found"] else ABSENT)
    return Told(TOLD, json.dumps({"studies": read}, ensure_ascii=False).encode())


def _surveyed(depth: str, one: Any) -> dict[str, Any]:
    study = Uid(one["study_instance_uid"])
    name = {"study_instance_uid": str(study)}
    if "reason" in one:
        _require(one.keys() == {"study_instance_uid", "reason"})
        _require(one["reason"] in _REASONS_OF_ONE)
        return {**name, "reason": one["reason"]}
    if depth == PRESENCE:
        _require(one.keys() == {"study_instance_uid", "found"} and type(one["found"]) is bool)
        return {**name, "found": one["found"]}
    index = _one(one, study, extra={"study_instance_uid"})
    return {**name, "found": False} if index is None else {**name, "found": True, "index": index}


def _one(answer: Any, study: Uid, *, extra: set[str]) -> dict[str, Any] | None:
    """The index of a study, as JSON of ours; None where the PACS has nothing of it to publish."""
    if answer["found"] is False:
        _require(answer.keys() == {"found", *extra})
        return None
    _require(answer["found"] is True and answer.keys() == {"found", "index", *extra})
    return codec.write(read_index(answer["index"], study))


def _find(_: Mapping[str, str], answer: Any) -> Told:
    _require(answer.keys() == {"studies", "left_out", "complete"})
    _require(isinstance(answer["studies"], list) and len(answer["studies"]) <= _MOST_STUDIES)
    _require(type(answer["left_out"]) is int and answer["left_out"] >= 0)
    _require(type(answer["complete"]) is bool)
    studies = [_found(one) for one in answer["studies"]]
    _require(len({one["study_instance_uid"] for one in studies}) == len(studies))
    kept = {**answer, "studies": studies}
    return Told(TOLD, json.dumps(kept, ensure_ascii=False).encode())


def _found(one: Any) -> dict[str, Any]:
    _require(one.keys() == _FOUND)
    Uid(one["study_instance_uid"])
    modalities, instances = one["modalities"], one["instances"]
    _require(isinstance(modalities, list) and len(modalities) <= _MOST_MODALITIES)
    texts = [*(one[name] for name in _FOUND_TEXTS), *modalities]
    _require(all(isinstance(text, str) and len(text) <= _LONGEST for text in texts))
    _require(instances is None or (type(instances) is int and instances >= 0))
    return dict(one)


def _import(_: Mapping[str, str], answer: Any) -> Told:
    """The outcomes of objects, each once; the asker leaves out those that he did not send."""
    _require(answer.keys() == {"objects"} and isinstance(answer["objects"], list))
    objects = answer["objects"]
    _require(len(objects) <= packs.MOST)
    for one in objects:
        _require(one.keys() == {"sop_instance_uid", "failure", "warning"})
        Uid(one["sop_instance_uid"])
        _require(all(_is_status(one[name]) for name in ("failure", "warning")))
    _require(len({one["sop_instance_uid"] for one in objects}) == len(objects))
    return Told(TOLD, json.dumps({"objects": objects}).encode())


def _is_status(value: Any) -> bool:
    return value is None or (type(value) is int and 0 <= value <= _MOST_STATUS)


def read_found(content: bytes) -> FoundStudies:
    """The studies that :func:`read_told` kept of a search."""
    facts = json.loads(content)
    return FoundStudies(
        studies=tuple(
            FoundStudy(
                **{
                    **one,
                    "study_instance_uid": Uid(one["study_instance_uid"]),
                    "modalities": tuple(one["modalities"]),
                }
            )
            for one in facts["studies"]
        ),
        left_out=facts["left_out"],
        complete=facts["complete"],
    )


_READERS: Final[Mapping[Kind, Callable[[Mapping[str, str], Any], Told]]] = {
    Kind.INDEX: _index,
    Kind.SURVEY: _survey,
    Kind.FIND: _find,
    Kind.IMPORT: _import,
}


def _require(good: object) -> None:
    if not good:
        raise ValueError("ill-formed")
