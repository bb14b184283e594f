"""The PACS of a site behind an agent: each question is a job, and its answer comes later.

The asker waits by :class:`AnswerAwaited`, and asks again once the answer has come. An agent tries
for a minute by itself, so that its failure is one of the PACS.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol

from functions.drimbox.agents.presence import is_served
from functions.drimbox.agents.question import State
from functions.drimbox.agents.told import ABSENT, FOUND, read_found
from functions.drimbox.agents.wire import INDEX, PRESENCE, find_wish, index_wish, survey_wish
from functions.drimbox.errors import (
    AgentAway,
    AnswerAwaited,
    Held,
    PacsAnswerUnusable,
    PacsUnavailable,
    StorageUnavailable,
)
from functions.drimbox.study import codec
from functions.drimbox.study.found_study import FoundStudies
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from functions.drimbox.agents.desk import QuestionDesk
    from functions.drimbox.agents.presence import AgentStates
    from functions.drimbox.agents.question import Answer, Question
    from functions.drimbox.errors import DrimboxError
    from functions.drimbox.jobs.job import Wish
    from functions.drimbox.oid import Uid
    from functions.drimbox.study.found_study import StudyCriteria
    from functions.drimbox.study.index import StudyIndex
    from functions.drimbox.tenants.model import Tenant

# The largest answer that is kept: an index of 50,000 objects has a tenth of it.
MAX_ANSWER: Final = 64 * 1024 * 1024
# A person who searches again in this time is shown the same answer.
_SEARCH_LASTS: Final = timedelta(minutes=1)
# The reasons of an agent that are not the codes of a Held.
_RAISED: Final[Mapping[str, Callable[[], DrimboxError]]] = {
    "pacs_unavailable": lambda: PacsUnavailable("the site's agent does not reach the PACS"),
    "pacs_answer_unusable": lambda: PacsAnswerUnusable("the site's agent says so"),
    "unsupported": lambda: Held("agent_outdated"),
}


class Answers(Protocol):
    """The kept answers of one tenant."""

    def get(self, key: str, *, max_bytes: int) -> bytes | None:
        """The object's bytes, None when absent. Raises StorageUnavailable."""
        ...


class Seals(Protocol):
    """The seal of the criteria of searches."""

    def close(self, place: str, criteria: StudyCriteria) -> str:
        """The sealed text of the criteria for the question at ``place``."""
        ...

    def digest(self, criteria: StudyCriteria) -> str:
        """A keyed digest, the same for the same criteria, of which nobody tells the patient."""
        ...


@frozen
class SiteAgent:
    """The agents of one tenant, as those see them who ask: ``desk`` takes the questions,
    ``answers`` keeps what they answered, ``states`` their last words.
    """

    tenant: Tenant
    desk: QuestionDesk
    answers: Answers
    states: AgentStates

    def is_there(self) -> bool:
        """Whether some agent may be asked now. Raises StorageUnavailable."""
        return is_served(self.states, self.tenant, self.desk.clock.now())

    def has_answered(self, key: str) -> bool:
        """Whether nobody needs to wait for that job any more. Raises StorageUnavailable."""
        return self.desk.has_ended(key)

    def ended(
        self,
        wish: Wish,
        correlation_id: str,
        *,
        awaited: str = "",
        sealed: str = "",
        lasts: timedelta | None = None,
    ) -> Question:
        """The question for ``wish``, or the one that was ``awaited`` in its place, once it has
        ended; AnswerAwaited before, AgentAway when nobody may be asked. Raises as :meth:`failure`
        for one that the agent gave up.
        """
        found = self.desk.look(awaited) if awaited else None
        if found is None or found.state is State.EXPIRED:
            if not self.is_there():
                raise AgentAway(self.is_there)
            found = self.desk.ask(wish, correlation_id, sealed=sealed, lasts=lasts)
        key = found.key
        if found.state is State.ASKED:
            raise AnswerAwaited(key, lambda: self.desk.has_ended(key))
        if found.state is State.FAILED:
            raise failure(found.reason)
        return found

    def content(self, question: Question) -> bytes:
        """The kept answer; StorageUnavailable where it is not there as it was kept."""
        return kept(self.answers, question.answer)


