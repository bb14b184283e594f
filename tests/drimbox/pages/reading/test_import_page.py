"""The page of an import: the comparison, the states, and the buttons that apply."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from functions.drimbox.importing.decision import Judged
from functions.drimbox.importing.local_patient import LocalPatient
from functions.drimbox.importing.obstacle import Obstacle
from functions.drimbox.importing.progress import AGENT_AWAY, Progress, Stage
from functions.drimbox.importing.received import Received
from functions.drimbox.oid import Uid
from functions.drimbox.pages.kit.layout import Layout, Visitor
from functions.drimbox.pages.reading.area import READING
from functions.drimbox.pages.reading.import_page import ImportExam, Place, import_page
from functions.drimbox.wording.imports import OBSTACLES
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.readers import CALL

PAGE = "p" * 43
AT = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)
PLACE = Place(PAGE, "e" * 11, "Clinique", ZoneInfo("Europe/Paris"), date(2026, 11, 29))
FACTS = {"date": "20250304", "act": "Scanner thoracique", "site": "CHU de Poitiers"}
CAME = Received("PAT-TROIS", "DOMINIQUE", "19790327", "F", frozenset(), "IPP-7", "CHU")
LOCAL = LocalPatient("IPP101", "CLINIQUE", "1.2.3")
READY = Judged(None, (), CAME, LOCAL, waiting=False, total=240, here=240, size=48_000_000)
ONE, TWO, THREE = Uid("1.2.1"), Uid("1.2.2"), Uid("1.2.3")


def exam(**changes: Any) -> ImportExam:
    return replace(ImportExam(3, FACTS, "1860000011", READY), **changes)


def progress(stage: Stage, **changes: Any) -> Progress:
    return replace(
        Progress(1, stage, AT, 3, 0, {ONE: 0xB007}, {TWO: 0xA700, THREE: 0xA701}), **changes
    )


def shown(*exams: ImportExam, language: Language = "fr", context: Any = CALL) -> Any:
    layout = Layout(READING, "site", "Site", language, Visitor("Camille", "canary"), f"/{PAGE}")
    return html.fromstring(import_page(layout, context, exams or (exam(),), PLACE).decode())


def words(page: Any) -> str:
    return " ".join(page.find(".//main").text_content().split())


def buttons(page: Any) -> list[tuple[str, str]]:
    """The label and the verb of each button of the page's content."""
    return [
        (form.find(".//button").text_content(), form.xpath("input[@name='verb']/@value")[0])
        for form in page.xpath("//main//form")
    ]


def test_a_preview_compares_and_offers_the_import() -> None:
    page = shown()
    rows = {
        row.find("th").text_content(): [cell.text_content().strip() for cell in row.findall("td")]
        for row in page.xpath("//tbody/tr")
    }
    assert rows["Nom de naissance, premier prénom"] == [
        "PAT-TROIS, DOMINIQUE",
        "PAT-TROIS, DOMINIQUE identique",
    ]
    assert rows["Identifiant du patient (IPP)"] == ["IPP-7 · CHU", "IPP101 · CLINIQUE remplacé"]
    assert rows["Matricule INS"][0] == "donné par le manifeste"
    assert "240 images, 48\xa0Mo" in page.text_content()
    assert buttons(page) == [("Importer", "start")]
    (form,) = page.xpath("//main//form")
    assert form.get("action").endswith(f"/{PAGE}/import")
    assert form.xpath("input[@name='exams']/@value") == ["3"]
    assert page.xpath("//li[@aria-current]")[0].text_content() == "Identité vérifiée"


def test_while_the_images_come() -> None:
    first = shown(exam(judged=Judged(None, patient=LOCAL)))
    assert "dès la réception de la première" in words(first)
    assert page_step(first) == "Examen choisi"
    page = shown(exam(judged=replace(READY, waiting=True, here=64)), language="en")
    assert "Images coming: 64 of 240" in words(page)
    assert buttons(page) == [("Import", "start"), ("Refresh", "")]


def page_step(page: Any) -> str:
    return str(page.xpath("//li[@aria-current]")[0].text_content())


@pytest.mark.parametrize("obstacle", [Obstacle.MANIFEST, Obstacle.IMAGES])
def test_a_trait_that_differs_is_red_and_has_no_button(obstacle: Obstacle) -> None:
    judged = replace(READY, obstacle=obstacle, differing=("sex",))
    page = shown(exam(), exam(judged=judged))
    assert page.xpath("//p[@role='alert']")[0].get("class") == "notice bad"
    assert [one.text_content() for one in page.xpath("//td/span[@class='state bad']")] == [
        "différent"
    ]
    assert not page.xpath("//td/span[@class='state good']")
    assert buttons(page) == [("Importer", "start")], "the other exam's alone"


