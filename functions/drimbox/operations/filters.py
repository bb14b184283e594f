"""An operator's own filters of the queue, kept by name."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.errors import Absent, BadRequest, Conflict, StorageUnavailable
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import Query
from functions.drimbox.tenants.model import Permission
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.ports import Audit

MOST_FILTERS: Final = 20
MOST_CHARACTERS: Final = 60
_TRIES: Final = 4
# The parameters of a filter. A time or a page would only make sense on the day when it was kept.
PARAMETERS: Final = frozenset({"state", "reason", "sender"})


@frozen
class Filters:
    """One operator's filters by name, each as the queue's parameters.

    ``revision`` counts the writes.
    """

    owner: str
    revision: int = 0
    named: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class FilterStore(Protocol):
    """The filters of one tenant's operators."""

    def get(self, owner: str) -> Filters:
        """Read consistently; none of revision 0 for an operator who never kept any."""
        ...

    def put(self, filters: Filters) -> bool:
        """Store if the stored revision is still its own; False when another writer was faster."""
        ...


@frozen
class Wish:
    """``parameters`` to keep under ``name``, None to forget it."""

    name: str
    parameters: Mapping[str, str] | None

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Wish:
        """From JSON: ``{"name": …, "filter": {"state": …, "reason": …, "sender": …} or null}``.

        BadRequest names the ill-formed field.
        """
        if set(facts) != {"name", "filter"}:
            raise BadRequest("body")
        name, given = facts["name"], facts["filter"]
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= MOST_CHARACTERS:
            raise BadRequest("/name")
        if given is None:
            return cls(name.strip(), None)
        well_formed = isinstance(given, dict) and set(given) <= PARAMETERS
        if not well_formed or not all(
            isinstance(text, str) and len(text) <= MOST_CHARACTERS for text in given.values()
        ):
            raise BadRequest("/filter")
        try:
            Query.read(given.get)
        except BadRequest as error:  # a query calls it a parameter
            raise BadRequest(f"/filter/{error.field}") from None
        return cls(name.strip(), {key: text for key, text in given.items() if text})


def saved(store: FilterStore, audit: Audit, caller: Caller) -> Mapping[str, Mapping[str, str]]:
    """The caller's own filters, by name. Forbidden without the permission ``view``."""
    return store.get(demand(audit, caller, Permission.VIEW).subject).named


def keep(
    store: FilterStore, audit: Audit, caller: Caller, wish: Wish
) -> Mapping[str, Mapping[str, str]]:
    """Keep a filter, or forget one; the caller's filters, by name.

    Forbidden without the permission ``view``; Conflict for one more than MOST_FILTERS; Absent when
    the filter to forget does not exist.
    """
    operator = demand(audit, caller, Permission.VIEW)
    for _ in range(_TRIES):
        known = store.get(operator.subject)
        named = {name: one for name, one in known.named.items() if name != wish.name}
        if wish.parameters is None and len(named) == len(known.named):
            raise Absent("filter")
        if wish.parameters is not None:
            named[wish.name] = wish.parameters
        if len(named) > MOST_FILTERS:
            raise Conflict(code="too_many_filters")
        if store.put(replace(known, named=named)):
            audit.record(
                "filter.kept" if wish.parameters is not None else "filter.forgotten",
                key=f"{operator.subject}/{known.revision + 1}",
                result="kept",
                who=operator.subject,
                facts={},
            )
            return named
    raise StorageUnavailable("filters: too many writers")
