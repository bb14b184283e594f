"""The invariants that hold once everything has drained, whatever went wrong on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from functions.drimbox.oid import Uid
from functions.drimbox.publication.record import StudyRecord
from functions.drimbox.publication.serving import served
from functions.drimbox.wording.held import HELD_REASONS
from tests.campaign.dmp import Entry
from tests.campaign.preparing import is_whole
from tests.campaign.scenarios import REJECTED, WRONG, report
from tests.campaign.stage import MOST_OF_A_TRY, Stage
from tests.fakes.world import study_index

# The calls that a fault adds: two questions after a send of which nobody knows, and the send again.
_OF_A_FAULT = 3
_ENDED = {"published", "withdrawn", "superseded", "unchanged", "set_aside"}
_PUBLISHED = {"manifest.published", "manifest.replaced"}


@dataclass(frozen=True, slots=True)
class _Intent:
    """One folder of the archive."""

    folder: str
    study: str


def violations(stage: Stage) -> list[str]:
    """Every invariant that does not hold, in words; those seen during the run come first."""
    found = list(stage.violations)
    for check in _CHECKS:
        found += check(stage)
    return found


def _messages(stage: Stage) -> Iterator[str]:
    """I1: every acknowledged message has ended, or is held for a reason of the catalogue."""
    if not stage.acknowledged:
        yield "I1: nothing was acknowledged"
    for message_id, arrival in stage.acknowledged.items():
        entry = stage.log.entries.get(message_id)
        if entry is None:
            yield f"I1: {arrival.name} was acknowledged and is lost"
            continue
        if entry.held:
            yield f"I1: {arrival.name} ended as held {entry.held}"
        for study in entry.studies.values():
            if str(study.outcome) not in _ENDED:
                yield f"I1: {arrival.name} ended as {study.outcome} {study.reason}"
            if study.reason == "internal_error" or study.reason not in {"", *HELD_REASONS}:
                yield f"I10: {arrival.name} is held for {study.reason}"


def _studies(stage: Stage) -> Iterator[str]:
    """I2, I5: record and DMP say what the message with the last word says, and nothing else."""
    last = stage.plan.scenario.last
    for study in stage.plan.scenario.places:
        record = _record(stage, study)
        active = [e for e in _of(stage, study) if e.is_active_manifest]
        settled = record.current or record.withdrawn
        if record.pending is not None:
            yield f"I3: a change is pending: {record.pending.state} {record.pending.reason}"
        if settled is None or settled.edition.version != int(last[1]):
            yield f"I5: the record does not say {last}"
        if stage.plan.scenario.is_withdrawn:
            if active or record.current is not None:
                yield f"I2: something is active after {last}"
        elif record.current is None or len(active) != 1:
            yield f"I2: {len(active)} active manifests after {last}"
        elif (active[0].unique_id, active[0].entry_uuid) != (
            str(record.current.manifest_uid),
            record.current.entry_uuid,
        ):
            yield "I3: the record names another entry than the DMP's"
        elif stage.plan.scenario.is_told and not _names_what_there_is(stage, study, active[0]):
            yield "I2: the manifest names other images than the PACS has"
        elif stage.plan.scenario.is_rejected and _shows_what_is_rejected(stage, study, active[0]):
            yield "I2: the manifest names, or the gateway serves, an image that the PACS rejected"


def _of_others(stage: Stage) -> Iterator[str]:
    """I2: nothing is published on the study of somebody else, whoever has chosen it."""
    if any(e.is_active_manifest for e in _of(stage, WRONG)):
        yield "I2: a manifest of somebody else's study is active"


def _record(stage: Stage, study: str) -> StudyRecord:
    """The study's; of a report that was withdrawn before it moved, that of its own study."""
    record = stage.records.get(Uid(study))
    is_untouched = record.current is None and record.withdrawn is None
    if is_untouched and stage.plan.scenario.is_withdrawn:
        return stage.records.get(Uid(stage.plan.scenario.studies[0]))
    return record


