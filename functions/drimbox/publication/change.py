"""The input of one workflow execution, and the outcomes by which the workflow goes on."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

# The outcomes by which the state machine decides whether to go on.
CONTINUE: Final = "continue"
DONE: Final = "done"
# The change waits outside the workflow (:mod:`waiting`): another execution goes on with it.
PARKED: Final = "parked"


class Step(StrEnum):
    """A step at which an execution may begin, by the name of its function."""

    READ_REPORT = "read_report"
    INDEX_STUDY = "index_study"
    BUILD_MANIFEST = "build_manifest"
    PREPARE_SERIES = "prepare_series"
    PUBLISH_MANIFEST = "publish_manifest"


@frozen
class Waited:
    """How a change has waited outside the workflow so far.

    ``wake`` counts the executions that went on after a wait, this one included; ``thing`` is the
    thing of the last wait ("" before the first), ``since`` when that wait began, and ``looks`` how
    many pauses it has had. ``job`` is the job of the site's agent whose answer was waited for since
    then, "" for none: a part of the step that asked.
    """

    wake: int = 0
    thing: str = ""
    looks: int = 0
    since: datetime | None = None
    job: str = ""

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Waited:
        """From a workflow's state."""
        return cls(
            wake=int(facts["wake"]),
            thing=str(facts["thing"]),
            looks=int(facts["looks"]),
            since=datetime.fromisoformat(facts["since"]) if facts["since"] else None,
            job=str(facts.get("job", "")),
        )

    def state(self) -> dict[str, Any]:
        """The same, for a workflow's state."""
        return {
            "wake": self.wake,
            "thing": self.thing,
            "looks": self.looks,
            "since": self.since.isoformat() if self.since else "",
            **({"job": self.job} if self.job else {}),
        }


NEVER: Final = Waited()


@frozen
class Change:
    """The input of one workflow execution: one message, one study. It holds pointers only.

    ``override`` is the number of the operator's override that is in force, 0 without any.
    """

    tenant: str
    message_id: str
    study_instance_uid: Uid
    replay: int
    override: int = 0
    waited: Waited = NEVER

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Change:
        """From a workflow's state."""
        return cls(
            tenant=str(event["tenant"]),
            message_id=str(event["message_id"]),
            study_instance_uid=Uid(event["study_instance_uid"]),
            replay=int(event["replay"]),
            override=int(event["override"]),
            waited=Waited.read(event["waited"]),
        )

    def state(self, **more: Any) -> dict[str, Any]:
        """The workflow's state after a step; the message's id is also the correlation id."""
        return {
            "tenant": self.tenant,
            "message_id": self.message_id,
            "study_instance_uid": str(self.study_instance_uid),
            "replay": self.replay,
            "override": self.override,
            "waited": self.waited.state(),
            "correlation_id": self.message_id,
            **more,
        }
