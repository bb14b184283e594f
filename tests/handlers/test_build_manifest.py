"""The third step of a publication."""

from __future__ import annotations

import re

import httpx
import pytest

from functions.aws.settings import Environment
from functions.build_manifest.handler import handler as build_manifest
from functions.drimbox.errors import (
    Held,
)
from functions.drimbox.oid import derive_uid
from functions.index_study.handler import handler as index_study
from functions.read_report.handler import handler as read_report
from tests.handlers.journey import STEPS, STUDY, Journey
from tests.handlers.workflow_scenes import _forget, record


@pytest.mark.parametrize("algorithms", ["sha1", "sha256"])
def test_the_deployment_says_what_is_signed_with(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, algorithms: str
) -> None:
    monkeypatch.setenv("DMP_ALGORITHMS", algorithms)
    Environment.current.cache_clear()  # a process reads them once
    asked: list[bytes] = []

    def dmp(request: httpx.Request) -> httpx.Response:
        asked.append(request.read())
        return journey.dmp(request)

    journey.outside.hosts["dmp.example"] = dmp
    journey.archive_study()
    journey.start()
    for function in STEPS:
        journey.step(function)
    assert len(journey.manifests()) == 1, "the DMP has verified both signatures"
    (submission,) = [body for body in asked if b"ProvideAndRegister" in body]
    wanted = re.findall(rb'SignatureMethod Algorithm="[^"]+(rsa-sha[0-9]+)"', submission)
    assert wanted == [f"rsa-{algorithms}".encode()] * 2, "the assertion and the document"


def test_nobody_computes_the_manifest_s_uid_from_the_message(journey: Journey) -> None:
    journey.archive_study()
    journey.start()
    for function in STEPS:
        journey.step(function)
    (manifest,) = journey.manifests()
    known = ("demo", STUDY, str(journey.change["message_id"]), "1")
    for name in ("manifest", "series", "signature", "submission-set"):
        assert manifest["unique_id"] != derive_uid(*known, name)


def test_a_structure_without_certificates_is_held_before_anything_is_built(
    journey: Journey,
) -> None:
    journey.archive_study()
    journey.start()
    journey.step(read_report)
    journey.step(index_study)
    _forget("sign")
    with pytest.raises(Held, match=r"^no_certificate_for_structure$"):
        journey.step(build_manifest)
    assert record().pending is not None
