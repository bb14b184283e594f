"""The index of a study as one function tells it to another, which opens no PACS itself.

JSON with ``outcome``: ``found`` with ``index``, a compressed index of the study; ``absent``;
``unavailable`` with ``retry_after``; ``unusable`` with ``failed``; ``held`` with ``code``.
"""

from __future__ import annotations

import base64
import gzip
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.study import codec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Pacs
    from functions.drimbox.study.index import StudyIndex


# Characters of an index in an answer: a function answers 6 MB at most (Lambda). The largest index
# without key image notes has a quarter of it; only notes that name all its images many times more.
_MOST: Final = 5_000_000


def told(pacs: Pacs, study: Uid) -> dict[str, Any]:
    """The PACS's answer about the study; raises nothing that ``ports.Pacs.find_study`` does. An
    index that no answer holds is held as any study that is too large.
    """
    try:
        found = pacs.find_study(study)
    except PacsAnswerUnusable as error:
        return {"outcome": "unusable", "failed": error.failed}
    except PacsUnavailable as error:
        return {"outcome": "unavailable", "retry_after": [*error.retry_after]}
    except Held as error:
        return {"outcome": "held", "code": error.code}
    if found is None:
        return {"outcome": "absent"}
    # An index of 50,000 objects is more than a function's answer may be.
    packed = base64.b64encode(gzip.compress(codec.encode(found), mtime=0)).decode()
    if len(packed) > _MOST:
        return {"outcome": "held", "code": "study_too_large"}
    return {"outcome": "found", "index": packed}


def heard(answer: Mapping[str, Any]) -> StudyIndex | None:
    """The same on the other side: returns and raises what the PACS's ``find_study`` did."""
    return _HEARD[answer["outcome"]](answer)


def _found(answer: Mapping[str, Any]) -> StudyIndex:
    return codec.decode(gzip.decompress(base64.b64decode(answer["index"])))


def _absent(_: Mapping[str, Any]) -> None:
    return None


def _unusable(answer: Mapping[str, Any]) -> None:
    raise PacsAnswerUnusable("told by another function", failed=answer["failed"])


def _unavailable(answer: Mapping[str, Any]) -> None:
    raise PacsUnavailable("told by another function", retry_after=tuple(answer["retry_after"]))


def _held(answer: Mapping[str, Any]) -> None:
    raise Held(answer["code"])


_HEARD: Final[Mapping[str, Callable[[Mapping[str, Any]], StudyIndex | None]]] = {
    "found": _found,
    "absent": _absent,
    "unusable": _unusable,
    "unavailable": _unavailable,
    "held": _held,
}
