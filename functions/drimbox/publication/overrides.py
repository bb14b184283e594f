"""An operator's override of a message: kept beside it, read at its next replay.

The message's own bytes never change. An override is written once, under its number; the last one
counts as a whole. It chooses the study of the report, or the sender of the message:

- ``studies``: a study that the report names, and the one that stands in its place. The images are
  still compared with the report: an override chooses, it vouches for nothing.
- ``sender``: the declared sender (MSH-3, MSH-4) that the message counts as sent by. Its policy
  applies, and the sender in the message (PRT-8) is not compared with the report any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.drimbox.oid import Uid
from functions.drimbox.report.model import Report


@dataclass(frozen=True, slots=True)
class Override:
    """``who`` is the operator's subject; ``sender`` is None where the message's own applies."""

    number: int
    who: str
    at: datetime
    studies: Mapping[Uid, Uid] = field(default_factory=dict)
    sender: tuple[str, str] | None = None

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(
            {
                "number": self.number,
                "who": self.who,
                "at": self.at.isoformat(),
                "studies": {str(named): str(chosen) for named, chosen in self.studies.items()},
                "sender": self.sender,
            }
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> Override:
        """The override that :meth:`encode` wrote."""
        facts = json.loads(data)
        sender = facts["sender"]
        return cls(
            number=facts["number"],
            who=facts["who"],
            at=datetime.fromisoformat(facts["at"]),
            studies={Uid(named): Uid(chosen) for named, chosen in facts["studies"].items()},
            sender=(sender[0], sender[1]) if sender else None,
        )

    def chosen(self, study: Uid) -> Uid:
        """The study that stands for ``study``: itself where nothing was chosen."""
        return self.studies.get(study, study)

    def left_by(self, study: Uid) -> tuple[Uid, ...]:
        """The studies in whose place ``study`` stands."""
        return tuple(named for named, chosen in self.studies.items() if chosen == study)


def override_key(message_id: str, number: int) -> str:
    """The override's key in the inbox."""
    return f"overrides/{message_id}/{number}.json"


def overridden(report: Report, override: Override | None) -> Report:
    """The report as it is taken with ``override``; as it came without any."""
    if override is None:
        return report
    document = report.document
    exams = tuple(
        replace(exam, study_instance_uid=override.chosen(exam.study_instance_uid))
        for exam in document.exams
    )
    taken = replace(report, document=replace(document, exams=exams))
    if override.sender is None:
        return taken
    application, facility = override.sender
    header = replace(report.header, sending_application=application, sending_facility=facility)
    return replace(taken, header=header, sender=None)
