"""The white list as an operator sees it: its dates, signer and hosts, its age, the last refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.drimbox.errors import WhiteListUnusable
from functions.drimbox.peers.kept import white_list_at
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from datetime import datetime

    from functions.drimbox.peers.kept import KeptWhiteList, Refusal, WhiteListStore


@frozen
class ListStatus:
    """``kept`` is the last verified list, None before the first one; it ``holds`` until it is too
    old. ``signer`` is the CN and the OU that every list must show.
    """

    kept: KeptWhiteList | None
    holds: bool
    hosts: int
    left_aside: int
    signer: tuple[str, str]
    refusal: Refusal | None


def list_status(store: WhiteListStore, signer: tuple[str, str], at: datetime) -> ListStatus:
    """The status at that time. Raises StorageUnavailable."""
    kept = store.get()
    try:
        white_list_at(kept, at)
        holds = True
    except WhiteListUnusable:
        holds = False
    try:
        named = None if kept is None else kept.white_list
    except WhiteListUnusable:
        named = None
    return ListStatus(
        kept,
        holds,
        len(named.domains) if named else 0,
        named.left_aside if named else 0,
        signer,
        store.refusal(),
    )


def describe(status: ListStatus, at: datetime) -> dict[str, Any]:
    """The same as JSON; times are ISO 8601, None for those of a list that there is not."""
    kept, refusal = status.kept, status.refusal
    return {
        "holds": status.holds,
        "generated_at": kept.generated_at.isoformat() if kept else None,
        "signed_at": kept.signed_at.isoformat() if kept else None,
        "verified_at": kept.checked_at.isoformat() if kept else None,
        "age_seconds": int(kept.age(at).total_seconds()) if kept else None,
        "signer": {"name": status.signer[0], "unit": status.signer[1]},
        "hosts": status.hosts,
        "left_aside": status.left_aside,
        "last_refusal": refusal and {"code": refusal.code, "at": refusal.at.isoformat()},
    }
