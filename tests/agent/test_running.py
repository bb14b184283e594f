"""The agent, whole: jobs of a cloud on this machine, done with an archive over DIMSE."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any

import pytest
from pydicom.uid import UID
from pynetdicom import AE
from pynetdicom.presentation import build_context

from agent.running import run
from agent.status.journal import Journal
from functions.drimbox.images.multipart import Item, boundary_for, lay_out
from functions.drimbox.study.codec import decode
from tests.agent.pacs.scripted import KO, NOTES, THEIRS, Script, data_set
from tests.agent.site_scenes import Site, site
from tests.drimbox.images.samples import CT, EXPLICIT, SERIES, STUDY, instance, selection


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Running:
    site: Site
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def await_(self, so: Callable[[], Any], seconds: float = 20) -> None:
        end = monotonic() + seconds
        while not so():
            assert monotonic() < end, self.said[-20:]
            sleep(0.05)

    def outcome(self, name: str) -> dict[str, Any]:
        """The posted outcome of a job, once its message is gone."""
        self.await_(lambda: name in self.site.cloud.posted and not self.site.cloud.waiting())
        return self.site.cloud.posted[name]


@contextmanager
def running(folder: Path, script: Script) -> Iterator[Running]:
    with site(folder, script) as made:
        agent, stopping, failed = Running(made), Event(), []

        class Kept(Journal):
            def event(self, name: str, **fields: Any) -> None:
                super().event(name, **fields)
                agent.said.append((name, fields))

        def work() -> None:
            try:
                run(made.config, Clock(), stopping, Kept(StringIO(), Clock()))
            except BaseException as error:
                failed.append(error)
                raise

        thread = Thread(target=work)
        thread.start()
        try:
            agent.await_(lambda: made.cloud.beats or failed)
            yield agent
        finally:
            stopping.set()
            thread.join(60)
        assert not failed
        assert not thread.is_alive()


def objects() -> list[bytes]:
    return [
        *(instance(number) for number in (2, 1, 3)),
        selection("113000", "1.2.99.1", f"{SERIES}.2"),
    ]


FILL = {
    "study_instance_uid": STUDY,
    "series_instance_uid": SERIES,
    "manifest_uid": "2.25.500",
    "notes": 0,
    "instances": {CT: [f"{SERIES}.1", f"{SERIES}.2"]},
}


def test_jobs_are_done_from_the_ring_to_the_post(tmp_path: Path) -> None:
    with running(tmp_path, Script(objects())) as agent:
        cloud = agent.site.cloud
        index = cloud.ask("index", {"study_instance_uid": STUDY})
        absent = cloud.ask("index", {"study_instance_uid": "1.2.404"})
        survey = cloud.ask("survey", {"depth": "presence", "studies": [STUDY, "1.2.404"]})
        fill = cloud.ask("fill", FILL)
        later = cloud.ask("later", {})
        posted = agent.outcome(index)
        assert posted["outcome"] == "answered"
        found = decode(json.dumps(posted["answer"]["index"]).encode())
        assert found.patient_id == "IPP-00471"
        assert len(found.key_images) == 1
        assert agent.outcome(absent)["answer"] == {"found": False}
        assert [one["found"] for one in agent.outcome(survey)["answer"]["studies"]] == [True, False]
        assert agent.outcome(later)["reason"] == "unsupported"
        put = agent.outcome(fill)["incoming"]
        body = cloud.object_of(fill)
        assert len(body) == put["size"]
        parts = body.split(b"\r\n\r\n", 1)[0]
        assert EXPLICIT.encode() in parts
        key = f"studies/{STUDY}/2.25.500/{SERIES}/series.multipart"
        assert boundary_for(key).encode() in body[:80]
        assert lay_out(boundary_for(key), [Item(1, EXPLICIT)]).tail in body
    names = {"agent.pem", "agent.key", "authorities.pem"}
    assert names <= {one.name for one in tmp_path.iterdir()}
    left = [one for one in (tmp_path / "agent").rglob("*") if one.is_file()]
    assert left == []
    assert all(
        one.stat().st_mode & 0o77 == 0 for one in (tmp_path / "agent").iterdir() if one.is_dir()
    )


def test_the_cloud_may_answer_badly_at_any_call(tmp_path: Path) -> None:
    with running(tmp_path, Script(objects())) as agent:
        cloud = agent.site.cloud
        cloud.refusals = {"GET": [503, 500], "loan": [503]}
        index = cloud.ask("index", {"study_instance_uid": STUDY})
        assert agent.outcome(index)["answer"]["found"] is True
    assert ("cloud away", {"code": "cloud_away", "detail": "status 503"}) in agent.said


def test_a_note_of_the_archive_is_handed_over_or_refused(tmp_path: Path) -> None:
    with running(tmp_path, Script(objects())) as agent:
        port = agent.site.script.destination[1]
        note = data_set(selection("113001", "1.2.99.2", f"{SERIES}.1"))
        association = AE(THEIRS).associate(
            "127.0.0.1", port, [build_context(KO, [UID(EXPLICIT)])], NOTES
        )
        # This cloud's STOW-RS is none: nothing is durable.
        assert association.send_c_store(note).Status == 0xA700
        association.release()
    assert ("note received", {"status": "A700"}) in agent.said


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        port = made.script.destination[1]
        with socket.create_server(("127.0.0.1", port)), pytest.raises(OSError, match="in use"):
            run(made.config, Clock(), Event(), Journal(StringIO(), Clock()))
