"""How a case ends, as the page writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.errors import Held, MessageError, NotHl7, Transient
from functions.drimbox.report.order_change import is_order_change, read_order_change
from functions.drimbox.report.reading import read_header, read_report

if TYPE_CHECKING:
    from functions.drimbox.oid import Uid
    from functions.drimbox.ports import Pacs


def outcome_of_message(raw: bytes) -> str:
    """``AA``, ``AE`` with the code of the refusal, or ``not HL7``."""
    try:
        read_order_change(raw) if is_order_change(read_header(raw)) else read_report(raw)
    except MessageError as error:
        return f"AE {error.code}"
    except NotHl7:
        return "not HL7"
    return "AA"


def outcome_of_pacs(pacs: Pacs, study: Uid) -> str:
    """``AA`` for a whole index, ``held`` or ``wait`` with their code."""
    try:
        found = pacs.find_study(study)
    except Held as held:
        return f"held {held.code}"
    except Transient as wait:
        return f"wait {wait.code}"
    return "AA" if found is not None else "wait study_not_found"
