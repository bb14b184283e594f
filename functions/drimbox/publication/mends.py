"""What an operator has mended of a message: kept beside it, read at its next replay.

The message's own bytes never change. A mend is written once, under its number; the last one counts
as a whole. It says which study the report is about, and whose the message is:

- ``studies``: a study that the report names, and the one that stands in its place. The images are
  still compared with the report: a mend chooses, it vouches for nothing.
- ``sender``: the declared sender (MSH-3, MSH-4) that the message counts as sent by. Its policy
  applies, and what the message says of its sender (PRT-8) is not compared with the report any more.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.drimbox.oid import Uid
from functions.drimbox.report.model import Report


@dataclass(frozen=True, slots=True)
class Mend:
    """``who`` is the operator's subject; ``sender`` is None where it is left as it is."""

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
    def decode(cls, data: bytes) -> Mend:
        """What :meth:`encode` wrote."""
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


def mend_key(message_id: str, number: int) -> str:
    """Where the inbox keeps a mend."""
    return f"mends/{message_id}/{number}.json"


def mended(report: Report, mend: Mend | None) -> Report:
    """The report as it is taken with ``mend``; as it came without any."""
    if mend is None:
        return report
    document = report.document
    exams = tuple(
        replace(exam, study_instance_uid=mend.chosen(exam.study_instance_uid))
        for exam in document.exams
    )
    taken = replace(report, document=replace(document, exams=exams))
    if mend.sender is None:
        return taken
    application, facility = mend.sender
    header = replace(report.header, sending_application=application, sending_facility=facility)
    return replace(taken, header=header, sender=None)
