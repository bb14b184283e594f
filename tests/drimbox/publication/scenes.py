"""One report, its corrections, withdrawals and image changes; and the state that each leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from functions.drimbox.oid import Uid
from functions.drimbox.publication.receive import Reception
from simulators.ris.cases import Case
from simulators.ris.messages import message
from tests.fakes.world import SENDER, World, case

FIRST: Final = case("C")
STUDY: Final = Uid(FIRST.studies[0])


def version(number: int) -> Case:
    """The correction ``number`` of the first report; 1 is the report itself."""
    if number == 1:
        return FIRST
    former = version(number - 1)
    return replace(
        FIRST,
        cda_id=f"{FIRST.cda_id}.{number}",
        version=number,
        replaces=former.cda_id,
        action="RO",
    )


def withdrawn(number: int) -> Case:
    """The withdrawal of that version: its own document, sent to be deleted."""
    return replace(version(number), action="CA")


MESSAGES: Final = {
    "P1": version(1),
    "R2": version(2),
    "R3": version(3),
    "W1": withdrawn(1),
    "W2": withdrawn(2),
    "W3": withdrawn(3),
}


def play(world: World, names: Iterable[str], form: str = "ORU", *, at_once: bool = False) -> None:
    """Each message arrives and is worked on before the next; ``at_once``, all arrive first."""
    world.archive_study(FIRST)
    for name in names:
        reception = world.send(MESSAGES[name], form, control_id=name)  # type: ignore[arg-type]
        assert reception.code == "AA"
        if not at_once:
            world.work()
    world.work()


def active(world: World) -> list[str]:
    """uniqueIds of the manifests that the DMP offers."""
    return [d["unique_id"] for d in world.manifests() if d["availability_status"] == "Approved"]


def agrees(world: World, last: str) -> None:
    """The archive, the record and the DMP say what the message ``last`` says."""
    record = world.records.get(STUDY)
    assert record.pending is None
    if last.startswith("W"):
        assert active(world) == []
        assert record.current is None
        assert record.withdrawn is not None
        assert record.withdrawn.edition.version == int(last[1])
        return
    assert record.withdrawn is None
    assert record.current is not None
    assert active(world) == [record.current.manifest_uid]
    assert record.current.edition.version == int(last[1])
    folder = f"studies/{record.current.intent_id}"
    sent = world.registry.content(record.current.entry_uuid)
    assert sent is not None
    assert world.archive.objects[f"{folder}/manifest.dcm"] == sent[1]
    assert f"{folder}/settled.json" in world.archive.objects


ONE_LESS: Final = "one image less"
GONE: Final = "nothing left"


def change_images(world: World, what: str) -> None:
    """The PACS loses an image of the study, or the study."""
    study = world.pacs.studies[STUDY]
    if what == GONE:
        del world.pacs.studies[STUDY]
        return
    (series,) = study.series
    less = replace(series, instances=series.instances[:-1])
    world.pacs.studies[STUDY] = replace(study, series=(less,))


def order(world: World, control_id: str = "O1", **changes: str) -> Reception:
    """An OMI^O23 on the study; ``changes`` replace parts of its text."""
    raw = message(FIRST, "OMI", sender=SENDER, control_id=control_id, at=world.clock.now())
    for old, new in changes.items():
        assert old.encode() in raw
        raw = raw.replace(old.encode(), new.encode())
    return world.resend(raw)


def outcome(world: World, message_id: str, study: str) -> tuple[str, str]:
    """(outcome, reason) of one study of a message."""
    found = world.entry(message_id).studies[Uid(study)]
    return str(found.outcome), found.reason
