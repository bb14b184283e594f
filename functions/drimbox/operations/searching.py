"""Search of publications by one whole term: a patient, an exam, a message (decision 0080)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.operations.queue import describe_all, shown_patients
from functions.drimbox.operations.viewing_refused import find_named
from functions.drimbox.publication.finding import OF_PATIENTS, Term
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.refused import RefusedMessages

# The most publications of one answer, and the most characters of a text: a compound name is long.
MOST: Final = 50
LONGEST: Final = 200
_IDENTIFIER: Final = re.compile(r"([a-z]+-)?[0-9a-f]{32}")


def text_of(facts: Mapping[str, Any]) -> str:
    """The text of a request ``{"text": …}``; BadRequest for anything else."""
    text = facts.get("text")
    if set(facts) - {"text"}:
        raise BadRequest("body")
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
        raise BadRequest("/text")
    return text


def search(site: Site, refused: RefusedMessages, caller: Caller, text: str) -> dict[str, Any]:
    """The publications of which ``text`` is a whole term, the latest received first.

    ``text`` is a StudyInstanceUID, the number of an exam or an order, an MSH-10 or a publication's
    own identifier, whole or as pages show it;
    with the permission
    ``patients`` also an INS, an IPP or a name (the birth or used name, alone or with the first
    name; accents, case, order and a title in front do not count). ``found_by`` tells which.
    ``complete``: there are no others; ``by_patient``: patients were searched too. ``refused`` are
    the messages with this MSH-10 that the gateway refused of late: nothing is published of them.

    Raises Forbidden without the permission ``view``. The audit names the publications found, and
    not the text.
    """
    operator = demand(site.audit, caller, Permission.VIEW)
    by_patient = operator.may(Permission.PATIENTS)
    kinds = frozenset(Term) if by_patient else frozenset(Term) - OF_PATIENTS
    found = site.finder.find(text, kinds, limit=MOST)
    terms = {one: [str(term) for term in met] for one, met in found.message_ids.items()}
    terms = {**_named(text.strip()), **terms}
    known = (site.messages.get(message_id) for message_id in terms)
    entries = [entry for entry in known if entry is not None]
    turned_away = find_named(refused, site.clock, text.strip())
    met = sorted({name for entry in entries for name in terms[entry.message_id]})
    site.audit.record(
        "publications.searched",
        key=caller.request_id,
        result="found" if entries or turned_away else "nothing",
        who=operator.subject,
        facts={
            "count": str(len(entries)),
            "refused": str(len(turned_away)),
            "terms": " ".join(met),
            "found": " ".join(entry.message_id for entry in entries),
            **shown_patients(entries, operator),
        },
    )
    return {
        "publications": [
            {**one, "found_by": terms[one["id"]]} for one in describe_all(site, entries, operator)
        ],
        "complete": found.complete,
        "by_patient": by_patient,
        "refused": turned_away,
    }


def _named(text: str) -> dict[str, list[str]]:
    """The publication that the text itself may name: not every search asks for one."""
    return {text: [str(Term.PUBLICATION)]} if _IDENTIFIER.fullmatch(text) else {}
