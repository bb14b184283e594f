"""The oracle: the answer that each cell must get, from the tables alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from tests.matrix.table import (
    ACTIVE,
    AGENTS,
    BY_NAME,
    ENROLLED,
    LEAVING,
    NO_SESSION,
    NOTHING,
    PACS,
    PROGRAMS,
    READERS,
    REVOKED,
    ROWS,
    SESSIONS,
    SITES,
    UNREADABLE,
    WITHOUT_HEADER,
    A,
    Guard,
    Host,
    Row,
)

# Where a request is played: behind the gateway's TLS or through it.
Front = Literal["in_process", "over_http"]
# The gateway ends the connection: there is no answer.
NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One request. ``row`` tells the path, the body and the headers; ``host`` and ``method`` may be
    others than the row's own.
    """

    row: str
    host: Host
    method: str
    tenant: str
    certificate: str = "none"
    credential: str = "none"
    manifest: str = "current"
    owner: str = A
    form: str = "own"


@dataclass(frozen=True, slots=True)
class Expected:
    """``open``: the caller gets what was asked. A page that only says how to sign in is not open,
    though its status is 200.
    """

    open: bool
    status: int


def expected(cell: Cell, front: Front) -> Expected:
    """The answer that ``cell`` must get."""
    if front == "over_http" and cell.host == "in" and cell.certificate in NO_SESSION:
        return _refused(NO_ANSWER)
    row = BY_NAME[cell.row]
    if (cell.host, cell.method) != (row.host, row.method):
        return _refused(404)
    refusal = _GUARDS[row.guard](row, cell)
    if refusal is None and not can_be_open(row, front):
        return _refused(404)
    return Expected(True, row.opened) if refusal is None else _refused(refusal)


def can_be_open(row: Row, front: Front) -> bool:
    """Whether anybody may come in there: no site of the local stack has an agent."""
    return front == "in_process" or row.guard not in {"agent", "enrolled"}


def is_declared(row: Row, host: Host, method: str) -> bool:
    """Whether the row's path is a route of that host, under that method."""
    return any((one.host, one.method, one.path) == (host, method, row.path) for one in ROWS)


def _refused(status: int) -> Expected:
    return Expected(False, status)


# Each says the status of the refusal, None for an open cell.
Refusal = Callable[[Row, Cell], int | None]


def _anybody(_: Row, cell: Cell) -> int | None:
    return None if cell.tenant in SITES else 404


def _sender(row: Row, cell: Cell) -> int | None:
    if cell.certificate in UNREADABLE:
        return 401
    if (cell.certificate, cell.tenant) in REVOKED:
        return 403
    program = PROGRAMS.get((cell.certificate, cell.tenant))
    if program is None or not program.sends:
        return 404
    # An upload is its own sender's: the two that exist were asked for by the two RIS.
    own = not row.owned or (cell.owner == cell.tenant and cell.certificate.startswith("ris_"))
    return None if own else 404


def _operator_program(row: Row, cell: Cell) -> int | None:
    if cell.certificate in UNREADABLE:
        return 401
    if (cell.certificate, cell.tenant) in REVOKED:
        return 403
    program = PROGRAMS.get((cell.certificate, cell.tenant))
    if program is None:
        return 404
    if row.permission not in program.permissions:
        return 403
    return _owned(row, cell)


def _agent(row: Row, cell: Cell) -> int | None:
    if cell.certificate in UNREADABLE:
        return 401
    if (cell.certificate, cell.tenant) in REVOKED:
        return 403
    return _owned(row, cell) if (cell.certificate, cell.tenant) in AGENTS else 404


def _enrolled(row: Row, cell: Cell) -> int | None:
    refusal = _agent(row, cell)
    return 404 if refusal is None and (cell.certificate, cell.tenant) not in ENROLLED else refusal


def _owned(row: Row, cell: Cell) -> int | None:
    return None if not row.owned or cell.owner == cell.tenant else 404


def _professional(_: Row, cell: Cell) -> int | None:
    if cell.credential in WITHOUT_HEADER:
        return 401
    if cell.tenant not in SITES:
        return 404
    if cell.credential not in ACTIVE:
        return 401
    if cell.manifest in {"missing", "twice"}:
        return 400
    return None if (cell.owner, cell.manifest) == (cell.tenant, "current") else 404


def _own_professional(_: Row, cell: Cell) -> int | None:
    if cell.credential in WITHOUT_HEADER:
        return 401
    if cell.tenant not in SITES:
        return 404
    if cell.credential not in ACTIVE:
        return 401
    return None if cell.credential == "psc" else 403


def _pacs(_: Row, cell: Cell) -> int | None:
    known = cell.tenant in SITES and PACS.get(cell.credential) == cell.tenant
    return None if known else 401


def _permissions(cell: Cell) -> frozenset[str] | None:
    """Those of the operator who is signed in at the path's tenant, None for nobody."""
    tenant, permissions = SESSIONS.get(cell.credential, ("", NOTHING))
    return permissions if tenant == cell.tenant else None


def _page(row: Row, cell: Cell) -> int | None:
    permissions = _permissions(cell)
    if permissions is None:
        return 200  # the page that says how to sign in
    return 403 if row.permission not in permissions else _owned(row, cell)


def _form(row: Row, cell: Cell) -> int | None:
    permissions = _permissions(cell)
    if row.name == "sign_out" and (cell.credential, cell.tenant) in LEAVING:
        permissions = NOTHING
    if permissions is None or cell.form != "own":
        return 403
    if row.permission and row.permission not in permissions:
        return 403
    return _owned(row, cell)


def _attempt(_: Row, cell: Cell) -> int | None:
    if cell.tenant not in SITES:
        return 404
    return None if (cell.credential, cell.tenant) == ("attempt_a", A) else 403


def _reading_page(_: Row, cell: Cell) -> int | None:
    return None if READERS.get(cell.credential) == cell.tenant else 200  # how to sign in


def _patient_page(row: Row, cell: Cell) -> int | None:
    refusal = _reading_page(row, cell)
    return _owned(row, cell) if refusal is None else refusal


def _reading_form(_: Row, cell: Cell) -> int | None:
    known = READERS.get(cell.credential) == cell.tenant
    return None if known and cell.form == "own" else 403


def _patient_form(row: Row, cell: Cell) -> int | None:
    refusal = _reading_form(row, cell)
    return _owned(row, cell) if refusal is None else refusal


def _reading_file(_: Row, cell: Cell) -> int | None:
    return None if READERS.get(cell.credential) == cell.tenant else 403


def _reading_attempt(_: Row, cell: Cell) -> int | None:
    if cell.tenant not in SITES:
        return 404
    return None if (cell.credential, cell.tenant) == ("reader_attempt_a", A) else 403


_GUARDS: Final[dict[Guard, Refusal]] = {
    "anybody": _anybody,
    "sender": _sender,
    "operator_program": _operator_program,
    "agent": _agent,
    "enrolled": _enrolled,
    "professional": _professional,
    "own_professional": _own_professional,
    "pacs": _pacs,
    "page": _page,
    "form": _form,
    "attempt": _attempt,
    "reading_page": _reading_page,
    "reading_form": _reading_form,
    "reading_attempt": _reading_attempt,
    "patient_page": _patient_page,
    "patient_form": _patient_form,
    "reading_file": _reading_file,
}
