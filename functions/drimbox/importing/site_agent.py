"""The site's PACS behind an agent, as an import needs it: a survey, then a job for each part.

The cloud coerces the objects and lays them as a pack; the agent stores these very bytes and tells
each object's outcome. A call waits for a moment, then leaves the rest to a later one.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Final, TypeVar

from functions.drimbox.agents import packs
from functions.drimbox.agents.site_pacs import SurveyedPacs
from functions.drimbox.agents.wire import import_wish
from functions.drimbox.errors import AgentAway, AnswerAwaited, Held, StorageUnavailable
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from functions.drimbox.agents.site_pacs import SiteAgent
    from functions.drimbox.importing.outgoing import Outgoing, Part
    from functions.drimbox.jobs.job import Wish
    from functions.drimbox.study.index import StudyIndex

T = TypeVar("T")
# The PACS may hold more later: a call after this time asks anew.
_INDEX_LASTS: Final = timedelta(minutes=5)


@frozen
class AgentStore:
    """Implements ``sending.PacsStore``. ``place`` keeps the packs; ``asker`` names the import, and
    nothing of a patient; ``spool`` is a folder for files that last as long as a call. ``wait``
    pauses for a moment, False once this call has waited for long enough.

    Beside its own errors each method raises AnswerAwaited where the answer is still to come, and
    AgentAway where no agent is there to give it.
    """

    agent: SiteAgent
    place: packs.Store
    asker: Mapping[str, str]
    spool: Path
    wait: Callable[[], bool]

    def require_answered(self, job: str) -> None:
        """See ``sending.PacsStore``."""

        def look() -> None:
            if job and not self.agent.has_answered(job):
                raise AnswerAwaited(job, lambda: self.agent.has_answered(job))

        self._patiently(look)

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``."""
        pacs = SurveyedPacs(self.agent, "", self.asker, (study_instance_uid,), lasts=_INDEX_LASTS)
        return self._patiently(lambda: pacs.find_study(study_instance_uid))

    def told(self, part: Part) -> dict[Uid, Stored] | None:
        """See ``sending.PacsStore``: an agent that answered is not asked again."""
        wish = import_wish(part.key)
        known = self.agent.desk.look(wish.key)
        if known is None or not self.agent.desk.stands(known):
            return None
        return self._outcomes(part, wish, awaited=wish.key)

    def store(self, part: Part, objects: Sequence[Outgoing]) -> dict[Uid, Stored]:
        """See ``sending.PacsStore``: lay the pack, then ask. Also raises the errors of an object's
        ``content``."""
        if not self.agent.is_there():
            raise AgentAway(self.agent.is_there)
        with TemporaryFile(dir=self.spool) as file:
            laid = [_written(file, one) for one in objects]
            file.seek(0)
            packs.lay(self.place, part.key, part.study, laid, file)
        return self._outcomes(part, import_wish(part.key))

    def clear(self, folder: str) -> None:
        """See ``sending.PacsStore``."""
        packs.erase(self.place, folder)

    def _outcomes(self, part: Part, wish: Wish, *, awaited: str = "") -> dict[Uid, Stored]:
        """The outcomes, once they are there; the pack goes with them."""
        try:
            found = self._patiently(lambda: self.agent.ended(wish, "", awaited=awaited))
        except Held:
            packs.erase(self.place, part.key)
            raise
        told = json.loads(self.agent.content(found))["objects"]
        packs.erase(self.place, part.key)
        asked = set(part.objects)
        outcomes = {Uid(one["sop_instance_uid"]): one for one in told}
        return {
            name: Stored(one["failure"], one["warning"])
            for name, one in outcomes.items()
            if name in asked
        }

    def _patiently(self, call: Callable[[], T]) -> T:
        while True:
            try:
                return call()
            except AnswerAwaited as error:
                while not error.has_come():
                    if self.wait():
                        continue
                    if not self.agent.is_there():
                        raise AgentAway(self.agent.is_there) from None
                    raise


def _written(file: BinaryIO, one: Outgoing) -> packs.Packed:
    size, digest = 0, hashlib.sha256()
    for chunk in one.content():
        size += len(chunk)
        digest.update(chunk)
        file.write(chunk)
    if size != one.size:
        raise StorageUnavailable("an object has not the size of its index")
    return packs.Packed(one.sop_instance_uid, size, digest.hexdigest())
