"""The questions of the check over DICOMweb."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.pacs.dicomweb import DicomwebSite
from agent.pacs.port import Place, SitePacs, ToStore
from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable
from functions.drimbox.images.part10 import read_facts
from functions.drimbox.importing.outgoing import Stored
from functions.drimbox.oid import Uid
from functions.drimbox.transport import open_client
from tests.drimbox.images.pacs_scenes import BASE, Archive, archive, image, objects, study
from tests.drimbox.images.samples import SERIES, STUDY, instance

HERE = Place(STUDY, SERIES, Uid(f"{SERIES}.1"))


def site(pacs: Archive, spool: Path) -> DicomwebSite:
    return DicomwebSite(open_client(transport=httpx.MockTransport(pacs)), BASE, spool=spool)


def test_a_sign_of_life_is_a_search_that_finds_nothing(tmp_path: Path) -> None:
    site(Archive({"/studies": []}), tmp_path).echo()
    with pytest.raises(PacsUnavailable):
        site(Archive({"/studies": httpx.Response(500)}), tmp_path).echo()


def test_a_recent_object_is_the_first_of_a_study_of_these_days(tmp_path: Path) -> None:
    pacs = archive(image(1), image(2))
    assert site(pacs, tmp_path).recent("20260101", "20260110") == HERE
    assert pacs.asked[0].url.params["00080020"] == "20260101-20260110"
    assert {one.url.params["limit"] for one in pacs.asked} == {"1"}


@pytest.mark.parametrize("empty", ["/studies", f"/studies/{STUDY}/series", "instances"])
def test_where_there_is_nothing_none_is_given(empty: str, tmp_path: Path) -> None:
    pacs = archive(image(1))
    path = f"/studies/{STUDY}/series/{SERIES}/instances" if empty == "instances" else empty
    pacs.answers[path] = httpx.Response(204)
    assert site(pacs, tmp_path).recent("20260101", "20260110") is None


@pytest.mark.parametrize(
    ("answer", "given"), [(objects(instance(1)), True), (httpx.Response(404), False)]
)
def test_an_object_is_given_or_not(answer: Any, given: bool, tmp_path: Path) -> None:
    pacs = archive(image(1))
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.1"] = answer
    assert site(pacs, tmp_path).give(HERE, tmp_path) is given


def test_a_failure_for_one_object_is_no_outage(tmp_path: Path) -> None:
    pacs = Archive({"/studies": [study()]})
    pacs.answers[f"/studies/{STUDY}/series/{SERIES}/instances/{SERIES}.1"] = httpx.Response(500)
    with pytest.raises(PacsAnswerUnusable):
        site(pacs, tmp_path).give(HERE, tmp_path)


def to_store(folder: Path) -> ToStore:
    path = folder / "one.dcm"
    path.write_bytes(instance(1))
    facts = read_facts(path)
    return ToStore(path, facts.sop_class_uid, facts.sop_instance_uid, facts.transfer_syntax)


@pytest.mark.parametrize(("store_url", "asked"), [("", BASE), (f"{BASE}/in", f"{BASE}/in")])
def test_an_object_is_stored_where_the_archive_takes_it(
    store_url: str, asked: str, tmp_path: Path
) -> None:
    urls = []

    def pacs(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url))
        assert instance(1) in request.read()
        named = {"00081155": {"vr": "UI", "Value": [f"{SERIES}.1"]}}
        return httpx.Response(200, json={"00081199": {"vr": "SQ", "Value": [named]}})

    client = open_client(transport=httpx.MockTransport(pacs))
    web = DicomwebSite(client, BASE, spool=tmp_path, store_url=store_url)
    assert list(web.store(STUDY, [to_store(tmp_path)])) == [(f"{SERIES}.1", Stored())]
    assert urls == [f"{asked}/studies/{STUDY}"]
    pacs_of_a_site: SitePacs = web
    assert pacs_of_a_site.takes_objects() is None, "nothing is told before an object is sent"


@pytest.mark.parametrize(
    ("searched", "stored", "error"),
    [
        ([], 503, PacsAnswerUnusable),
        (httpx.Response(500), 503, PacsUnavailable),
        ([], 418, PacsAnswerUnusable),
        ([], 403, Held),
    ],
)
def test_an_archive_that_stores_nothing_and_answers_is_not_away(
    searched: Any, stored: int, error: type[Exception], tmp_path: Path
) -> None:
    pacs = Archive({"/studies": searched, f"/studies/{STUDY}": httpx.Response(stored)})
    with pytest.raises(error) as told:
        list(site(pacs, tmp_path).store(STUDY, [to_store(tmp_path)]))
    assert type(told.value) is error
