"""Each kind of job, from its ask to its outcome."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Any, Final

from agent.work.bodies import emptied, write_body
from agent.work.sending import send
from agent.work.wire import (
    MAX_ANSWER_BYTES,
    MAX_PUT_BYTES,
    Answered,
    Asked,
    Failed,
    Kind,
    NotUnderstood,
    Outcome,
    Put,
    answer_body,
    found_answer,
    import_answer,
    index_answer,
    outcome_body,
    read_fill_ask,
    read_find_ask,
    read_import_ask,
    read_index_ask,
    read_survey_ask,
)
from functions.drimbox.errors import (
    Held,
    ObjectUnservable,
    PacsAnswerUnusable,
    PacsUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from agent.pacs.port import SitePacs
    from agent.work.filling import Filling
    from agent.work.importing import Importing
    from agent.work.ports import Incoming
    from functions.drimbox.oid import Uid

UNSUPPORTED: Final = "unsupported"
AGENT_FAILED: Final = "agent_failed"
TOO_LARGE: Final = "study_too_large"
# Seconds: an archive that gives no usable answer is tried again for a minute.
_PATIENCE: Final = 60.0
_FIRST_PAUSE: Final = 4.0
# The failures of the archive that a job's answer tells by their codes.
_TOLD: Final = (PacsUnavailable, Held)


class Doing:
    """Does jobs with one site's archive. ``folder`` belongs to it alone; ``sleep`` and
    ``monotonic`` are in seconds. ``pacs_seen`` hears whether the archive answered."""

    def __init__(
        self,
        pacs: SitePacs,
        filling: Filling,
        importing: Importing,
        incoming: Incoming,
        folder: Path,
        *,
        pacs_seen: Callable[[bool], object],
        sleep: Callable[[float], object] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pacs = pacs
        self._filling = filling
        self._importing = importing
        self._incoming = incoming
        self._folder = folder
        self._pacs_seen = pacs_seen
        self._sleep = sleep
        self._monotonic = monotonic
        self._by_kind: Mapping[str, tuple[Callable[[Asked], Answered], float]] = {
            Kind.INDEX: (self._index, _PATIENCE),
            Kind.SURVEY: (self._survey, _PATIENCE),
            Kind.FIND: (self._find, 0.0),  # a person waits for the answer
            Kind.FILL: (self._fill, _PATIENCE),
            Kind.IMPORT: (self._import, _PATIENCE),
        }

    def do(self, asked: Asked) -> Outcome:
        """The outcome of a job. Raises CloudAway where its object cannot be put or fetched now,
        PackGone where it is to be read again; any other error is a fault of the agent's own."""
        if asked.kind not in self._by_kind:
            return Failed(UNSUPPORTED)
        work, patience = self._by_kind[asked.kind]
        try:
            return self._put_if_large(asked, self._patiently(work, asked, patience))
        except NotUnderstood:
            return Failed(AGENT_FAILED)
        except ObjectUnservable as error:
            return Failed(error.code, error.objects)
        except _TOLD as error:
            return Failed(error.code)

    def forget(self, asked: Asked) -> None:
        """The job has ended: its files are needed no more."""
        self._filling.forget(asked.key)
        self._importing.forget(asked.key)

    def _patiently(
        self, work: Callable[[Asked], Answered], asked: Asked, patience: float
    ) -> Answered:
        """The work, again for so many seconds while the archive gives no usable answer."""
        end, pause = self._monotonic() + patience, _FIRST_PAUSE
        while True:
            try:
                done = work(asked)
            except PacsUnavailable as error:
                self._pacs_seen(isinstance(error, PacsAnswerUnusable))
                if self._monotonic() + pause > end:
                    raise
            else:
                self._pacs_seen(True)
                return done
            self._sleep(pause)
            pause *= 2

    def _index(self, asked: Asked) -> Answered:
        return Answered(index_answer(self._pacs.find_study(read_index_ask(asked.ask))))

    def _survey(self, asked: Asked) -> Answered:
        ask = read_survey_ask(asked.ask)
        one = self._surveyed if ask.whole else self._present
        return Answered({"studies": [self._one(one, study) for study in ask.studies]})

    def _one(self, look: Callable[[Uid], dict[str, Any]], study: Uid) -> dict[str, Any]:
        """One study of a survey: the failure of one is no failure of the others, but an archive
        that is away is away for all."""
        try:
            found = look(study)
        except (PacsAnswerUnusable, Held) as error:
            found = {"reason": error.code}
        return {"study_instance_uid": study, **found}

    def _surveyed(self, study: Uid) -> dict[str, Any]:
        return index_answer(self._pacs.find_study(study))

    def _present(self, study: Uid) -> dict[str, Any]:
        return {"found": self._pacs.has_study(study)}

    def _find(self, asked: Asked) -> Answered:
        ask = read_find_ask(asked.ask)
        return Answered(found_answer(self._pacs.search(ask.criteria, most=ask.most)))

    def _fill(self, asked: Asked) -> Answered:
        return Answered(self._filling.fill(read_fill_ask(asked.ask), asked.key))

    def _import(self, asked: Asked) -> Answered:
        outcomes = self._importing.store(read_import_ask(asked.ask), asked.key)
        return Answered(import_answer(outcomes))

    def _put_if_large(self, asked: Asked, answered: Answered) -> Outcome:
        """The answer, put as an object where a post cannot hold it; a failure where the cloud would
        not read it there either."""
        answer = answered.answer
        if isinstance(answer, Put) or len(outcome_body(asked, answered)) <= MAX_ANSWER_BYTES:
            return answered
        data = answer_body(answer)
        if len(data) > MAX_PUT_BYTES:
            return Failed(TOO_LARGE)
        place = emptied(self._folder / asked.job)
        try:
            body = write_body(place, data)
            send(self._incoming, asked.key, body.parts, place)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return Answered(Put(asked.key, body.size, body.sha256))
