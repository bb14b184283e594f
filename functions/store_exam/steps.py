"""The step: it reads the session, the context and the list's entry again, then goes on sending."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from functions.aws.opened_reading import reading_of
from functions.aws.stores import UIDS, TenantStores
from functions.drimbox.audited import audited
from functions.drimbox.importing import progress
from functions.drimbox.importing.progress import RUNNING
from functions.drimbox.importing.sending import Next, is_awaited, send
from functions.store_exam.settings import Settings

if TYPE_CHECKING:
    from functions.drimbox.consultation.reader_facts import ReaderFacts
    from functions.drimbox.importing.progress import Progress
    from functions.drimbox.reading.shelf import Reading

Stores = TenantStores[Settings]
# Seconds of one call: the function has 900, of which one part may take three minutes.
SECONDS: Final = 600.0
_EVENT: Final = "exam.imported"
_DONE: Final = "success"


def stored(stores: Stores, page: str, exam: str) -> dict[str, Any]:
    """Go on with the import; ``done`` too for an exam of a session that has ended."""
    following = Next.DONE
    opened = stores.shelf.readings.get(page, exam)
    if opened is not None:
        session = stores.reader_sessions.current(opened.session, used=False)
        reading = None if session is None else reading_of(stores, page, exam, opened, session.facts)
        if session is not None and reading is not None:
            following = _send(stores, reading, session.facts)
    return {"tenant": stores.slug, "page": page, "exam": exam, "outcome": str(following)}


def _send(stores: Stores, reading: Reading, who: ReaderFacts) -> Next:
    """Go on; one record of each call that did something. That of a run's end is left before its
    state: a reader of the state finds the record, also where the call was killed between the two.
    """
    now = progress.read(stores.shelf.store, reading.keys.imported)
    if now is None or now.stage not in RUNNING:
        return Next.DONE
    end = time.monotonic() + SECONDS
    asker = {"page": reading.page, "exam": reading.exam, "run": str(now.run)}
    desk = stores.importing(lambda: time.monotonic() >= end, asker)
    if is_awaited(desk, reading, now):
        return Next.WAIT
    subject, of_run = who.subject_name_id, "/".join(asker.values())
    facts = {
        "ins": reading.context.ins.value,
        "study_instance_uid": reading.entry.study_instance_uid,
        "manifest_uid": reading.entry.unique_id,
        "establishment": reading.entry.establishment[0],
        "run": str(now.run),
    }

    def ended(after: Progress) -> None:
        told = {**facts, **_told(now, after)}
        stores.audit.record(_EVENT, key=of_run, result=_DONE, who=subject, facts=told)

    with audited(
        stores.audit, _EVENT, key=UIDS.fresh(), who=subject, facts=facts, done=_DONE
    ) as record:
        following, after = send(desk, reading, now, ended)
        if after.stage not in RUNNING:
            record.key = of_run
        record.facts.update(_told(now, after))
    return following


def _told(before: Progress, after: Progress) -> dict[str, str]:
    return {
        "stage": str(after.stage),
        "objects": str(len(after.stored) - len(before.stored)),
        "failed": str(len(after.failed)),
        "obstacle": after.code,
    }
