"""One audit record whatever happens: frames each disclosure and each refusal."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.drimbox.errors import DrimboxError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.ports import Audit

UNKNOWN = "unknown"


@dataclass(slots=True)
class Record:
    """The content of the record; the block may add to it, and give it another ``key``: that of a
    record which it has left already stands for both.
    """

    key: str
    who: str
    facts: dict[str, str] = field(default_factory=dict)


@contextmanager
def audited(
    audit: Audit,
    event: str,
    *,
    key: str,
    who: str = UNKNOWN,
    facts: Mapping[str, str] | None = None,
    done: str = "success",
) -> Iterator[Record]:
    """Leave one record of the block: ``done``, the code of our own error, or ``failed``."""
    record = Record(key, who, dict(facts or {}))
    result = "failed"
    try:
        yield record
        result = done
    except DrimboxError as error:
        result = error.code
        raise
    finally:
        audit.record(event, key=record.key, result=result, who=record.who, facts=record.facts)


@contextmanager
def refusal_audited(audit: Audit, event: str, *, key: str, who: str) -> Iterator[None]:
    """Leave a record when the request is refused: its code, and nothing of its body."""
    try:
        yield
    except RequestError as error:
        audit.record(event, key=key, result=error.code, who=who, facts={})
        raise
