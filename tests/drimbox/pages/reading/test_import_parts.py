"""The way from an exam of the list to its import."""

from __future__ import annotations

from tests.drimbox.consultation.histories import eleven
from tests.drimbox.pages.reading.shown import ADDRESS, SEEN, read, words


def test_each_exam_made_elsewhere_leads_to_its_import() -> None:
    document = read(eleven(), imports={})
    forms = document.xpath("//div[@class='import-way']/form")
    assert forms
    assert {one.get("action") for one in forms} == {f"{ADDRESS}/import"}
    assert {one.xpath("input[@name='edition']/@value")[0] for one in forms} == {"edition-abc"}
    own = document.xpath("//div[contains(@class,'row')][.//span[@class='tag own']]")
    assert own
    assert not [one for row in own for one in row.xpath(".//div[@class='import-way']")]
    assert "Importé" not in words(document)
    assert all(one.xpath("button/@aria-label")[0].startswith("Importer : ") for one in forms)


def test_a_former_import_is_told_beside_its_exam() -> None:
    plain = read(eleven(), imports={})
    number = int(plain.xpath("//div[@class='import-way']//input[@name='exams']/@value")[0])
    document = read(eleven(), imports={number: SEEN.at})
    told = document.xpath("//div[@class='import-way'][small]")
    assert len(told) == 1
    assert "Déjà importé le 26/11/2026 10:42" in words(told[0])


def test_a_site_that_does_not_import_and_a_list_without_numbers_have_no_way() -> None:
    assert not read(eleven()).xpath("//div[@class='import-way']")
    kept = read(eleven(), imports={}, unkept=("no_reading",))
    assert not kept.xpath("//div[@class='import-way']")


def test_an_exam_in_the_pacs_leads_to_the_site_s_own_viewer() -> None:
    every = {n: f"https://viewer.example/?s=1.2.{n}" for n in range(1, 12)}
    links = read(eleven(), in_pacs=every).xpath("//div[@class='import-way']/a")
    assert links
    for one in links:
        assert one.text == "Ouvrir dans le PACS"
        assert one.get("href") in every.values()
        assert (one.get("rel"), one.get("target")) == ("noopener noreferrer", "_blank")
        assert one.get("aria-label").startswith("Ouvrir dans le PACS : ")
    english = read(eleven(), in_pacs=every, language="en")
    assert "Open in the PACS" in words(english)
    (chosen,) = read(eleven(), in_pacs={1: every[1]}).xpath("//div[@class='import-way']/a/@href")
    assert chosen == every[1]
    assert not read(eleven()).xpath("//div[@class='import-way']/a")
    kept = read(eleven(), in_pacs=every, unkept=("no_reading",))
    assert not kept.xpath("//div[@class='import-way']/a")
