"""The kept white list in DynamoDB, one item of the table ``peers``, by one writer at a time; and
its last refusal, another item.

Both serve all tenants: their tenant is ``*``, which is nobody's slug.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from functions.aws import clients
from functions.aws.faults import storage
from functions.aws.revisions import put_over, read_item
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.peers.kept import KeptWhiteList, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEY: Final[dict[str, Any]] = {"tenant": {"S": "*"}, "item": {"S": "white_list"}}
_REFUSAL: Final[dict[str, Any]] = {"tenant": {"S": "*"}, "item": {"S": "white_list_refusal"}}
_DATES: Final = ("generated_at", "signed_at", "checked_at")


class DynamoWhiteLists:
    """Implements ``peers.kept.WhiteListStore``."""

    def __init__(self, table: str) -> None:
        self._table = table

    def get(self) -> KeptWhiteList | None:
        """Read consistently; None before the first one."""
        item = read_item(self._table, _KEY, "white list")
        if item is None:
            return None
        with _ours():
            dates = {one: datetime.fromisoformat(item[one]["S"]) for one in _DATES}
            return KeptWhiteList(int(item["revision"]["N"]), item["content"]["B"], **dates)

    def put(self, kept: KeptWhiteList) -> bool:
        """Store over ``kept.revision`` (0: there is none); False when another was faster."""
        item: dict[str, Any] = {
            **_KEY,
            "content": {"B": kept.content},
            **{one: {"S": getattr(kept, one).isoformat()} for one in _DATES},
        }
        return put_over(self._table, item, kept.revision, "white list")

    def refusal(self) -> Refusal | None:
        """The last refusal, None before the first one."""
        item = read_item(self._table, _REFUSAL, "white list")
        if item is None:
            return None
        with _ours():
            return Refusal(item["code"]["S"], datetime.fromisoformat(item["at"]["S"]))

    def refuse(self, refusal: Refusal) -> None:
        """Keep the refusal in the former one's place."""
        facts = {"code": {"S": refusal.code}, "at": {"S": refusal.at.isoformat()}}
        with storage("white list put"):
            clients.dynamodb().put_item(TableName=self._table, Item={**_REFUSAL, **facts})


@contextmanager
def _ours() -> Iterator[None]:
    """An item that we did not write so is no answer."""
    try:
        yield
    except (LookupError, ValueError, TypeError):
        raise StorageUnavailable("a kept white list cannot be read") from None
