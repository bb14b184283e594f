"""The steps of the check, one after the other."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

from agent.check.checking import check
from agent.check.finding import Finding
from tests.agent.pacs.scripted import Script
from tests.agent.site_scenes import site
from tests.drimbox.images.samples import instance


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def test_every_step_is_tried(tmp_path: Path) -> None:
    today = f"{datetime.now(UTC):%Y%m%d}"
    with site(tmp_path, Script([instance(1, StudyDate=today)])) as made:
        found = [one.code for one in check(made.config, Clock())]
    assert [one for one in found if one not in {"disk_small", "disk_has_room"}] == [
        "certificate_good",
        "host_reached",
        "agent_known",
        "clock_right",
        "host_reached",
        "host_reached",
        "listener_ready",
        "pacs_answers",
        "find_answers",
        "object_given",
    ]


def test_a_trouble_of_one_part_does_not_hide_the_others(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        (tmp_path / "agent.key").chmod(0o604)
        port = made.script.destination[1]
        with socket.create_server(("127.0.0.1", port)):
            found = {one.code: one.detail for one in check(made.config, Clock())}
    assert found["file_wrong"] == "agent.key may be read by everybody"
    assert "listener_port_taken" in found


def test_a_folder_that_cannot_be_used_ends_the_check(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        (tmp_path / "agent").touch()
        assert [one.code for one in check(made.config, Clock())] == ["folder_unusable"]


def test_each_sender_of_the_file_is_looked_for_at_the_gateway(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        made.file.write_text(
            made.file.read_text()
            + """
messages:
  time_zone: Europe/Paris
  listeners:
    - {name: RIS, address: 127.0.0.1, port: 1, addresses: [127.0.0.1], senders: ["RIS|CHU"]}
"""
        )
        found = list(check(made.config, Clock()))
    assert Finding("sender_undeclared", "RIS|CHU") in found


def test_files_for_the_archive_are_tried_too(tmp_path: Path) -> None:
    with site(tmp_path, Script([])) as made:
        text = made.file.read_text()
        text = text.replace(
            "    retrieve:", f"    tls: {{authorities: {tmp_path}/gone}}\n    retrieve:"
        )
        made.file.write_text(text)
        last = list(check(made.config, Clock()))[-1]
    assert (last.code, last.detail) == ("file_wrong", "gone cannot be read (FileNotFoundError)")
