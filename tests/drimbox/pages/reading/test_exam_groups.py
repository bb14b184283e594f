"""The groups of exams and reports, by year."""

from __future__ import annotations

from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.dmp import xds
from functions.drimbox.identity.parties import Code
from tests.drimbox.consultation.histories import LYON, eleven, exam, report
from tests.drimbox.pages.reading.shown import ADDRESS, read, words

ALL = ListView(states=frozenset())


def test_exams_stand_by_year_with_their_reports() -> None:
    document = read(eleven())
    years = [words(one) for one in document.xpath("//h2[@class='year']")]
    assert years == ["2026", "2025", "2024", "2023", "2022", "2019", "2018"]
    groups = [words(one) for one in document.xpath("//article")]
    assert len(groups) == 11
    first = groups[0]
    for word in ("12/11/2026", "10:15", "CT", "Scanner thoracique avec injection", "Thorax"):
        assert word in first
    for word in ("Clinique Ambroise ici", "Images dans votre PACS", "signé par Camille ESSAI"):
        assert word in first
    assert "« Augmentation de taille" in first
    assert "dans votre PACS" not in groups[1]
    assert "Un compte rendu pour 2 examens du 05/03/2025" in groups[2]
    assert "non visible du patient" in groups[4]


def test_the_reports_of_each_page_have_a_tab_of_their_own() -> None:
    def tabs(page: str) -> set[str]:
        return set(read(eleven(), at=page).xpath("//article//form/@target"))

    one, other = tabs("p" * 43), tabs("q" * 43)
    assert len(one) == len(other) == 1
    assert one != other
    assert tabs("p" * 43) == one
    assert all("p" * 12 not in name for name in one)


def test_what_has_no_counterpart_says_so() -> None:
    groups = [words(one) for one in read(eleven()).xpath("//article")]
    assert "Aucun compte rendu relié à cet examen" in groups[9]
    assert "Compte rendu sans examen relié dans le DMP du 01/06/2018" in groups[10]
    assert "CHU de Poitiers" in groups[10]
    two = read([exam("1", "2026"), exam("1", "2026")]).xpath("//article")
    assert "relié à ces examens" in words(two[0])


def test_a_report_that_a_filter_hides_is_not_called_missing() -> None:
    hidden = [exam("1", "2026"), report(["1"], "2026", status=xds.DEPRECATED)]
    [group] = read(hidden).xpath("//article")
    assert "Compte rendu non affiché" in words(group)
    [group] = read(hidden, ALL).xpath("//article")
    assert "Ancienne version du compte rendu" in words(group)
    assert "ancienne version" in words(group.xpath(".//span[@class='tag']")[0])


def test_each_report_opens_beside_the_list_by_its_number_in_the_kept_list() -> None:
    view = ListView(oldest_first=True)
    forms = read(eleven(), view).xpath("//article//form")
    assert len(forms) == 10
    assert {(one.get("method"), one.get("action")) for one in forms} == {
        ("post", f"{ADDRESS}/report")
    }
    assert {one.xpath("input[@name='edition']/@value")[0] for one in forms} == {"edition-abc"}
    numbers = [int(one.xpath("input[@name='number']/@value")[0]) for one in forms]
    # The orphan report comes first, then an exam without a report, then pairs.
    assert numbers[:3] == [1, 4, 6]
    labels = [one.xpath("button/@aria-label")[0] for one in forms]
    assert labels[0] == "Lire : Compte rendu Scanner cérébral 01/06/2018"
    assert len(set(labels)) == len(labels)


def test_every_restriction_stands_beside_its_document() -> None:
    system = xds.CONFIDENTIALITY_SYSTEM
    codes = (Code("N", system), Code("R", system), Code("NEW_ONE", "1"))
    [group] = read([exam("1", "2026", confidentiality_codes=codes)]).xpath("//article")
    told = [words(one) for one in group.xpath(".//h3//span[@class='tag wait']")]
    assert told == ["accès restreint", "restriction inconnue : NEW_ONE"]
    [group] = read([report(["1"], "2026", hidden=("INVISIBLE_PATIENT",))]).xpath("//article")
    assert words(group.xpath(".//span[@class='tag wait']")[0]) == "non visible du patient"


def test_facts_that_the_dmp_does_not_give_leave_no_hole() -> None:
    bare = exam("1", "", modality="", region=None, title="", author_institutions=())
    silent = report(["2"], "", "", legal_authenticator="", author_institutions=())
    groups = [words(one) for one in read([bare, silent]).xpath("//article")]
    assert groups[0].startswith("Sans date Examen sans libellé Établissement non précisé")
    assert groups[1] == "Compte rendu sans examen relié dans le DMP Lire"


def test_one_report_of_several_for_several_exams_is_called_a_report() -> None:
    entries = [exam("1", "2026"), exam("2", "2026"), *(report(["1", "2"], "2026") for _ in "ab")]
    assert "Un compte rendu pour" not in words(read(entries).xpath("//article")[0])


def test_a_group_that_goes_on_says_so() -> None:
    studies = [str(one) for one in range(101)]
    long = [*(exam(one, "2026") for one in studies), report(studies, "2026", site=LYON)]
    [group] = read(long, part=2).xpath("//article")
    assert words(group).startswith("Suite du groupe précédent")
    assert "Aucun compte rendu" not in words(group)
    reports = [exam("1", "2026"), *(report(["1"], "2026") for _ in range(101))]
    groups = [words(one) for one in read(reports).xpath("//article")]
    assert "sans examen" not in groups[-1]


def test_a_missing_part_is_said_of_the_documents_that_could_be_read() -> None:
    entries = [exam("1", "2026"), report(["2"], "2025")]
    assert "Aucun compte rendu relié à cet examen dans le DMP." in words(read(entries))
    assert "Compte rendu sans examen relié dans le DMP" in words(read(entries))
    partly = words(read(entries, unreadable=1))
    assert "Aucun compte rendu relié parmi les documents qui peuvent être montrés." in partly
    assert "Compte rendu sans examen relié parmi les documents qui peuvent être montrés" in partly


def test_of_a_group_the_exam_that_passes_stands_alone_and_the_rest_is_told() -> None:
    [group] = read(eleven(), ListView(search="abdomino")).xpath("//article")
    assert len(group.xpath("div[@class='row']")) == 1
    assert "1 autre examen de ce groupe n'est pas affiché, à cause des filtres." in words(group)
    assert "Un compte rendu pour 2 examens" in words(group)
    entries = [exam("1", "2026", "Un"), exam("2", "2026", "Deux"), exam("3", "2026", "Trois")]
    [group] = read([*entries, report(["1", "2", "3"], "2026")], ListView(search="un")).xpath(
        "//article"
    )
    assert "2 autres examens de ce groupe ne sont pas affichés" in words(group)


def test_the_conclusion_of_a_report_that_was_read_stands_in_the_place_of_its_title() -> None:
    entries = [exam("1", "2026"), report(["1"], "2026", "Titre")]
    told = words(read(entries, said={2: "Pas de <b>."}).xpath("//div[@class='cr']/p")[0])
    assert told.endswith("· conclusion : « Pas de <b>. »")
    assert "Titre" not in told


def test_the_mark_of_this_establishment_stays_with_the_last_word_of_its_name() -> None:
    [mark] = read([exam("1", "2026")]).xpath("//span[@class='together']")
    assert words(mark) == "Ambroise ici"


def test_a_report_whose_exam_the_states_hide_says_so() -> None:
    entries = [exam("1", "2026", hidden=("MASQUE_PS",)), report(["1"], "2026")]
    assert "Compte rendu dont l'examen n'est pas affiché" in words(read(entries))
