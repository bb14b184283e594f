"""The head of the list: counts, order, and all that is left out."""

from __future__ import annotations

from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.list_view import ListView
from tests.drimbox.consultation.histories import eleven, exam, report
from tests.drimbox.pages.reading.shown import ADDRESS, read, words

MRI = WantedExams(modality="MR")


def test_the_counts_and_the_time_of_the_question() -> None:
    document = read(eleven())
    head = words(document.xpath("//div[@class='head']")[0])
    assert "11 examens, 10 comptes rendus, de 6 établissements · DMP lu à 10:42" in head
    assert document.xpath("//div[@class='head']//a/@href") == [ADDRESS]
    english = words(read([exam("1", "2026")], language="en").xpath("//div[@class='head']")[0])
    assert "1 exam, 0 reports, from 1 establishment · DMP read at 10:42" in english
    alone = words(read([report(["1"], "2026", author_institutions=())]).xpath("//h1/..")[0])
    assert "0 examen, 1 compte rendu · DMP lu" in alone


def test_the_order_can_be_turned() -> None:
    for view, value in ((ListView(), "oldest"), (ListView(oldest_first=True), "newest")):
        [button] = read(eleven(), view).xpath("//button[@name='order']")
        assert (button.get("value"), button.get("form")) == (value, "filters")


def test_what_the_states_hide_is_told_and_one_act_away() -> None:
    document = read(eleven())
    [told] = document.xpath("//p[@role='status']")
    assert "anciennes versions, retirés (1)" in words(told)
    assert told.xpath(".//button/@name") == ["reveal"]
    assert not read(eleven(), ListView(states=frozenset())).xpath("//p[@role='status']")


def test_a_narrowed_list_says_so_and_leads_to_all_and_back() -> None:
    narrowed = read(eleven(), wanted=MRI)
    assert "Votre logiciel a restreint cette liste" in words(narrowed)
    assert "Non montrés ici : 9 examens, 7 comptes rendus." in words(narrowed)
    assert narrowed.xpath("//button[@name='everything']")
    whole = read(eleven(), ListView(everything=True), MRI)
    assert "restreint" not in words(whole)
    assert "11 examens" in words(whole)
    assert whole.xpath("//button[@name='wanted']")
    assert "Non montrés" not in words(read([], wanted=MRI))


def test_filters_say_how_much_they_show() -> None:
    shown = read(eleven(), ListView(modalities=frozenset({"CT"})))
    assert "Affichés : 7 examens, 7 comptes rendus." in words(shown)
    assert "Affichés" not in words(read(eleven()))


def test_a_list_that_is_empty_by_its_filters_says_so() -> None:
    hidden = [exam("1", "2026", hidden=("MASQUE_PS",))]
    text = words(read(hidden).xpath("//main")[0])
    assert "masqués aux professionnels (1)" in text
    assert "Aucun examen ne répond aux filtres" in text
    assert "ne connaît aucun examen" not in text


def test_documents_that_could_not_be_read_are_told() -> None:
    document = read(eleven(), unreadable=3)
    [alert] = document.xpath("//p[@role='alert']")
    assert "ne peut pas lire en entier : 3" in words(alert)


def test_a_list_of_which_nothing_could_be_read_never_says_that_there_is_nothing() -> None:
    for entries, view, wanted, told in (
        ([], ListView(), None, "Aucun des documents que le DMP annonce"),
        (
            [],
            ListView(),
            MRI,
            "Parmi les examens qui peuvent être montrés, aucun ne répond aux critères",
        ),
        (
            eleven(),
            ListView(search="zzz"),
            None,
            "Parmi les examens qui peuvent être montrés, aucun ne répond aux filtres",
        ),
    ):
        text = words(read(entries, view, wanted, unreadable=2).xpath("//main")[0])
        assert told in text
        assert "ne connaît aucun" not in text
        assert told not in words(read(entries, view, wanted).xpath("//main")[0])


def test_a_list_of_which_everything_is_of_another_identity_says_why_it_is_empty() -> None:
    for left_out, told in (
        ({"contradicting": 2}, "l'identité de chacun contredit celle de votre patient"),
        ({"contradicting": 2, "unreadable": 1}, "les autres n'ont pas pu être lus"),
    ):
        text = words(read([], **left_out).xpath("//main")[0])
        assert told in text
        assert "documents d'une autre identité (2)" in text
        assert "ne connaît aucun" not in text
    found = read(eleven(), ListView(search="zzz"), contradicting=1)
    assert "Parmi les examens qui peuvent être montrés" in words(found)
