"""The data of the pages under test: publications of a fictive patient, some of them hostile."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from simulators.pacs.load import load
from simulators.pacs.studies import Size, study_objects, write
from simulators.ris.cases import CASES, Case
from tests.flows.stack import LocalStack

SCRIPT = "<script>alert(1)</script>"
IMAGE = "<img src=x onerror=alert(2)>"


@dataclass(frozen=True, slots=True)
class Scene:
    """``published``: its images and its message carry markup; ``held``: its study is not there;
    ``mismatched``: the images are another patient's.
    """

    case: Case
    published: str
    held: tuple[str, ...]
    mismatched: str


def play(stack: LocalStack, held: int = 2) -> Scene:
    """Send the reports and wait until each has come to its end."""
    waiting = [_of_today() for _ in range(held)]
    sent = [stack.accepted(stack.report(case)) for case in waiting]
    case = _of_today()
    _store(stack, case)
    other = _of_today()
    _store(stack, other, patient_id="IPPDUNAUTRE0104")
    mismatched = stack.accepted(stack.report(other))
    raw = stack.report(case).replace(b"|IMAGERIE|", f"|{IMAGE}|".encode())
    assert IMAGE.encode() in raw
    published = stack.accepted(raw)
    ended = ((published, "published"), *((one, "held") for one in (*sent, mismatched)))
    for message_id, state in ended:
        stack.await_state(message_id, state)
    return Scene(case, published, tuple(sent), mismatched)


def _of_today() -> Case:
    """A fresh exam whose report was signed some minutes ago."""
    now = datetime.now(ZoneInfo("Europe/Paris"))
    started, ended = (
        (now - timedelta(minutes=minutes)).strftime("%Y%m%d%H%M%S%z") for minutes in (40, 6)
    )
    case = CASES["C"].fresh(uuid4().hex)
    # Too long to stand in the random text of an address by chance.
    return replace(case, ipp="IPPDUPATIENT0103", started=started, ended=ended)


def _store(stack: LocalStack, case: Case, patient_id: str = "") -> None:
    """The study of ``case`` in the PACS, under a hostile description; of another patient, where
    ``patient_id`` is given.
    """
    with tempfile.TemporaryDirectory() as folder:
        for study in case.archived_studies():
            objects = list(study_objects(study, Size()))
            for one in objects:
                one.StudyDescription = f"Scanner {SCRIPT}"
                one.PatientID = patient_id or one.PatientID
            write(iter(objects), Path(folder))
        paths = sorted(Path(folder).rglob("*.dcm"))
        assert load(paths, stack.endpoints["pacs"]) == len(paths) > 0
