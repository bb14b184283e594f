"""A publication from its report to the DMP, and the step that sends."""

from __future__ import annotations

import json

import httpx
import pytest

from functions.aws import clients
from functions.build_manifest.handler import handler as build_manifest
from functions.drimbox.errors import (
    DmpUnavailable,
    Held,
    PacsUnavailable,
)
from functions.index_study.handler import handler as index_study
from functions.publish_manifest.handler import handler as publish_manifest
from functions.read_report.handler import handler as read_report
from tests.handlers.conftest import audited
from tests.handlers.journey import CASE, STEPS, Journey, deliver_fills, executions, waiting_fills
from tests.handlers.workflow_scenes import _forget, record, state_of


def identifiers() -> set[str]:
    """The values that no key, execution or log may hold."""
    accession = CASE.orders[0].accession
    return {CASE.ins, CASE.ipp, accession, CASE.traits.family, CASE.traits.given}


def test_a_report_is_published_and_its_images_are_cached(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    journey.archive_study()
    journey.publish()
    assert waiting_fills() == (1, 0)
    (document,) = journey.manifests()
    current = record().current
    assert current is not None
    assert (current.manifest_uid, current.entry_uuid) == (
        document["unique_id"],
        document["entry_uuid"],
    )
    assert state_of(journey) == "published"
    deliver_fills()
    assert sorted(audited()) == [
        ("manifest.published", "success"),
        ("message.received", "accepted"),
        ("series.cached", "success"),
    ]
    assert '"PublishedManifests": 1' in capsys.readouterr().out
    # Every step again, as a workflow may: nothing is sent twice.
    for function in STEPS:
        journey.step(function)
    assert len(journey.manifests()) == 1
    assert waiting_fills() == (0, 0), "nor asked for twice"


def test_keys_executions_states_and_logs_hold_no_identifier(journey: Journey) -> None:
    journey.archive_study()
    state = journey.publish()
    journey.fill()
    said = json.dumps([state, *executions()]) + journey.log.getvalue()
    assert "step done" in said
    for bucket in ("inbox", "archive", "cache", "audit"):
        listed = clients.s3().list_objects_v2(Bucket=bucket)["Contents"]
        assert all(one["Key"].startswith("demo/") for one in listed)
        said += "".join(one["Key"] for one in listed)
    for identifier in identifiers():
        assert identifier not in said


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def test_a_pacs_or_dmp_that_is_down_is_asked_again(journey: Journey) -> None:
    journey.archive_study()
    journey.start()
    journey.step(read_report)
    journey.outside.hosts["pacs.example"] = refuse
    with pytest.raises(PacsUnavailable):
        journey.step(index_study)
    journey.outside.hosts["pacs.example"] = journey.pacs
    journey.step(index_study)
    journey.step(build_manifest)

    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    journey.outside.hosts["dmp.example"] = unreachable
    with pytest.raises(DmpUnavailable):
        journey.step(publish_manifest)
    journey.outside.hosts["dmp.example"] = journey.dmp
    journey.step(publish_manifest)
    assert len(journey.manifests()) == 1


@pytest.mark.parametrize("use", ["auth", "sign"])
def test_a_certificate_that_went_away_is_held_before_anything_is_sent(
    journey: Journey, use: str
) -> None:
    journey.archive_study()
    journey.start()
    for function in (read_report, index_study, build_manifest):
        journey.step(function)
    _forget(use)
    with pytest.raises(Held, match=r"^no_certificate_for_structure$"):
        journey.step(publish_manifest)
    assert journey.registry.state() == []
