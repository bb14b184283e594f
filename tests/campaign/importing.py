"""The site in an import of the campaign: the PACS that takes objects, and the agent before it."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from io import BytesIO
from typing import Any, Final

import httpx
import pydicom

from functions.drimbox.agents import wire
from functions.drimbox.agents.answering import AnswerDesk, read_envelope
from functions.drimbox.errors import Absent, BadRequest, Conflict, StorageUnavailable, Transient
from functions.drimbox.jobs.job import Kind
from functions.drimbox.oid import Uid
from functions.drimbox.study import codec
from functions.drimbox.study.index import InstanceRef, SeriesIndex, StudyIndex
from tests.campaign.faults import Fault
from tests.campaign.stage import Abandoned
from tests.drimbox.images.samples import CT
from tests.drimbox.importing.exams import SERIES, STUDY
from tests.drimbox.manifest.samples import study
from tests.drimbox.reading.exam_scenes import images
from tests.fakes.memory import MemoryImported, VirtualClock
from tests.fakes.world import Killed

NAME: Final = "agent"
# The local patient of the call, and the traits of the exam's.
LOCAL: Final = "IPP101"
_ISSUER: Final = "CLINIQUE"
_INVISIBLE: Final = timedelta(seconds=120)
_DELIVERIES: Final = 5
_LETTERS: Final = 40
_NO_ROOM: Final = 0xA700


@lru_cache(4096)
def fault_of(content: bytes) -> str:
    """The fault of an object that somebody stores, "" for none: it is whole, and every element that
    names the patient is the local one's."""
    root = pydicom.dcmread(BytesIO(content))
    former = root.get("OriginalAttributesSequence", [])
    given = images(int(str(root.SOPInstanceUID).rpartition(".")[2]))[str(root.SOPInstanceUID)]
    source = pydicom.dcmread(BytesIO(given))
    if (root.PatientID, root.get("IssuerOfPatientID")) != (LOCAL, _ISSUER):
        return "it is under another patient"
    if len(former) != 1 or not root.get("OtherPatientIDsSequence"):
        return "it does not tell its former patient"
    if (root.PatientName, root.PatientSex) != (source.PatientName, source.PatientSex):
        return "it is another person's"
    if root.PixelData != source.PixelData or root.StudyInstanceUID != source.StudyInstanceUID:
        return "it is not the image that came"
    return ""


@dataclass
class Pacs:
    """The archive. ``taken``: how often each object was given to it."""

    imported: MemoryImported
    held: dict[Uid, bytes] = field(default_factory=dict)
    patient: str = LOCAL
    taken: Counter[Uid] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    def hold(self, patient: str, *names: str) -> None:
        """The study stands there already, in part."""
        self.patient = patient
        self.held = {Uid(name): b"" for name in names}

    def find_study(self, study_instance_uid: Uid) -> StudyIndex | None:
        if not self.held:
            return None
        refs = tuple(InstanceRef(CT, one, 1) for one in sorted(self.held))
        series = (SeriesIndex(SERIES, "CT", 1, "", refs),)
        made = study(study_instance_uid=study_instance_uid, series=series, key_images=())
        return replace(made, patient_id=self.patient)

    def take(self, name: Uid, content: bytes) -> None:
        """Store an object, under its own UID."""
        fault = fault_of(content)
        if fault:
            self.violations.append(f"I14: an object is stored, and {fault}")
        if self.patient != LOCAL:
            self.violations.append("I14: an object is stored in another patient's study")
        if STUDY not in self.imported.studies:
            self.violations.append("I14: an object is stored whose study nobody remembers")
        self.taken[name] += 1
        self.held.setdefault(name, content)


@dataclass
class AtSite:
    """The PACS, and the way to it over DICOMweb."""

    calls: Any
    pacs: Pacs
    clock: VirtualClock

    def transport(self) -> httpx.MockTransport:
        """STOW-RS."""

        def answer(request: httpx.Request) -> httpx.Response:
            objects = _objects(request.headers["content-type"], request.read())
            answered: httpx.Response = self.calls.call(
                "pacs.stow", lambda: self._stored(objects), lambda fault: self._odd(fault, objects)
            )
            return answered

        return httpx.MockTransport(answer)

    def _stored(
        self, objects: list[bytes], left_out: int = 0, reason: int | None = None
    ) -> httpx.Response:
        """All but the last ``left_out`` are stored; these are told where there is a ``reason``."""
        names = [uid_of(one) for one in objects]
        stored, rest = names[: len(names) - left_out], names[len(names) - left_out :]
        for name, one in zip(stored, objects, strict=False):
            self.pacs.take(name, one)
        told = {"00081199": _items(stored, None)}
        if reason is None:
            return httpx.Response(200, json=told)
        return httpx.Response(202, json={**told, "00081198": _items(rest, reason)})

    def _odd(self, fault: Fault, objects: list[bytes]) -> httpx.Response:
        if fault is Fault.BUSY:
            return httpx.Response(503)
        if fault is Fault.REFUSED:
            return httpx.Response(403)
        if fault is Fault.FAILED:
            raise httpx.ConnectError("injected")
        if fault is Fault.NO_ROOM:
            return self._stored(objects, 1, _NO_ROOM)
        if fault is Fault.UNTOLD:
            return self._stored(objects, 1)
        if fault is Fault.HALF_STORED:
            self._stored(objects[:-1])
            raise httpx.ReadTimeout("injected")
        if fault is Fault.GARBLED:
            self._stored(objects)
            return httpx.Response(200, content=b"{")
        assert fault is Fault.LOST, fault
        raise httpx.ReadTimeout("injected")


