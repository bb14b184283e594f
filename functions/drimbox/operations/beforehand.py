"""The publication that came before another one on the same study, and the operator of a withdrawal.

The way back of :mod:`afterwards`: the archived intent of a publication names the former one, whose
manifest it replaced or withdrew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.operations.afterwards import Fate
from functions.drimbox.publication.archive import INTENT, SETTLED, Intent, require
from functions.drimbox.publication.message_entry import Outcome
from functions.drimbox.publication.withdrawal_order import (
    PREFIX,
    WithdrawalOrder,
    withdrawal_key,
)

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.operations.afterwards import Afterwards
    from functions.drimbox.ports import Listing
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site

# The fate that a publication with this outcome brought to the former one.
_BROUGHT: Final = {Outcome.PUBLISHED: Fate.REPLACED, Outcome.WITHDRAWN: Fate.WITHDRAWN}
# The most files of one message and study: nine files of a dozen attempts, and more.
MOST_FILES: Final = 200


def former_of(site: Site, shelf: Listing, entry: MessageEntry, study: Uid) -> dict[str, Any]:
    """``{"former": {"publication": …, "fate": …}}``, empty where this publication replaced and
    withdrew nothing. ``shelf`` lists the archive."""
    outcome = entry.studies[study].outcome
    if outcome not in _BROUGHT:
        return {}
    names = shelf.names(f"studies/{study}/{entry.message_id}-", limit=MOST_FILES)
    for folder in (one.key.removesuffix(SETTLED) for one in names if one.key.endswith(SETTLED)):
        intent = Intent.decode(require(site.archive, folder + INTENT))
        if intent.former:
            fate = str(_BROUGHT[outcome])
            return {"former": {"publication": intent.former, "fate": fate}}
    return {}


def ordered_by(site: Site, later: Afterwards | None) -> dict[str, Any]:
    """``{"ordered_by": …}``: the operator's subject where ``later`` is an operator's withdrawal."""
    if later is None or not later.by.startswith(PREFIX):
        return {}
    order = site.inbox.get(withdrawal_key(later.by))
    return {"ordered_by": WithdrawalOrder.decode(order).who} if order is not None else {}