def test_a_person_of_whom_little_is_known() -> None:
    found = replace(CAME, sex="?", ins=frozenset({(CALL.ins.value, "1")}), issuer="")
    judged = replace(READY, received=found, patient=LocalPatient("IPP101", "", "1.2.3"))
    page = shown(exam(judged=judged, facts={**FACTS, "act": ""}))
    text = words(page)
    assert "IPP101 · 1.2.3" in text
    assert "2 79 03 51 215 189 89" in text
    assert "Examen sans titre" in text
    assert "Identité reçue" not in words(shown(exam(judged=replace(READY, patient=None))))


@pytest.mark.parametrize("obstacle", [one for one in Obstacle if one is not Obstacle.NOT_WHOLE])
def test_each_obstacle_has_its_words_and_no_button(obstacle: Obstacle) -> None:
    page = shown(exam(judged=Judged(obstacle)))
    assert OBSTACLES[obstacle].fr in words(page)
    assert OBSTACLES[obstacle].todo.fr in words(page)
    assert buttons(page) == []


def test_images_may_be_asked_for_again() -> None:
    judged = replace(READY, obstacle=Obstacle.NOT_WHOLE)
    assert buttons(shown(exam(judged=judged))) == [("Redemander les images", "fetch")]
    failed = exam(judged=Judged(None), failure="document_unreadable")
    assert buttons(shown(failed)) == [("Redemander les images", "fetch")]
    assert "document_unreadable" in words(shown(failed))
    assert "dmp_unavailable" in words(shown(replace(failed, failure="dmp_unavailable")))


def test_an_import_on_its_way() -> None:
    page = shown(exam(progress=progress(Stage.WAITING)))
    assert "Import demandé" in words(page)
    assert buttons(page) == [("Actualiser", "")]
    page = shown(exam(progress=progress(Stage.SENDING, failed={})))
    assert "Envoi : 1 images sur 3" in words(page)
    assert page.xpath("//progress/@value") == ["1"]
    assert page_step(page) == "Envoi"


@pytest.mark.parametrize("stage", [Stage.WAITING, Stage.SENDING])
def test_the_silence_of_the_site_s_agent_is_said(stage: Stage) -> None:
    away = exam(progress=progress(stage, failed={}, code=AGENT_AWAY))
    page = shown(away)
    assert "ne répond pas, ou ne joint pas le PACS" in words(page)
    assert buttons(page) == [("Actualiser", "")]
    assert "The agent at your establishment does not answer" in words(shown(away, language="en"))
    assert "agent" not in words(shown(exam(progress=progress(stage, failed={}))))
    interrupted = exam(progress=progress(stage, code=AGENT_AWAY), interrupted=True)
    assert "ne répond pas" not in words(shown(interrupted))


def test_an_ended_import() -> None:
    done = progress(Stage.DONE, stored={ONE: 0, TWO: 0, THREE: 0}, failed={}, before=2)
    page = shown(exam(progress=done, known_at=AT))
    assert "Terminé : 3 images dans le PACS, dont 2 que le PACS contenait déjà" in words(page)
    assert "Déjà importé" not in words(page)
    assert buttons(page) == []
    assert page.xpath("//main//a[@target='_blank']") == []
    url = "https://pacs.example/open?studyUID=1.2.3"
    (link,) = shown(exam(progress=done, in_pacs=url)).xpath("//main//a[@target='_blank']")
    assert (link.get("href"), link.get("rel")) == (url, "noopener noreferrer")
    partial = shown(exam(progress=progress(Stage.PARTIAL), in_pacs=url))
    assert partial.xpath("//main//a[@target='_blank']") == []
    page = shown(exam(progress=progress(Stage.PARTIAL)))
    text = words(page)
    assert "Import incomplet : 1 images sur 3" in text
    assert "1 × place insuffisante, ou envoi trop volumineux (A700)" in text
    assert "1 × refus du PACS (A701)" in text
    assert "B007" in text
    assert buttons(page) == [("Reprendre", "start")]
    interrupted = exam(progress=progress(Stage.SENDING), interrupted=True)
    assert "Envoi interrompu : 1 images sur 3" in words(shown(interrupted))
    assert buttons(shown(interrupted)) == [("Reprendre", "start")]


def test_an_import_that_was_refused_may_be_tried_again() -> None:
    refused = progress(Stage.REFUSED, code=str(Obstacle.REFUSED))
    page = shown(exam(progress=refused, known_at=AT), language="en")
    assert "The PACS refuses to take the exam." in words(page)
    assert buttons(page) == [("Import", "start")]


def test_a_former_import_is_told() -> None:
    text = words(shown(exam(known_at=AT)))
    assert "Déjà importé le 29/11/2026 15:00" in text


@pytest.mark.parametrize(
    ("size", "told"), [(999, "999\xa0B"), (1_200, "1\xa0kB"), (3_100_000_000, "3\xa0GB")]
)
def test_sizes(size: int, told: str) -> None:
    page = shown(exam(judged=replace(READY, size=size)), language="en")
    assert told in page.text_content()
    assert "999\xa0o" in shown(exam(judged=replace(READY, size=999))).text_content()