def uid_of(content: bytes) -> Uid:
    """The object's own UID."""
    return Uid(pydicom.dcmread(BytesIO(content), specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def _items(names: list[Uid], reason: int | None) -> dict[str, Any]:
    why = {} if reason is None else {"00081197": {"vr": "US", "Value": [reason]}}
    return {
        "vr": "SQ",
        "Value": [{"00081155": {"vr": "UI", "Value": [name]}, **why} for name in names],
    }


def _objects(content_type: str, body: bytes) -> list[bytes]:
    boundary = content_type.rpartition("boundary=")[2].encode()
    heads = list(re.finditer(rb"--" + boundary + rb"\r\n(?:[^\r]+\r\n)+\r\n", body))
    sizes = [int(re.findall(rb"Content-Length: (\d+)", one.group())[0]) for one in heads]
    return [body[one.end() : one.end() + size] for one, size in zip(heads, sizes, strict=True)]


class Counted:
    """A store of objects, each call numbered; a file is read once."""

    def __init__(self, store: Any, calls: Any, name: str) -> None:
        self._store, self._calls, self._name = store, calls, name

    def put(self, key: str, data: Any, content_type: str) -> None:
        content = data.read()
        self._calls.call(
            f"{self._name}.put", lambda: self._store.put(key, BytesIO(content), content_type)
        )

    def __getattr__(self, name: str) -> Any:
        effect = getattr(self._store, name)
        return lambda *args, **more: self._calls.call(
            f"{self._name}.{name}", lambda: effect(*args, **more)
        )


@dataclass
class Program:
    """The agent: it hears its queue, reads each job, does it, and answers by the JSON of the
    routes. It notes on its disk the outcome of each object."""

    site: AtSite
    later: Callable[[timedelta, Callable[[], None]], None]
    noted: dict[tuple[str, Uid], int | None] = field(default_factory=dict)
    desk: AnswerDesk = None  # type: ignore[assignment]  # laid by the play, which has its ports
    packs: Any = None

    def ring(self, key: str) -> None:
        """A message of its queue, from its first delivery to its end."""
        self.later(timedelta(seconds=1), lambda: self._deliver(key, 1))

    def _deliver(self, key: str, number: int) -> None:
        with self.site.calls.process():
            try:
                self._do(key)
            except (Killed, Abandoned, Transient):
                if number < _DELIVERIES:
                    self.later(_INVISIBLE, lambda: self._deliver(key, number + 1))
                else:
                    self.later(_INVISIBLE, lambda: self._give_up(key, 1))

    def _give_up(self, key: str, number: int) -> None:
        """Nobody could do it; the consumer of such messages ends the job."""
        with self.site.calls.process():
            try:
                self.desk.give_up(key)
            except (Killed, Abandoned, Transient):
                if number < _LETTERS:
                    self.later(_INVISIBLE, lambda: self._give_up(key, number + 1))

    def _do(self, key: str) -> None:
        call, kind = self.site.calls.call, wire.kind_of(key)
        try:
            shown = call("agent.show", lambda: self.desk.show(key))
        except (Absent, Conflict):
            return
        answer = self._survey() if kind is Kind.SURVEY else self._store(key, shown["ask"])
        outcome = {"outcome": "answered", "answer": answer}
        if answer is None:
            outcome = {"outcome": "failed", "reason": "agent_failed"}
        facts = {"protocol": wire.PROTOCOL, "attempt": shown["attempt"], **outcome}

        def take(told: dict[str, Any] = facts) -> None:
            self.desk.take(key, read_envelope(told, kind))

        def lie(_: Fault) -> None:
            take({**facts, "answer": {"found": True, "index": {}}})

        try:
            call("agent.answer", take, self._or_fails(lie))
        except BadRequest:
            failed = {"outcome": "failed", "reason": "agent_failed"}
            bare = {"protocol": wire.PROTOCOL, "attempt": shown["attempt"], **failed}
            call("agent.answer", lambda: take(bare))
        except (Absent, Conflict):
            return

    @staticmethod
    def _or_fails(lie: Callable[[Fault], None]) -> Callable[[Fault], None]:
        def play(fault: Fault) -> None:
            if fault is not Fault.ANOTHER_ANSWER:
                raise StorageUnavailable("injected")
            lie(fault)

        return play

    def _survey(self) -> dict[str, Any]:
        found = self.site.calls.call("pacs.survey", lambda: self.site.pacs.find_study(STUDY))
        index = {} if found is None else {"index": codec.write(found)}
        one = {"study_instance_uid": STUDY, "found": found is not None, **index}
        return {"studies": [one]}

    def _store(self, key: str, ask: dict[str, Any]) -> dict[str, Any] | None:
        """Store the objects of a pack; None where they are not those of its index."""
        place = ask["url"].removeprefix("https://cache.example/").partition("?")[0]
        data = self.site.calls.call("agent.fetch", lambda: self.packs.objects.get(place, b""))
        at, told = 0, []
        for one in ask["objects"]:
            name, content = Uid(one["sop_instance_uid"]), data[at : at + one["size"]]
            at += one["size"]
            if hashlib.sha256(content).hexdigest() != one["sha256"]:
                return None
            if (key, name) not in self.noted:
                self.noted[key, name] = self._give(name, content)
            told.append(
                {"sop_instance_uid": name, "failure": self.noted[key, name], "warning": None}
            )
        return {"objects": told}

    def _give(self, name: Uid, content: bytes) -> int | None:
        """One C-STORE; the failure of the object, if any."""

        def odd(fault: Fault) -> int:
            if fault is Fault.NO_ROOM:
                return _NO_ROOM
            if fault is Fault.LOST:
                raise Killed("the association ends after the object")
            raise Killed("no association")

        def given() -> None:
            self.site.pacs.take(name, content)

        outcome: int | None = self.site.calls.call("pacs.c_store", given, odd)
        return outcome
