"""``python -m tests.infra.example_scenes``: write the examples of the OpenAPI documents.

Each is an answer of the code to a case that is played here: no hand mixes the values of an example.
The patients are the invented ones of the simulated RIS.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from functions.aws import replies
from functions.drimbox.consultation.call_facts import describe as describe_call
from functions.drimbox.consultation.contextual_call import read_pairs
from functions.drimbox.consultation.find_exams import describe as describe_exam
from functions.drimbox.errors import DmpUnavailable, StorageUnavailable
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.feed_check.facts import describe as describe_check
from functions.drimbox.oid import Uid
from functions.drimbox.operations import activity, causes
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import Wish, keep
from functions.drimbox.operations.following import follow, page_of, told_refused
from functions.drimbox.operations.last_reconciliation import view_last_run
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.queue import Query, describe, list_publications
from functions.drimbox.operations.replaying import replay
from functions.drimbox.operations.searching import search
from functions.drimbox.operations.view import view
from functions.drimbox.operations.viewing_refused import list_refused
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.message_entry import MessageEntry, Outcome, StudyOutcome
from functions.drimbox.publication.receive import receive
from functions.drimbox.report.reading import read_report
from functions.drimbox.webhook.event import body_of, facts_of
from functions.drimbox.webhook.telling import Telling
from infra.examples import FOLDER
from simulators.ris.cases import Case
from simulators.ris.messages import message
from simulators.ris.page import call
from tests.drimbox.consultation.samples import MANDATORY, pairs
from tests.drimbox.feed_check.scenes import order_change
from tests.drimbox.operations.conftest import OTHER
from tests.drimbox.publication.waiting.scenes import park
from tests.drimbox.reconciliation.site import archipelago
from tests.fakes.memory import MemoryBlobs, MemoryFilters, MemoryFoundCertificates
from tests.fakes.world import OPERATOR, SENDER, SUBJECT, World, case, study_index

Examples = dict[str, Any]
NAME: Final = "MSG-0001"
_VI: Final = "https://vi.drimbox.example"
_IN: Final = "https://in.drimbox.example"


@contextmanager
def _world() -> Iterator[World]:
    made = World()
    try:
        yield made
    finally:
        made.close()


def _raw(world: World, what: Case, control_id: str = NAME) -> bytes:
    return message(what, "ORU", sender=SENDER, control_id=control_id, at=world.clock.now())


def _report(world: World, name: str, control_id: str = NAME) -> str:
    sent = world.send(case(name), control_id=control_id).message_id
    world.work()
    return sent


def _accepted(world: World) -> None:
    world.send(case("C"), control_id=NAME)


def _held(world: World) -> None:
    _report(world, "C")


def _wrong_patient(world: World) -> None:
    world.archive_study(case("C"), patient_name="AUTRE^PERSONNE", patient_birth_date="19500101")
    _report(world, "C")


def _in_progress(world: World) -> Change:
    sent = world.send(case("C"), control_id=NAME)
    study, at = Uid(case("C").studies[0]), world.clock.now()
    works = {study: StudyOutcome(Outcome.IN_PROGRESS, "", at)}
    world.log.open(MessageEntry(sent.message_id, at, 0, "", works, sender="|".join(SENDER)))
    return Change("demo", sent.message_id, study, 0)


def _parked(world: World) -> None:
    park(world, DmpUnavailable("503"), _in_progress(world))


def _published(world: World) -> None:
    world.archive_study(case("C"))
    _report(world, "C")


def _replaced(world: World) -> None:
    world.archive_study(case("G1"))
    _report(world, "G1")
    world.clock.advance(timedelta(hours=2))
    _report(world, "G1_MAJ", "MSG-0002")


def _superseded(world: World) -> None:
    world.archive_study(case("G1"))
    _report(world, "G1_MAJ", "MSG-0002")
    world.clock.advance(timedelta(minutes=1))
    _report(world, "G1")


def _unchanged(world: World) -> None:
    world.archive_study(case("C"))
    _report(world, "C", "MSG-0000")
    world.clock.advance(timedelta(hours=1))
    _report(world, "C")


def _elsewhere(world: World) -> None:
    """The report names a study that the PACS does not have; an operator has chosen another one."""
    _held(world)
    (held,) = world.log.entries
    order = case("C").orders[0]
    chosen = study_index(OTHER, accession=order.accession, patient=case("C").ipp)
    world.pacs.studies[chosen.study_instance_uid] = chosen
    (named,) = world.entry(held).studies
    override(world.at_rest, OPERATOR, message_id=held, choice=Choice({named: OTHER}, None))
    replay(world.at_rest, world.queue, OPERATOR, message_id=held)
    world.work()


def _withdrawn_since(world: World) -> None:
    world.archive_study(case("I"))
    _report(world, "I")
    world.clock.advance(timedelta(hours=2))
    _report(world, "I_Depublication", "MSG-0002")


def _withdrawal(world: World) -> None:
    world.archive_study(case("I"))
    _report(world, "I", "MSG-0000")
    world.clock.advance(timedelta(hours=2))
    _report(world, "I_Depublication")


def _ignored(world: World) -> None:
    raw = _raw(world, case("C"))
    before, flag, after = raw.partition(b"|DESTDMP^")
    world.resend(before + flag + after.replace(b"||Y^", b"||N^", 1))
    world.work()


def _refused(world: World) -> None:
    world.resend(_raw(world, case("C")).replace(b"VALI", b"PROV"))


STATES: Final[dict[str, tuple[str, Callable[[World], object]]]] = {
    "accepted": ("Acknowledged (AA); its publication begins in a moment.", _accepted),
    "in_progress": ("The gateway works on it.", _in_progress),
    "parked": ("The DMP is away; the gateway goes on by itself.", _parked),
    "published": ("The manifest is in the DMP.", _published),
    "held": ("The study is not in the PACS: a person must act.", _held),
    "held_for_identity": ("The images name another person.", _wrong_patient),
    "published_elsewhere": (
        "An operator has put another study in the place of the one that the report names.",
        _elsewhere,
    ),
    "refused": ("The acknowledgement was AE.", _refused),
    "ignored": ("The report itself stays out of the DMP (DESTDMP is N).", _ignored),
    "unchanged": ("The manifest in force says the same.", _unchanged),
    "superseded": ("A later version was faster.", _superseded),
    "withdrawn": ("The message is a withdrawal, and it took effect.", _withdrawal),
    "published_then_replaced": ("A correction has replaced its manifest.", _replaced),
    "published_then_withdrawn": ("A withdrawal has ended its manifest.", _withdrawn_since),
}


def _told(summary: str, value: Any) -> dict[str, Any]:
    return {"summary": summary, "value": value}


def _followed() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, (summary, play) in STATES.items():
        with _world() as world:
            play(world)
            facts = follow(world.at_rest, world.refused, SUBJECT, NAME)
            page = f"{_VI}/v1/tenants/demo/operations/{page_of(facts)}"
            yield name, _told(summary, {**facts, "page": page})


def _news() -> Iterator[tuple[str, dict[str, Any]]]:
    told = ("published", "held", "published_then_replaced", "withdrawn", "refused")
    for name in told:
        summary, play = STATES[name]
        with _world() as world:
            play(world)
            facts = follow(world.at_rest, world.refused, SUBJECT, NAME)
            one = facts["id"]
            if name == "refused":
                refusal = world.refused.last(one)
                assert refusal is not None
                facts = told_refused(refusal)
            else:
                facts = facts_of(world.at_rest, world.entry(one), world.at_rest.records.get)
            links = {
                "status_url": f"{_IN}/v1/tenants/demo/hl7v2/messages/{one}",
                "page": f"{_VI}/v1/tenants/demo/operations/{page_of(facts)}",
            }
            sequence = 2 if name == "published_then_replaced" else 1
            telling = Telling(one, sequence=sequence, since=world.clock.now())
            yield name, _told(summary, json.loads(body_of(telling, NAME, facts, links)))


def _checks() -> Iterator[tuple[str, dict[str, Any]]]:
    with _world() as world:
        good = _raw(world, case("C"))
        images = order_change(MSH={3: SENDER[0], 4: SENDER[1]})
        told = {
            "published": ("A report without a fault.", good),
            "faulty": (
                "ORC-1 and OBX-11 disagree, and the identity is not qualified.",
                good.replace(b"ORC|NW", b"ORC|RO").replace(b"VALI", b"PROV"),
            ),
            "held": (
                "It would be accepted, then held: PRT-8 is another structure's.",
                good.replace(b"750803447\r", b"750803448\r"),
            ),
            "images_change": ("An OMI: the gateway would look at the images again.", images),
            "no_message": ("No HL7 at all: HTTP 400 without acknowledgement.", b"hello"),
        }
        for name, (summary, raw) in told.items():
            yield name, _told(summary, _checked(world, raw))
        _published(world)
        again = _raw(world, case("C"), "MSG-0002")
        yield "unchanged", _told("The report in force says the same.", _checked(world, again))


def _checked(world: World, raw: bytes) -> Any:
    found = check_message(
        raw,
        SUBJECT,
        tenant=world.tenant,
        inbox=world.inbox,
        records=world.records,
        certificates=MemoryFoundCertificates(),
        clock=world.clock,
    )
    return describe_check(found)


def _calls() -> Iterator[tuple[str, dict[str, Any]]]:
    right = pairs(MANDATORY, Modality="CT", StudyDate="20250101-20251231")
    yield "right", _told("It would open the patient's page.", describe_call(read_pairs(right)))
    faulty = pairs(MANDATORY, Patient_gender="x", PatientID=None, patientid="IPP4711", Modalite="")
    yield (
        "faulty",
        _told("A wrong value, a name in another case.", describe_call(read_pairs(faulty))),
    )


def _exams() -> Iterator[tuple[str, dict[str, Any]]]:
    with _world() as world:
        _published(world)
        (manifest,) = world.manifests()
        dmp = world.connect(read_report(_raw(world, case("C"))), world.tenant.structures[0])
        exams = [describe_exam(one) for one in dmp.entries(Uid(manifest["unique_id"]))]
        found = {"exams": exams, "identity_compared": True, "contradicting": 1}
        yield "found", _told("One exam; another one is of a person with other traits.", found)


def _requests() -> Iterator[tuple[str, str, dict[str, Any]]]:
    facts = call(case("C"))
    yield "Call", "whole", _told("The call of an invented patient.", facts)
    narrowed = {**facts, "Modality": "CT", "StudyDate": "20250101-20251231"}
    yield "Call", "narrowed", _told("The same, for the CT exams of one year.", narrowed)
    yield "CallBody", "whole", _told("The call of an invented patient.", urlencode(facts))
    with _world() as world:
        raw = _raw(world, case("C"))
    announced = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
    yield "UploadRequest", "message", _told("A message that is to be received.", announced)
    tried = {**announced, "check": True}
    yield "UploadRequest", "check", _told("One that is to be checked alone.", tried)


class _Down(MemoryBlobs):
    def get(self, key: str) -> bytes | None:
        raise StorageUnavailable("s3 get: SlowDown")


def _acknowledgements() -> Iterator[tuple[str, dict[str, Any]]]:
    with _world() as world:
        raw = _raw(world, case("C"))
        accepted = receive(raw, SUBJECT, world.desk)
        wrong = raw.replace(b"ORC|NW", b"ORC|RO").replace(NAME.encode(), b"MSG-0002")
        refused = receive(wrong, SUBJECT, world.desk)
        down = replace(world.desk, inbox=_Down())
        later = receive(raw.replace(NAME.encode(), b"MSG-0003"), SUBJECT, down)
        told = (
            ("AA", "Accepted: the message is durable.", accepted),
            ("AE", "The message is wrong: correct it.", refused),
            ("AR", "Our storage is away: send the same message again later.", later),
        )
        for code, summary, one in told:
            assert one.code == code
            yield code, _told(summary, one.ack.decode())


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    with _world() as world:
        _held(world)
        site = world.at_rest
        (held,) = world.log.entries
        study = world.entry(held).studies
        listed = describe(site, list_publications(site, OPERATOR, Query(state="held")), None)
        yield "Publications", "held", _told("One study is not in the PACS.", listed)
        found = search(site, world.refused, OPERATOR, case("C").orders[0].accession)
        yield "Found", "by_accession", _told("Found by its accession number.", found)
        opened = causes.list_causes(world.causes, world.audit, OPERATOR)
        yield "Causes", "open", _told("One open cause.", opened)
        whole = view(site, world.archive, world.known, OPERATOR, held)
        yield "Publication", "held", _told("A report that is held, whole.", whole)
        copy = export(site, world.archive, OPERATOR, held)
        copy["message"] = base64.b64encode(base64.b64decode(copy["message"])[:57]).decode()
        yield "Export", "held", _told("The message is cut here, after 57 bytes.", copy)
        again = {"id": held, "replay": replay(site, world.queue, OPERATOR, message_id=held)}
        yield "Replay", "first", _told("Its first replay.", again)
        many = {"replayed": [held], "left_out": [], "next": None}
        yield "Replays", "one", _told("The one publication of the cause is queued.", many)
        choice = Choice(dict.fromkeys(study, OTHER), SENDER)
        number = override(site, OPERATOR, message_id=held, choice=choice)
        saved = {"id": held, "override": number}
        yield "Overridden", "first", _told("Its first override.", saved)
        wish = Wish("to do", {"state": "held"})
        kept = {"filters": keep(MemoryFilters(), world.audit, OPERATOR, wish)}
        yield "Filters", "one", _told("One filter.", kept)
    with _world() as world:
        _published(world)
        site = world.at_rest
        (sent,) = world.log.entries
        counted = activity.report_activity(site, OPERATOR, days=2)
        yield "Activity", "two_days", _told("Two days, one publication.", counted)
        whole = view(site, world.archive, world.known, OPERATOR, sent)
        yield "Publication", "published", _told("A report that is published, whole.", whole)
        (one,) = world.entry(sent).studies
        order = {"id": withdraw(site, world.queue, OPERATOR, message_id=sent, study=one)}
        yield "Order", "queued", _told("The withdrawal is queued.", order)
    with _world() as world:
        _refused(world)
        listed = list_refused(world.refused, world.audit, world.clock, OPERATOR, None)
        yield "Refused", "identity", _told("An identity that is not qualified.", listed)
    with archipelago() as island:
        island.leave_orphan(island.publish_at_once())
        island.reconcile("run-0001")
        run = view_last_run(island.site, OPERATOR, None)
        yield "Reconciliation", "orphan", _told("The DMP lacks a record's manifest.", run)


def made() -> dict[str, Examples]:
    """The examples by schema and name: ``summary`` and ``value``."""
    found: dict[str, Examples] = {
        "Followed": dict(_followed()),
        "News": dict(_news()),
        "Checked": dict(_checks()),
        "CheckedCall": dict(_calls()),
        "Exams": dict(_exams()),
        "Acknowledgement": dict(_acknowledgements()),
    }
    for schema, name, told in (*_operations(), *_requests()):
        found.setdefault(schema, {})[name] = told
    awaited = json.loads(base64.b64decode(replies.document(202, {"state": "awaited"})["body"]))
    found["Awaited"] = {"awaited": _told("Nothing was uploaded so far.", awaited)}
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def written(examples: Examples) -> str:
    """The text of a file."""
    return json.dumps(examples, ensure_ascii=False, indent=1) + "\n"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for schema, examples in made().items():
        Path(FOLDER / f"{schema}.json").write_text(written(examples), "utf-8")


if __name__ == "__main__":
    main()
