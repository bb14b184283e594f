"""A patient's page: every state of the list, its size, and addresses that tell nothing."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.exam_images import ExamSource, Images
from functions.drimbox.consultation.exam_list import ExamList, Listing
from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.consultation.services import Condition, Health, Service
from functions.drimbox.consultation.situations import Situation
from functions.drimbox.pages.reading.exams_page import Choice, Sites, state_page
from functions.drimbox.wording.text import LANGUAGES, Language
from tests.drimbox.consultation.histories import eleven, exam, report
from tests.drimbox.consultation.readers import CALL, HERE
from tests.drimbox.pages.reading.shown import ADDRESS, PAGE, SEEN, layout, page, read, words

AMONG = (Situation("0", HERE, "Ambroise"), Situation("1", HERE, "Ambroise"))


def state(listed: ExamList, language: Language = "fr", *, foreign: bool = False) -> Any:
    choice = Choice(AMONG, PAGE, foreign)
    return html.fromstring(state_page(layout(language), CALL, listed, choice, SEEN).decode())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("one", [one for one in Listing if one is not Listing.NO_ACCESS])
def test_every_state_has_the_identity_and_words(one: Listing, language: Language) -> None:
    code = "dmp_unavailable" if one is Listing.FAILED else ""
    listed = one is Listing.LISTED
    document = (
        read(eleven(), language=language) if listed else state(ExamList(one, code=code), language)
    )
    assert "PAT-TROIS" in document.xpath("//section[@class='patient']")[0].text_content()
    assert len(document.xpath("//h1")) == 1
    assert document.xpath("//main//p")
    # A name in a title would stay in the browser's history.
    assert "PAT-TROIS" not in document.xpath("//title")[0].text_content()
    places = document.xpath("//@href | //@action")
    assert not [one for one in places if "279035121518989" in one or "Lyon" in one]


def test_eleven_exams_with_the_sheet_are_less_than_ten_kilobytes() -> None:
    assert len(zlib.compress(page(eleven()), wbits=31)) < 10_000


def test_a_page_of_the_list_is_bounded() -> None:
    entries = [
        one
        for at in range(1000)
        for one in (exam(str(at), f"{2026 - at // 100}", "Scanner"), report([str(at)], "2026"))
    ]
    assert len(zlib.compress(page(entries), wbits=31)) < 20_000


def test_the_comparison_stands_on_the_first_page_and_leads_to_its_exams() -> None:
    document = read(eleven())
    [box] = document.xpath("//section[@class='suggest']")
    assert "Comparaison proposée" in words(box)
    assert box.xpath(".//a/@href") == ["#d1", "#d5"]
    for way in box.xpath(".//a/@href"):
        assert document.xpath(f"//*[@id='{way[1:]}']")


def test_the_keyboard_may_jump_to_the_exams_themselves() -> None:
    document = read(eleven())
    ways = document.xpath("//a[@class='skip']")
    assert [(one.get("href"), one.text) for one in ways] == [
        ("#content", "Aller au contenu"),
        ("#exams", "Aller aux examens"),
    ]
    [exams] = document.xpath("//section[@id='exams']")
    assert len(exams.xpath("article")) == len(document.xpath("//article"))


def test_a_further_page_of_the_list_says_its_number_above() -> None:
    many = [exam(str(one), f"{2026 - one // 12}{one % 12 + 1:02}") for one in range(150)]
    document = read(many, part=2)
    assert words(document.xpath("//h1")[0]) == "Examens d'imagerie · Page 2 sur 2"
    assert document.xpath("//title")[0].text.startswith("Examens d'imagerie · Page 2 sur 2 · ")
    assert words(read(many).xpath("//h1")[0]) == "Examens d'imagerie · Page 1 sur 2"
    assert words(read(eleven()).xpath("//h1")[0]) == "Examens d'imagerie"


def test_no_button_is_dead_and_no_script_is_needed() -> None:
    document = read(eleven())
    assert not document.xpath("//script | //img | //iframe | //*[@style] | //*[@disabled]")
    for button in document.xpath("//main//button"):
        owner = button.xpath("ancestor::form") or document.xpath(
            f"//form[@id='{button.get('form')}']"
        )
        assert len(owner) == 1
        assert owner[0].get("method") == "post"


def test_a_hostile_text_stays_a_text() -> None:
    evil = "<script>alert(1)</script>"
    raw = page(
        [exam("1", "2026", evil, site=(evil, "1"), region=("1", evil))], ListView(search=evil)
    )
    assert evil.encode() not in raw
    assert b"&lt;script&gt;" in raw


def test_a_failure_is_told_with_another_try() -> None:
    document = state(ExamList(Listing.FAILED, code="dmp_unavailable"))
    assert document.xpath("//p[@role='alert']")
    assert document.xpath("//main//a/@href") == [ADDRESS]
    assert "Ce qui marche encore" in document.text_content()


@pytest.mark.parametrize("foreign", [True, False])
def test_a_choice_comes_back_to_this_page(foreign: bool) -> None:
    document = state(ExamList(Listing.NO_SITUATION), foreign=foreign)
    form = document.xpath("//form[@class='choice']")[0]
    assert form.xpath(".//input[@name='page']/@value") == [PAGE]
    assert form.xpath(".//input[@type='radio']/@value") == ["0", "1"]
    assert len(document.xpath("//p[@role='status']")) == foreign


def test_a_list_without_exams_says_why() -> None:
    assert "ne connaît aucun examen" in words(read([]))
    assert "knows no imaging exam" in words(read([], language="en"))
    none = read([exam("1", "2026")], wanted=WantedExams(modality="NM"))
    assert "Aucun examen ne répond aux critères" in words(none)
    assert "Aucun examen ne répond aux filtres" in words(read(eleven(), ListView(search="zzz")))


def test_the_states_of_the_sites_stand_above_the_list_and_beside_each_exam() -> None:
    history = eleven()
    plain = read(history)
    since = SEEN.at
    # The places of the exams in the page's own list, as the server keeps them.
    sources = tuple(ExamSource(n, "CHU", Images.SILENT, since) for n in range(1, 40))
    services = (Health(Service.DMP, Condition.WORKS, since),)
    document = read(history, sites=Sites(sources, services))
    exams = document.xpath("//span[@data-images]")
    rows = plain.xpath("//article/div[@class='row']")
    assert len(exams) == len(rows) > 0
    assert {words(one) for one in exams} == {"Injoignable depuis 10:42"}
    [told] = document.xpath("//div[@id='source-notices']/p")
    assert words(told).startswith("CHU ne répond pas depuis 10:42.")
    [form] = document.xpath("//form[@action=$to]", to=f"{ADDRESS}/exams")
    assert form.xpath("input[@name='edition']/@value") == ["edition-abc"]
    assert len(document.xpath("//script[@src]")) == 1
    assert words(document.xpath("//ul[@id='services']")[0]).startswith("Le dossier médical")


def test_a_list_that_could_not_be_kept_says_so_and_leads_nowhere() -> None:
    whole, unkept = read(eleven()), read(eleven(), unkept=("no_filters", "no_reading"))
    assert whole.xpath("//form[contains(@action, '/report')]")
    assert not unkept.xpath("//form[contains(@action, '/report')]")
    assert len(unkept.xpath("//div[@class='cr']")) == len(whole.xpath("//div[@class='cr']"))
    text = words(unkept)
    assert "Vos filtres n'ont pas pu être relus" in text
    assert "les comptes rendus ne s'ouvrent pas" in text


def test_a_page_without_a_list_tells_the_states_of_the_services() -> None:
    listed, choice = (
        ExamList(Listing.FAILED, code="dmp_unavailable"),
        Choice((), PAGE, foreign=False),
    )
    seen = replace(SEEN, services=(Health(Service.DMP, Condition.UNKNOWN),))
    for one, expected in ((seen, 1), (SEEN, 0)):
        made: Any = html.fromstring(state_page(layout(), CALL, listed, choice, one).decode())
        assert len(made.xpath("//ul[@id='services']/li")) == expected
