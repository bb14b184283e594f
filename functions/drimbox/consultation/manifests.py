"""Several manifests of the DMP by one request (TD3.2): a slow DMP keeps nobody waiting.

One document may spoil the whole answer (a malformed part, a refusal, a slow repository): then each
is asked for singly, so that it spoils its own alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from functions.drimbox.dmp.retrieve import MAX_SET, is_retrievable
from functions.drimbox.errors import DmpRefused, DrimboxError, IdentityRefused, Transient
from functions.drimbox.peers.rounds import in_rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.drimbox.consultation.outcomes import Noting
    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.dmp.session import DocumentRepository

# Of both questions together; a function of the pages ends in 28.
SECONDS: Final = 6.0
Documents = Mapping[str, bytes]


def fetch_manifests(
    entries: Sequence[DocumentEntry],
    repository: DocumentRepository,
    *,
    seconds: float = SECONDS,
    noting: Noting = nullcontext,
) -> Documents:
    """The bytes by unique identifier, without those that cannot be had now: all of them when the
    DMP refuses, does not answer, or takes longer than ``seconds``. ``noting`` hears how the
    questions end.
    """
    wanted = _fitting(entries)

    def ask(together: Sequence[DocumentEntry]) -> Documents | None:
        """None for an answer that one of several documents may have spoilt."""
        try:
            with noting():
                return repository.retrieve(together).documents
        except DrimboxError as error:
            return None if _may_be_of_one(error) else {}

    if not wanted:
        return {}
    [found] = in_rounds(ask, [wanted], seconds=seconds / 2, late=None)
    if found is not None or len(wanted) == 1:
        return found or {}
    singly = in_rounds(ask, [[one] for one in wanted], seconds=seconds / 2, late=None)
    return {name: content for one in singly for name, content in (one or {}).items()}


def _may_be_of_one(error: DrimboxError) -> bool:
    """Whether another question may fare better: the DMP read the request, and knew the asker."""
    if isinstance(error, Transient):
        return error.alone
    return isinstance(error, DmpRefused) and not isinstance(error, IdentityRefused)


def _fitting(entries: Sequence[DocumentEntry]) -> list[DocumentEntry]:
    """Those that may be asked for, as many as one request may have."""
    fitting: list[DocumentEntry] = []
    left = MAX_SET
    for entry in entries:
        size = entry.size or 0
        if is_retrievable(entry) and size <= left:
            fitting.append(entry)
            left -= size
    return fitting