def _names_what_there_is(stage: Stage, study: str, manifest: Entry) -> bool:
    """The bytes of the manifest hold the UID of each instance of the PACS and of no former one."""
    known = study_index(study, accession="").series[0].instances
    there = stage.pacs.studies[Uid(study)].series[0].instances
    gone = {i.sop_instance_uid for i in known} - {i.sop_instance_uid for i in there}

    def is_named(uid: Uid) -> bool:
        return str(uid).encode() in manifest.content

    named = all(is_named(instance.sop_instance_uid) for instance in there)
    return named and not any(map(is_named, gone))


def _shows_what_is_rejected(stage: Stage, study: str, manifest: Entry) -> bool:
    uid = f"{study}.1.{REJECTED}"
    shown = served(stage.records.get(Uid(study)), stage.archive)
    series = shown.manifest.find_series(f"{study}.1") if shown is not None else None
    is_served = series is not None and series.find(uid) is not None
    return uid.encode() in manifest.content or is_served


def _of(stage: Stage, study: str) -> list[Entry]:
    return [e for e in stage.dmp.entries() if any(study in r for r in e.references)]


def _intents(stage: Stage) -> dict[str, _Intent]:
    """The archive's folders by each identifier that they fixed."""
    found: dict[str, _Intent] = {}
    for key, data in stage.archive.objects.items():
        folder, _, name = key.rpartition("/")
        if name == "intent.json":
            facts = json.loads(data)
            intent = _Intent(folder, key.split("/")[1])
            found |= dict.fromkeys((facts["manifest_uid"], facts["signature_uid"]), intent)
    return found


def _archive(stage: Stage) -> Iterator[str]:
    """I3, I4: the DMP's documents are in the archive byte for byte, settled, and nothing more
    is.
    """
    intents = _intents(stage)
    objects = stage.archive.objects
    held = {}
    for entry in stage.dmp.entries():
        intent = intents.get(entry.unique_id)
        if intent is None:
            yield "I3: the DMP holds a document that the archive does not know"
            continue
        held[intent.folder] = entry
        name = "manifest.dcm" if entry.type_code == "IMG-KOS" else "signature.xml"
        if objects.get(f"{intent.folder}/{name}") != entry.content:
            yield f"I4: {name} differs between archive and DMP"
        if f"{intent.folder}/settled.json" not in objects:
            yield "I3: the DMP holds what the archive does not call settled"
    for key, data in objects.items():
        folder, _, name = key.rpartition("/")
        if name != "settled.json" or folder in held:
            continue
        if json.loads(data)["action"] != "withdraw":
            yield "I3: the archive calls settled what the DMP does not hold"


def _audit(stage: Stage) -> Iterator[str]:
    """I7: one record per effect, none without."""
    records = stage.audit.records
    for (event, key), number in Counter((e, k) for e, k, _ in records).items():
        if number > 1:
            yield f"I7: {number} records {event} under one key {key}"
    published = Counter(
        facts["manifest_uid"] for (event, _, _), facts in records.items() if event in _PUBLISHED
    )
    manifests = [e for e in stage.dmp.entries() if e.type_code == "IMG-KOS"]
    if published != Counter(entry.unique_id for entry in manifests):
        yield "I7: the audited publications are not those of the DMP"
    withdrawn = Counter(
        facts["manifest_uid"]
        for (event, _, _), facts in records.items()
        if event == "manifest.withdrawn" and facts["manifest_uid"]
    )
    if withdrawn != Counter(e.unique_id for e in manifests if e.status == "Deleted"):
        yield "I7: the audited withdrawals are not those of the DMP"
    received = {key for event, key, _ in records if event in {"message.received", "note.received"}}
    if received != set(stage.acknowledged):
        yield "I7: the audited receptions are not the acknowledged messages"


