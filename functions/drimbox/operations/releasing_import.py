"""An operator releases a study that is remembered as imported: it was not, or the site made it too.

Reports on an imported study are held, however often they are replayed (decision 0071). The release
takes the study out of the site's memory of imports, from the page of a report that is held for it.
Nothing is published by it: the next replay compares report and images as always (decision 0077).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.drimbox.errors import Absent, Conflict
from functions.drimbox.operations.entries import entry_of
from functions.drimbox.operations.overriding import keep, next_override
from functions.drimbox.operations.permissions import Caller, demand
from functions.drimbox.publication.imported import Imported, is_held_for
from functions.drimbox.publication.overrides import Release
from functions.drimbox.tenants.model import Permission

if TYPE_CHECKING:
    from functions.drimbox.operations.confirming_identity import Word
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site


def release_import(site: Site, caller: Caller, *, message_id: str, word: Word) -> int:
    """Forget that the study was imported; the number of the override that keeps the operator's
    word. A replay, which this does not start, tries the publication again.

    Forbidden without the permission ``release``. Absent unless that study of the message is held as
    an imported one and still remembered; Conflict where another import came meanwhile
    (``imported_again``), or after too many overrides.
    """
    operator = demand(site.audit, caller, Permission.RELEASE)
    entry = entry_of(site, message_id)
    known = _known(site, entry, word)
    made = next_override(site, entry, operator.subject, site.clock.now())
    release = Release(word.reason, known.site, known.at)
    made = replace(made, released={word.study: release})
    number = keep(site, entry, made)
    site.audit.record(
        "import.released",
        key=f"{message_id}/{number}",
        result="ordered",
        who=operator.subject,
        facts={
            "message_id": message_id,
            "study_instance_uid": str(word.study),
            "establishment": known.site,
            "imported_at": known.at.isoformat(),
            "reason": word.reason,
        },
    )
    if not site.imported.release(known):
        raise Conflict(code="imported_again")
    site.messages.set_override(message_id, number)
    return number


def _known(site: Site, entry: MessageEntry, word: Word) -> Imported:
    outcome = entry.studies.get(word.study)
    known = site.imported.get(word.study) if is_held_for(outcome) else None
    if known is None:
        raise Absent("publication")
    return known
