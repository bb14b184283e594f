"""The cells: whole where the axes are few, and every open cell with all its one-axis neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any, Final

from tests.matrix.oracle import Cell, Front, can_be_open, expected, is_declared
from tests.matrix.table import (
    BY_NAME,
    CERTIFICATES,
    CREDENTIALS,
    FORMS,
    HOSTS,
    MANIFESTS,
    METHODS,
    OF_BROWSERS,
    OF_FORMS,
    ONLY_IN_PROCESS,
    OWNERS,
    ROWS,
    SITES,
    TENANTS,
    A,
    Row,
)

# Where Authorization and Cookie are not read: one credential of each kind changes nothing.
OF_EACH_KIND: Final = ("none", "psc", "pacs_a", "session_a")
OF_A_BROWSER: Final = (
    *OF_EACH_KIND,
    *(
        one
        for one in CREDENTIALS
        if one.startswith(("session", "attempt", "reader")) and one != "session_a"
    ),
)
# The best certificate and credential of A for each guard.
KEYS: Final = {
    "anybody": ("none", "none"),
    "sender": ("ris_a", "none"),
    "operator_program": ("ris_a", "none"),
    "agent": ("agent_a", "none"),
    "enrolled": ("agent_enrolled_a", "none"),
    "professional": ("none", "psc"),
    "own_professional": ("none", "psc"),
    "pacs": ("none", "pacs_a"),
    "page": ("none", "session_a"),
    "form": ("none", "session_a"),
    "attempt": ("none", "attempt_a"),
    "reading_page": ("none", "reader_a"),
    "reading_form": ("none", "reader_a"),
    "reading_attempt": ("none", "reader_attempt_a"),
    "patient_page": ("none", "reader_a"),
    "patient_form": ("none", "reader_a"),
    "reading_file": ("none", "reader_a"),
}


@cache
def whole(front: Front) -> tuple[Cell, ...]:
    """Every cell that is played on ``front``, in order, none twice."""
    found = dict.fromkeys(
        cell for row in ROWS for cell in (*_callers(row), *_methods_and_hosts(row))
    )
    fresh = list(found)
    while fresh:
        opened = [cell for cell in fresh if expected(cell, front).open]
        around = dict.fromkeys(one for cell in opened for one in neighbours(cell))
        fresh = [one for one in around if one not in found]
        found |= dict.fromkeys(fresh)
    kept = (one for one in found if front == "in_process" or not only_in_process(one))
    return tuple(kept)


def only_in_process(cell: Cell) -> bool:
    """Whether the local stack cannot have the cell's caller."""
    return bool({cell.credential, cell.certificate} & ONLY_IN_PROCESS)


def sample(cells: Iterable[Cell], front: Front, count: int, seed: int) -> list[Cell]:
    """``count`` cells drawn by ``seed``: of each row one open cell and one of its neighbours, the
    rest at random.
    """
    known, random = list(cells), Random(seed)  # noqa: S311  # a draw, no secret
    played = set(known)
    chosen: dict[Cell, None] = {}
    for row in [one for one in ROWS if can_be_open(one, front)]:
        opened = [one for one in known if one.row == row.name and expected(one, front).open]
        cell = random.choice(opened)
        around = [one for one in neighbours(cell) if one in played]
        chosen |= dict.fromkeys((cell, random.choice(around)))
    rest = [one for one in known if one not in chosen]
    chosen |= dict.fromkeys(random.sample(rest, count - len(chosen)))
    return [one for one in known if one in chosen]


def covering(cells: Iterable[Cell], front: Front, seed: int) -> list[Cell]:
    """Every open cell, and others in an order drawn by ``seed``, as long as they cover something
    new: see :func:`covered`.
    """
    known = list(cells)
    chosen = {one for one in known if expected(one, front).open}
    seen = {found for one in chosen for found in covered(one, front)}
    drawn = known.copy()
    Random(seed).shuffle(drawn)  # noqa: S311  # a draw, no secret
    for cell in drawn:
        found = covered(cell, front)
        if not found <= seen:
            seen |= found
            chosen.add(cell)
    return [one for one in known if one in chosen]


def covered(cell: Cell, front: Front) -> set[object]:
    """The row with its answer, and with the values of its small axes; and each pair of values, of
    all axes, of the row's guard and of the answer.
    """
    answer = expected(cell, front)
    small = (answer, cell.tenant, cell.manifest, cell.owner, cell.form)
    values = (
        *(BY_NAME[cell.row].guard, cell.host, cell.method, cell.certificate, cell.credential),
        *small,
    )
    return {
        *((cell.row, place, value) for place, value in enumerate(small)),
        *combinations(enumerate(values), 2),
    }