def _bounds(stage: Stage) -> Iterator[str]:
    """I9: the DMP is called a few times per execution, a few more per fault, once per call.

    An execution needs one whole try (:data:`MOST_OF_A_TRY`). A fault ends a try, and the next one
    asks nothing that the record knows. It costs most where nobody knows the result of a send: two
    questions, COMMIT_DELAY apart, and the send again. So three and three, and some runs reach it.

    Calls to a DMP that is away are not in these numbers. Its first failure ends a try, which
    :class:`_KeptDmp` demands of each; so there are as many calls as tries, and their number is the
    workflow's: pauses of three seconds that double to five minutes, each cut by chance, give 9
    tries in 5 minutes and 25 in 40, and 14 and 36 in one case of a hundred. A circuit makes them no
    fewer here: three studies open it (decision 0039), and these scenarios have two at most. The
    outages of hours have more (:mod:`outage`).
    """
    asked = sum(name.startswith("dmp.") for name in stage.calls.names)
    if stage.dmp_calls > asked:
        yield f"I9: {stage.dmp_calls} requests to the DMP for {asked} calls"
    answered = stage.dmp_calls - stage.unheard
    most = MOST_OF_A_TRY * stage.executions + _OF_A_FAULT * len(stage.calls.struck)
    if answered > most:
        yield f"I9: {answered} calls to the DMP, {most} expected at most"


def _bodies(stage: Stage) -> Iterator[str]:
    """I13: the gateway serves no body of an agent but that of the manifest's own objects, and each
    that it refused has its audit record.
    """
    if not stage.plan.scenario.agent:
        return
    for study in stage.plan.scenario.studies:
        shown = served(stage.records.get(Uid(study)), stage.archive)
        if shown is None:
            continue
        for named in shown.manifest.series:
            keys = shown.keys(named.series_instance_uid)
            uids = [one.sop_instance_uid for one in named.instances]
            if keys.index in stage.cache.objects and not is_whole(stage.cache, keys, uids):
                yield "I13: a body is served that is none of its series"
    recorded = [key for event, key, _ in stage.audit.records if event == "series.refused"]
    for (manifest, series), outcomes in stage.prepared.items():
        refused = "held:agent_body_refused" in outcomes
        if refused and not any(manifest in key and series in key for key in recorded):
            yield "I13: a body was refused and nobody recorded it"


def _again(stage: Stage) -> Iterator[str]:
    """I12, after a note between the preparation and the manifest: the note's own manifest has
    followed, whose series are judged themselves, or the images have come again."""
    for keys, uids in stage.taken_away:
        record = stage.records.get(keys.study_instance_uid)
        in_force = record.current is not None and record.current.manifest_uid == keys.manifest_uid
        if in_force and not is_whole(stage.cache, keys, uids):
            yield "I12: images that a note took before the manifest came are not there again"


def _canaries(stage: Stage) -> Iterator[str]:
    """I8: nothing of the patient in a log, a page, or a key."""
    document = report(stage.plan.scenario.base, "P1")
    traits = document.traits
    canaries = {
        document.ins,
        document.ipp,
        traits.family,
        traits.given,
        traits.birth_date,
        *(order.accession for order in document.orders),
        *(order.placer for order in document.orders),
    }
    places = {
        "errors and states": stage.said,
        "archive keys": stage.archive.objects,
        "inbox keys": stage.inbox.objects,
        "audit keys": [" ".join(key) for key in stage.audit.records],
        "message log": [repr(entry) for entry in stage.log.entries.values()],
        "records": [repr(record) for record in stage.records.records.values()],
        "questions": [repr(question) for question in stage.questions.questions.values()],
        "jobs": [repr(job) for job in stage.jobs.jobs.values()],
        "keys of answers and images": [*stage.agent_answers.objects, *stage.cache.objects],
    }
    for place, texts in places.items():
        text = "\n".join(texts)
        if any(canary in text for canary in canaries):
            yield f"I8: patient data in {place}"


_CHECKS = (
    *(_messages, _studies, _of_others, _archive, _audit),
    *(_bounds, _canaries, _bodies, _again),
)
