"""A series of a site behind an agent: the agent is told of it, and says that it has brought it.

Nothing that it says is believed here: its words are kept in the job, and a worker of ours judges
them (:mod:`functions.drimbox.publication.accepting`).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import Envelope
from functions.drimbox.agents.question import Answer
from functions.drimbox.agents.told import AGENT_FAILED
from functions.drimbox.errors import Absent, BadRequest, Conflict, StorageUnavailable
from functions.drimbox.jobs.job import State, told
from functions.drimbox.oid import Uid
from functions.drimbox.publication.serving import keys_of, wished
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from functions.drimbox.jobs.desk import JobQueue
    from functions.drimbox.jobs.job import Job
    from functions.drimbox.jobs.lease import Jobs
    from functions.drimbox.ports import Blobs, Clock
    from functions.drimbox.publication.ports import StudyRecords

_AT_ONCE: Final = timedelta(0)
_TRIES: Final = 5
# The names of bodies that :meth:`SiteFills.show` gives. A refused body is deleted by its name: that
# of a folder would take the others with it.
_NAME: Final = re.compile(r"[0-9]{1,10}\.multipart")


@frozen
class Words:
    """The words of an agent about a series: the ``body`` that it has put, or the ``reason`` for
    which it gave up, with the objects at fault.
    """

    body: Answer | None = None
    reason: str = ""
    objects: tuple[str, ...] = ()

    def encode(self) -> str:
        """As text; :meth:`decode` gives an equal value back."""
        body = self.body
        facts = [body.key, body.size, body.sha256] if body else None
        return json.dumps({"body": facts, "reason": self.reason, "objects": self.objects})

    @classmethod
    def decode(cls, text: str) -> Words:
        """The words that were kept."""
        facts = json.loads(text)
        body = Answer(*facts["body"]) if facts["body"] else None
        return cls(body, facts["reason"], tuple(facts["objects"]))


@frozen
class SiteFills:
    """The ports of one tenant that tell its agents of series. Every method raises
    StorageUnavailable."""

    tenant: str
    records: StudyRecords
    archive: Blobs
    jobs: Jobs
    queue: JobQueue
    clock: Clock

    def show(self, key: str) -> dict[str, Any]:
        """The job as an agent reads it: JSON. Absent; Conflict ``job_ended`` for one that has
        ended, of which an agent has said something already, or whose series nobody wishes any more.
        """
        job = self._asked(key)
        facts = job.wish.facts
        study, series = Uid(facts["study"]), Uid(facts["series"])
        of = wished(self.records.get(study), self.archive, facts["edition"])
        named = of.manifest.find_series(series) if of is not None else None
        if of is None or named is None:
            raise Conflict("job", code="job_ended")
        by_class: defaultdict[str, list[str]] = defaultdict(list)
        for one in named.instances:
            by_class[str(one.sop_class_uid)].append(str(one.sop_instance_uid))
        return {
            "job": wire.name_of(key),
            "kind": str(job.wish.kind),
            "protocol": wire.PROTOCOL,
            "attempt": job.attempts + 1,
            "expires_at": None,
            "ask": {
                "study_instance_uid": str(study),
                "series_instance_uid": str(series),
                "manifest_uid": str(of.manifest.sop_instance_uid),
                "notes": of.notes,
                "instances": by_class,
            },
            "incoming": {"key": f"{self._place(job)}{job.revision}.multipart"},
        }

    def take(self, key: str, envelope: Envelope) -> State:
        """Keep what an agent says of the job, and ring for the worker that judges it; the state of
        the job. Absent; Conflict ``job_ended`` as :meth:`show`, and for another attempt; BadRequest
        names the wrong part.
        """
        for _ in range(_TRIES):
            try:
                job = self._asked(key)
            except Conflict:
                # The agent may come again because nobody rang, or it never heard that somebody did.
                self._ring_again(key)
                raise
            if envelope.attempt != job.attempts + 1:
                raise Conflict("job", code="job_ended")
            wanted = told(job, self._words(job, envelope).encode(), self.clock.now())
            if self.jobs.put(wanted):
                stored = replace(wanted, revision=wanted.revision + 1)
                self.queue.send(stored, after=_AT_ONCE)
                return State.ASKED
        raise StorageUnavailable("jobs: too many writers")

    def _ring_again(self, key: str) -> None:
        job = self.jobs.get(key)
        if job is not None and job.told and job.state is State.ASKED:
            self.queue.send(job, after=_AT_ONCE)

    def give_up(self, key: str) -> bool:
        """No agent could do the job: it is judged as one that its agent gave up. False where it has
        ended, or an agent has said something of it."""
        job = self.jobs.get(key)
        if job is None:
            return False
        try:
            self.take(key, Envelope(job.attempts + 1, State.FAILED, reason=AGENT_FAILED))
        except (Absent, Conflict):
            return False
        return True

    def _asked(self, key: str) -> Job:
        job = self.jobs.get(key)
        if job is None:
            raise Absent("job")
        if job.state is not State.ASKED or job.told:
            raise Conflict("job", code="job_ended")
        return job

    def _words(self, job: Job, envelope: Envelope) -> Words:
        if envelope.outcome == State.FAILED:
            return Words(reason=envelope.reason, objects=envelope.objects)
        body = envelope.incoming
        if body is None:
            raise BadRequest("/incoming")
        place = self._place(job)
        if not body.key.startswith(place) or not _NAME.fullmatch(body.key.removeprefix(place)):
            raise BadRequest("/incoming/key")
        return Words(replace(body, key=body.key.removeprefix(f"{self.tenant}/")))

    def _place(self, job: Job) -> str:
        """Where the agents put the bodies of this series."""
        return f"{self.tenant}/{keys_of(job.wish).incoming}"