def neighbours(cell: Cell) -> Iterator[Cell]:
    """The cells that differ from ``cell`` on one axis."""
    row = BY_NAME[cell.row]
    for method in METHODS:
        if not is_declared(row, cell.host, method):
            yield replace(cell, method=method)
    for host in HOSTS:
        if not is_declared(row, host, cell.method):
            yield replace(cell, host=host)
    for name, values in _axes(row).items():
        for value in values:
            if value != getattr(cell, name):
                changed: dict[str, Any] = {name: value}
                yield replace(cell, **changed)


def _axes(row: Row) -> dict[str, tuple[str, ...]]:
    """The axes that a request to the row has, beside method and host."""
    owned = {"owner": OWNERS if row.images else OWNERS[:3]} if _has_owner(row) else {}
    return {
        "tenant": TENANTS,
        "certificate": CERTIFICATES if row.host == "in" else ("none",),
        "credential": _credentials(row),
        "manifest": MANIFESTS if row.images else ("current",),
        "form": FORMS if row.guard in OF_FORMS else ("own",),
        **owned,
    }


def _credentials(row: Row) -> tuple[str, ...]:
    """The credentials that the guard could take, and those that must not count there."""
    if row.name == "answer" or (row.permission not in {"", "view"} and row.host == "in"):
        return ("none",)  # an act that was done cannot be done again
    if row.host == "in" or row.guard == "anybody":
        return OF_EACH_KIND
    return OF_A_BROWSER if row.guard in OF_BROWSERS else CREDENTIALS


def _has_owner(row: Row) -> bool:
    """A note may be about any study: its path is no resource that must exist."""
    return row.owned and row.guard != "pacs"


def _cell(row: Row, tenant: str, **axes: str) -> Cell:
    """A cell on the row's own host, about the tenant's own resource unless said otherwise."""
    owner = axes.pop("owner", tenant if tenant in SITES and _has_owner(row) else A)
    return Cell(row.name, row.host, row.method, tenant, owner=owner, **axes)


def _callers(row: Row) -> Iterator[Cell]:
    """Every caller at every tenant; every resource, manifest and form for those who get near."""
    yield from _programs(row) if row.host == "in" else _bearers(row)
    if row.images:
        yield from _readers(row)
    if row.guard in OF_FORMS:
        yield from _submitters(row)


def _programs(row: Row) -> Iterator[Cell]:
    """Every certificate at every tenant; a stranger's with each kind of credential beside it."""
    for tenant, owner in product(TENANTS, _owners(row)):
        for certificate in CERTIFICATES:
            yield _cell(row, tenant, certificate=certificate, **owner)
    for certificate, credential, owner in product(
        ("undeclared", "ris_b"), OF_EACH_KIND, _owners(row)
    ):
        yield _cell(row, A, certificate=certificate, credential=credential, **owner)


def _bearers(row: Row) -> Iterator[Cell]:
    """Every credential at every tenant."""
    for tenant, owner, credential in product(TENANTS, _owners(row), _credentials(row)):
        yield _cell(row, tenant, credential=credential, **owner)


def _readers(row: Row) -> Iterator[Cell]:
    """Every manifest, with every credential at A and with an active token everywhere."""
    for manifest, credential in product(MANIFESTS, CREDENTIALS):
        yield _cell(row, A, credential=credential, manifest=manifest)
    for tenant, manifest, credential in product(TENANTS, MANIFESTS, ("none", "psc", "pacs_a")):
        yield _cell(row, tenant, credential=credential, manifest=manifest)
    for tenant, manifest, owner in product(SITES, MANIFESTS, _owners(row)):
        yield _cell(row, tenant, credential="psc", manifest=manifest, **owner)


def _submitters(row: Row) -> Iterator[Cell]:
    """Every form of every session."""
    sessions = [one for one in OF_A_BROWSER if one.startswith(("session", "reader"))]
    for tenant, form, credential in product(SITES, FORMS, sessions):
        yield _cell(row, tenant, credential=credential, form=form)


def _owners(row: Row) -> list[dict[str, str]]:
    """Every owner of the path's resource; nothing where it names none."""
    return [{"owner": one} for one in _axes(row).get("owner", ())] or [{}]


def _methods_and_hosts(row: Row) -> Iterator[Cell]:
    """The path under every method and on every host, with A's key and with none."""
    certificate, credential = KEYS[row.guard]
    for host, method in product(HOSTS, METHODS):
        if is_declared(row, host, method):
            continue
        shown = "ris_a" if (host, certificate) == ("in", "none") else certificate
        yield replace(
            _cell(row, A, certificate=shown, credential=credential), host=host, method=method
        )
        yield replace(_cell(row, A), host=host, method=method)
