"""An operator's override of a message: kept beside it, read at its next replay.

The message's own bytes never change. An override is written once, under its number; the last one
counts as a whole. It chooses the study of the report, or the sender of the message, or confirms an
identity:

- ``studies``: a study that the report names, and the one that stands in its place. The images are
  still compared with the report: an override chooses, it vouches for nothing.
- ``sender``: the declared sender (MSH-3, MSH-4) that the message counts as sent by. Its policy
  applies, and the sender in the message (PRT-8) is not compared with the report any more.
- ``identity``: the studies whose report gives other strict traits than those known for its INS,
  and of which the operator has confirmed that the report is this person's (decision 0037).
- ``released``: the studies that an operator took out of the site's memory of imports. It took
  effect when it was written, and no replay reads it (decision 0077).
- ``decision``: which of the contradicting sets of traits known for the INS stand. It took effect
  when it was written, and no replay reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from functions.drimbox.oid import Uid
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.drimbox.report.model import Report


@frozen
class Confirmation:
    """An operator's word for the identity of one study's report, against what was known then.

    ``revision`` is that of the known patient: a confirmation counts against no other. ``reason`` is
    the operator's text, ``traits`` names the strict traits that differ.
    """

    revision: int
    reason: str
    traits: tuple[str, ...]


@frozen
class Decision:
    """An operator's choice between contradicting sets of traits (``known_traits.Keep``), seen from
    this report. ``reason`` is the operator's text, ``traits`` names those that differ.
    """

    keep: str
    reason: str
    traits: tuple[str, ...]


@frozen
class Release:
    """An operator's word that a study is the site's own although it was remembered as imported, at
    ``imported_at`` from the structure ``site``. ``reason`` is the operator's text.
    """

    reason: str
    site: str
    imported_at: datetime


@frozen
class Override:
    """``who`` is the operator's subject; ``sender`` is None where the message's own applies."""

    number: int
    who: str
    at: datetime
    studies: Mapping[Uid, Uid] = field(default_factory=dict)
    sender: tuple[str, str] | None = None
    identity: Mapping[Uid, Confirmation] = field(default_factory=dict)
    decision: Decision | None = None
    released: Mapping[Uid, Release] = field(default_factory=dict)

    def encode(self) -> bytes:
        """JSON."""
        return json.dumps(
            {
                "number": self.number,
                "who": self.who,
                "at": self.at.isoformat(),
                "studies": {str(named): str(chosen) for named, chosen in self.studies.items()},
                "sender": self.sender,
                "identity": {str(study): asdict(one) for study, one in self.identity.items()},
                "decision": asdict(self.decision) if self.decision else None,
                "released": {
                    str(study): {
                        "reason": one.reason,
                        "site": one.site,
                        "imported_at": one.imported_at.isoformat(),
                    }
                    for study, one in self.released.items()
                },
            }
        ).encode()

    @classmethod
    def decode(cls, data: bytes) -> Override:
        """The override that :meth:`encode` wrote."""
        facts = json.loads(data)
        sender, decision = facts["sender"], facts.get("decision")
        return cls(
            number=facts["number"],
            who=facts["who"],
            at=datetime.fromisoformat(facts["at"]),
            studies={Uid(named): Uid(chosen) for named, chosen in facts["studies"].items()},
            sender=(sender[0], sender[1]) if sender else None,
            # An override of an earlier release confirms and decides nothing.
            identity={
                Uid(study): Confirmation(one["revision"], one["reason"], tuple(one["traits"]))
                for study, one in facts.get("identity", {}).items()
            },
            decision=Decision(decision["keep"], decision["reason"], tuple(decision["traits"]))
            if decision
            else None,
            released={
                Uid(study): Release(
                    one["reason"], one["site"], datetime.fromisoformat(one["imported_at"])
                )
                for study, one in facts.get("released", {}).items()
            },
        )

    def chosen(self, study: Uid) -> Uid:
        """The study that stands for ``study``: itself where nothing was chosen."""
        return self.studies.get(study, study)

    def confirms(self, study: Uid, revision: int) -> Confirmation | None:
        """The confirmation of ``study`` against the known patient of that revision, if any."""
        found = self.identity.get(study)
        return found if found is not None and found.revision == revision else None

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
