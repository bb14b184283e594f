"""The studies of a message that wait outside the workflow, as operators and replays see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.drimbox.publication.message_entry import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.oid import Uid
    from functions.drimbox.publication.message_entry import MessageEntry
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.publication.waiting.wait import Wait


def parked_studies(site: Site, entry: MessageEntry) -> Mapping[Uid, Wait]:
    """The wait of each study that is in progress and that no execution works on. Raises
    StorageUnavailable."""
    in_progress = {
        study for study, one in entry.studies.items() if one.outcome is Outcome.IN_PROGRESS
    }
    if not in_progress:
        return {}
    waits = {one.change.study_instance_uid: one for one in site.waits.of(entry.message_id)}
    return {study: wait for study, wait in waits.items() if study in in_progress}