def kept(answers: Answers, answer: Answer | None) -> bytes:
    """The bytes of an answer, which are those that were taken."""
    data = answers.get(answer.key, max_bytes=MAX_ANSWER) if answer else None
    if answer is None or data is None or hashlib.sha256(data).hexdigest() != answer.sha256:
        raise StorageUnavailable("the answer of an agent is not there as it was kept")
    return data


def failure(reason: str) -> DrimboxError:
    """The error of ours for the reason for which an agent gave up."""
    made = _RAISED.get(reason)
    return Held(reason) if made is None else made()


@frozen
class AgentPacs:
    """The PACS of one tenant, for one asker. Implements ``ports.Pacs`` and ``looking.Archive``.

    ``asker`` says who asks, and for which time: the same study is asked for anew by the next one.
    ``awaited`` is the key of the question whose answer the asker has waited for, "" for none.
    """

    agent: SiteAgent
    correlation_id: str
    asker: Mapping[str, str]
    awaited: str = ""

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``; AgentAway and AnswerAwaited beside its errors."""
        wish = index_wish(study_instance_uid, self.asker)
        found = self.agent.ended(wish, self.correlation_id, awaited=self.awaited)
        if found.word == ABSENT:
            return None
        return codec.decode(self.agent.content(found))

    def has_study(self, study_instance_uid: Uid) -> bool:
        """See ``publication.waiting.looking.Archive``."""
        wish = survey_wish([study_instance_uid], PRESENCE, self.asker)
        found = self.agent.ended(wish, self.correlation_id)
        if found.word in {FOUND, ABSENT}:
            return found.word == FOUND
        (told,) = json.loads(self.agent.content(found))["studies"]
        raise failure(told["reason"])


@frozen
class SurveyedPacs:
    """The same for many studies at once: one survey tells of all ``studies``, 50 at most. One that
    is older than an answer ``lasts`` is made anew; None: it lasts for a day."""

    agent: SiteAgent
    correlation_id: str
    asker: Mapping[str, str]
    studies: Sequence[Uid]
    lasts: timedelta | None = None

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        """See ``ports.Pacs``; AgentAway and AnswerAwaited beside its errors."""
        if study_instance_uid not in self.studies:
            # It was published since the survey was planned: the next one tells of it.
            raise PacsUnavailable("the survey does not tell of this study")
        wish = survey_wish(self.studies, INDEX, self.asker)
        found = self.agent.ended(wish, self.correlation_id, lasts=self.lasts)
        told = self._told(self.agent.content(found))[study_instance_uid]
        if "reason" in told:
            raise failure(told["reason"])
        return codec.read(told["index"]) if told["found"] else None

    def _told(self, content: bytes) -> dict[str, Any]:
        return {one["study_instance_uid"]: one for one in json.loads(content)["studies"]}


@frozen
class SearchedSite:
    """The same for an operator who waits. Implements ``searching_pacs.SearchedPacs``.

    ``wait`` pauses for a moment; False once the person has waited for long enough.
    """

    agent: SiteAgent
    correlation_id: str
    seals: Seals
    wait: Callable[[], bool]

    def search(self, criteria: StudyCriteria, *, most: int) -> FoundStudies:
        """See ``searching_pacs.SearchedPacs``; AnswerAwaited once the person has waited for long
        enough: the same search, a moment later, is shown its answer."""
        wish = find_wish(self.seals.digest(criteria), most)
        sealed = self.seals.close(wish.key, criteria)
        while True:
            try:
                found = self.agent.ended(
                    wish, self.correlation_id, sealed=sealed, lasts=_SEARCH_LASTS
                )
                break
            except AnswerAwaited as error:
                while not error.has_come():
                    if not self.wait():
                        raise
        told = read_found(self.agent.content(found))
        # A PACS may ignore a criterion, and an agent may say anything.
        ours = tuple(one for one in told.studies if one.answers(criteria))
        strangers = len(told.studies) - len(ours)
        complete = told.complete and not strangers and len(ours) <= most
        return FoundStudies(ours[:most], told.left_out + strangers, complete)
