"""The import of an opened exam: its preview, its start, its way into the PACS, its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from functions.aws import clients
from functions.aws.imported_studies import DynamoImportedStudies
from functions.drimbox.errors import PacsUnavailable, StorageUnavailable
from functions.drimbox.importing import progress
from functions.drimbox.importing.progress import Stage
from functions.drimbox.oid import Uid
from functions.drimbox.publication.imported import Imported
from functions.drimbox.reading.accept_headers import ACCEPTS, LOSSLESS
from functions.drimbox.reading.keys import exam_name
from functions.drimbox.tenants.model import ImageQuality
from functions.show_exams import showing
from tests.drimbox.images.samples import STUDY
from tests.drimbox.importing.exams import SAID
from tests.drimbox.importing.scenes import read
from tests.drimbox.reading.exam_scenes import MANIFEST, answering, exam_entry, images, manifest
from tests.handlers.conftest import Outside, audit_records, stores
from tests.handlers.import_scenes import ALL, Pacs, ask, desk, dmp, pacs, step
from tests.handlers.opened_scenes import IP, Desk, Dmp, allow, executions

__all__ = ["desk", "dmp", "pacs"]


def records(name: str) -> list[dict[str, str]]:
    return [one for one in audit_records() if one["event"] == name]


def test_an_exam_is_previewed_fetched_imported_and_remembered(desk: Desk, pacs: Pacs) -> None:
    status, page = ask(desk)
    assert (status, len(executions())) == (200, 1), "the images are asked for by the preview"
    assert "Réception des images : 0 sur 3" in page
    assert len(records("exam.opened")) == 1
    desk.run()
    _, page = ask(desk)
    assert "Les traits stricts concordent" in page
    assert "IPP-00471" in page
    assert "IPP101 · CLINIQUE" in page
    assert len(records("exam.opened")) == 1
    status, page = ask(desk, "start")
    assert status == 202
    assert "Import demandé" in page
    assert executions()[-1] == {"tenant": "demo", "page": desk.page, "exam": desk.exam}
    (begun,) = records("import.started")
    assert begun["result"] == "success"
    ask(desk, "start")
    assert len(records("import.started")) == 1, "an import that runs is not started again"
    assert step(desk) == "done"
    assert sorted(pacs.held) == ALL
    assert {read(one).PatientID for one in pacs.held.values()} == {"IPP101"}
    _, page = ask(desk)
    assert "Terminé : 3 images dans le PACS" in page
    assert "Déjà importé" not in page
    (told,) = records("exam.imported")
    assert (told["for_objects"], told["for_failed"], told["result"]) == ("3", "0", "success")
    known = stores().imported.get(Uid(STUDY))
    assert known is not None
    assert known.site == "1860000011"
    assert step(desk) == "done", "nothing is sent again"
    assert len(records("exam.imported")) == 1


def test_the_list_tells_a_former_import_where_the_site_imports(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader: Any = SimpleNamespace(stores=stores())
    exams = {4: exam_entry()}
    assert showing._imports(reader, exams) == {}
    at = stores().clock.now()
    stores().imported.add(Imported(Uid(STUDY), "1860000011", at))
    known = Imported(Uid(STUDY), "1860000011", at)
    assert showing._imports(reader, exams) == {4: known}
    assert showing._moments({4: known}) == {4: at}
    assert showing._moments(None) is None
    assert showing._imports(reader, {}) == {}

    def away(*_: Any) -> None:
        raise StorageUnavailable("the table is away")

    monkeypatch.setattr(DynamoImportedStudies, "several", away)
    assert showing._imports(reader, exams) is None
    allow(import_exams=False)
    other: Any = SimpleNamespace(stores=stores())
    assert showing._imports(other, exams) is None


def test_an_import_waits_for_its_images(desk: Desk, pacs: Pacs) -> None:
    ask(desk, "start")
    assert step(desk) == "wait"
    assert not pacs.held
    desk.run()
    assert step(desk) == "done"
    assert sorted(pacs.held) == ALL


def test_a_partial_import_tells_its_counts_and_is_resumed(desk: Desk, pacs: Pacs) -> None:
    ask(desk)
    desk.run()
    pacs.failing = {ALL[2]}
    ask(desk, "start")
    step(desk)
    _, page = ask(desk)
    assert "Import incomplet : 2 images sur 3" in page
    assert "place insuffisante" in page
    assert "Reprendre" in page
    pacs.failing, pacs.held = set(), {}
    ask(desk, "start")
    assert step(desk) == "done"
    assert sorted(pacs.held) == ALL[2:]


def test_a_trait_that_differs_has_no_button(desk: Desk, outside: Outside, dmp: Dmp) -> None:
    dmp.documents[MANIFEST] = manifest(**{**SAID, "birth_given": "DOMINIQUETTE"})
    ask(desk)
    desk.run()
    status, page = ask(desk, "start")
    assert status == 202
    assert "import_manifest_differs" in page
    assert ">Importer<" not in page
    assert not records("import.started")


def test_an_exam_that_the_dmp_does_not_hold_any_more(desk: Desk, dmp: Dmp) -> None:
    ask(desk)
    desk.run()
    dmp.in_force = []
    _, page = ask(desk, "start")
    assert "import_withdrawn" in page
    (begun,) = records("import.started")
    assert begun["for_obstacle"] == "import_withdrawn"
    assert step(desk) == "done"


def test_a_partly_given_exam_is_asked_for_again(desk: Desk, outside: Outside) -> None:
    whole: Callable[..., Any] = next(
        answer for host, answer in outside.hosts.items() if host[0].isdigit()
    )
    (place,) = [host for host in outside.hosts if host[0].isdigit()]
    outside.hosts[place] = lambda _: httpx.Response(403)
    ask(desk)
    desk.run()
    _, page = ask(desk)
    assert "import_not_whole" in page
    outside.hosts[place] = whole
    ask(desk, "fetch")
    desk.run()
    _, page = ask(desk)
    assert "Images reçues et vérifiées" in page


def test_a_site_without_imports_has_no_such_page(desk: Desk) -> None:
    allow(import_exams=False)
    assert ask(desk)[0] == 404


def test_an_exam_that_cannot_be_had(desk: Desk, dmp: Dmp) -> None:
    dmp.documents = {}
    status, page = ask(desk)
    assert (status, "<code>not_found</code>" in page or "<code>absent</code>" in page) == (
        200,
        True,
    )


def test_an_exam_of_a_file_is_refused_and_nothing_is_asked_for(desk: Desk, dmp: Dmp) -> None:
    given = replace(exam_entry(), given_at=stores().clock.now().isoformat())
    edition = stores().shown_documents.keep(desk.page, desk.cookie, (given,))
    outside = replace(desk, edition=edition, entries=(given,))
    for verb in ("", "start", "fetch"):
        _, page = ask(outside, verb)
        assert "import_from_file" in page
        assert "Cet examen vient d'un fichier" in unescape(page)
        assert f"/{desk.page}/import" not in page, "no button"
    assert dmp.asked == []
    assert executions() == []
    assert not records("exam.opened") + records("import.started")


def test_images_are_asked_for_without_loss_whatever_the_pages_show(
    desk: Desk, outside: Outside, pacs: Pacs
) -> None:
    allow(exam_quality="viewing")
    forms: list[str] = []
    held: Callable[[httpx.Request], httpx.Response] = answering(images(1, 2, 3))

    def site(request: httpx.Request) -> httpx.Response:
        forms.append(request.headers["accept"])
        return held(request)

    outside.hosts[IP] = site
    desk.document("open")
    viewed = exam_name(desk.page, MANIFEST, quality=ImageQuality.VIEWING)
    desk.run(viewed)
    ask(desk)
    desk.run()
    assert list(dict.fromkeys(forms)) == [ACCEPTS[ImageQuality.VIEWING], LOSSLESS]
    ask(desk, "start")
    assert {one["exam"] for one in executions()} == {viewed, desk.exam}
    assert step(desk) == "done"
    assert sorted(pacs.held) == ALL


def test_another_page_s_exam_is_absent(desk: Desk) -> None:
    assert ask(desk, exams="7")[0] == 404


def test_an_interrupted_import_is_told_and_resumed(desk: Desk, pacs: Pacs) -> None:
    ask(desk)
    desk.run()
    ask(desk, "start")
    shelf = stores().shelf
    (key,) = [
        one["Key"].removeprefix("demo/")
        for one in clients.s3().list_objects_v2(Bucket="readings")["Contents"]
        if one["Key"].endswith("import.json")
    ]
    now = progress.read(shelf.store, key)
    assert now is not None
    long_ago = now.at.replace(year=2025)
    progress.write(shelf.store, key, replace(now, stage=Stage.SENDING, at=long_ago, total=3))
    _, page = ask(desk)
    assert "Envoi interrompu : 0 images sur 3" in page
    assert "Reprendre" in page
    status, _ = ask(desk, "start")
    assert status == 202
    assert step(desk) == "done"
    assert sorted(pacs.held) == ALL


def test_a_pacs_that_is_away_is_waited_for_by_the_execution(desk: Desk, pacs: Pacs) -> None:
    ask(desk)
    desk.run()
    ask(desk, "start")
    pacs.status = 503
    with pytest.raises(PacsUnavailable):
        step(desk)
    assert any(one["result"] != "success" for one in records("exam.imported"))


def test_after_the_session_nothing_is_sent(desk: Desk, pacs: Pacs) -> None:
    ask(desk)
    desk.run()
    ask(desk, "start")
    stores().reader_sessions.close(desk.cookie)
    assert step(desk) == "done"
    assert not pacs.held


def test_an_exam_in_the_pacs_opens_in_the_site_s_own_viewer(desk: Desk) -> None:
    """An own one at once, a foreign one once its import has ended whole."""
    url = "https://viewer.site.example/?studyUID={study_instance_uid}"
    opened = url.replace("{study_instance_uid}", STUDY)
    institution = "Ambroise^^^^^&1.2.250.1.71.4.2.2&ISO^^^^1750803447"
    own_entry = replace(exam_entry(), author_institutions=(institution,))
    exams = {4: exam_entry(), 5: own_entry, 6: replace(own_entry, reference_ids=())}

    def links() -> Any:
        reader: Any = SimpleNamespace(stores=stores())
        return showing._in_pacs(reader, exams, showing._imports(reader, {4: exams[4]}) or {})

    assert links() == {}, "the site's file names no viewer"
    allow(viewer_url=url)
    assert links() == {5: opened}
    ask(desk)
    desk.run()
    ask(desk, "start")
    stores().imported.add(Imported(Uid(STUDY), "1860000011", stores().clock.now()))
    assert links() == {5: opened}, "an import that has not ended"
    assert "Ouvrir dans le PACS" not in ask(desk)[1]
    assert step(desk) == "done"
    assert links() == {4: opened, 5: opened}
    assert f'href="{opened}"' in unescape(ask(desk)[1])
    allow(viewer_url=url, import_exams=False)
    assert links() == {5: opened}
