"""The pages of a professional who is signed in."""

from __future__ import annotations

import base64
import gzip
import html
import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from functions.aws import callers, readers
from functions.aws.circuits import DynamoCircuits
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.budget import Budget
from functions.drimbox.consultation import imaging_history
from functions.drimbox.consultation.context import WantedExams
from functions.drimbox.consultation.contexts import Contexts
from functions.drimbox.consultation.list_views import ListViews
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.consultation.shown_documents import ShownDocuments
from functions.drimbox.consultation.source_facts import SourceMemory
from functions.drimbox.dmp.documents import Kind
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.identity.ins import Ins
from functions.drimbox.identity.session import form_token
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.pages.reading.viewer_page import Build
from functions.show_exams import answers, showing
from functions.show_exams.handler import handler as show_exams
from functions.show_exams.settings import Settings
from simulators.dmp.errors import RegistryError
from simulators.dmp.loaded import read_body
from simulators.dmp.patients import Patient
from simulators.history.history import history
from simulators.ris.cases import Flags
from tests.fakes.aws import forget_tenant_secret
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, Outside, audit_records, event, stores
from tests.handlers.journey import CASE, Journey
from tests.handlers.reader_scenes import (
    BASE,
    COOKIE,
    WHO,
    Psc,
    activity,
    asked_with,
    authorized,
    home,
    opened,
    patient_page,
    sign_in,
    submitted,
    token_ends_in,
)
from tests.handlers.session_scenes import cookies, text, with_cookies

FAMILY = CASE.traits.family


def searched() -> list[dict[str, str]]:
    """The audit records of looks at a patient."""
    return [one for one in audit_records() if one["event"] == "exams.searched"]


def test_the_home_page_says_who_is_signed_in(site: None, outside: Outside) -> None:
    page = text(home(sign_in(outside)))
    assert "Camille ESSAI" in page
    assert "Ouvrez le patient depuis votre logiciel" in page
    english = text(home(sign_in(outside), queryStringParameters={"lang": "en"}))
    assert "Open the patient from your software" in english


def test_without_a_session_the_page_leads_to_the_sign_in(site: None, outside: Outside) -> None:
    for cookie in ("", "x" * 43):
        page = text(home(cookie))
        assert f'href="{BASE}/sign-in"' in page
        assert "<form" not in page
    assert "fermez le navigateur" in text(home("", queryStringParameters={"left": "left_here"}))
    assert outside.asked == []


def test_the_operator_s_artwork_is_the_button_of_the_sign_in(
    site: None, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "artwork", lambda: "data:image/png;base64,cG5n")
    reply = home("")
    page = base64.b64decode(reply["body"]).decode()
    assert '<img src="data:image/png;base64,cG5n" alt="S&#x27;identifier' in page
    assert reply["headers"]["Content-Security-Policy"].endswith("; img-src data:")
    assert reply["headers"]["Cache-Control"] == "no-store"


def test_a_token_near_its_end_is_renewed(site: None, outside: Outside) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)
    token_ends_in(cookie, 30)
    assert "Camille ESSAI" in text(home(cookie))
    assert psc.refreshed == ["canary-refresh-0"]
    assert "Camille ESSAI" in text(home(cookie))
    assert len(psc.refreshed) == 1


def test_a_sign_in_that_was_ended_at_pro_sante_connect_ends_here(
    site: None, outside: Outside
) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)
    token_ends_in(cookie, 30)
    psc.refusing = True
    assert f'href="{BASE}/sign-in"' in text(home(cookie))
    assert authorized(cookie) == {"caller": callers.NOBODY}


def test_while_pro_sante_connect_is_down_a_token_lives_its_life_and_no_longer(
    site: None, outside: Outside
) -> None:
    psc = Psc()
    cookie = sign_in(outside, psc)
    psc.broken = {"/realm/token"}
    token_ends_in(cookie, 55)  # less than the minute before which it is renewed
    assert "Camille ESSAI" in text(home(cookie))
    token_ends_in(cookie, 0)
    reply = home(cookie)
    assert reply["statusCode"] == 503
    assert "Ce qui marche encore" in text(reply)
    psc.broken = set()
    assert "Camille ESSAI" in text(home(cookie))


def test_a_session_that_ended_after_the_authorizer_shows_nothing(
    site: None, outside: Outside
) -> None:
    cookie = sign_in(outside)
    made = asked_with(event("show_exams/home"), cookie)
    submitted("leave", cookie, verb="sign_out")
    assert "Camille ESSAI" not in text(show_exams(made, CONTEXT))


def test_the_session_is_that_of_the_authorizer(site: None, outside: Outside) -> None:
    first, other = sign_in(outside), sign_in(outside, Psc(who="899000000002"))
    made = with_cookies(asked_with(event("show_exams/home"), first), **{COOKIE: other})
    assert "Camille ESSAI" not in text(show_exams(made, CONTEXT))


def test_the_pause_between_two_looks_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("functions.aws.readers.time.sleep", waited.append)
    readers._pause()
    assert waited == [0.25]


def test_a_patient_s_exams_are_shown_to_the_session_of_the_call(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = opened(), sign_in(journey.outside)
    shown = text(patient_page(cookie, page))
    for word in (FAMILY, CASE.ins, "63113", "Féminin", 'class="year">20', "Camille ESSAI"):
        assert word in shown
    assert 'class="group"' in shown
    [record] = searched()
    assert (record["result"], record["who"], record["for_ins"]) == ("success", WHO, CASE.ins)
    assert (record["for_structure_id"], record["for_count"]) == (STRUCTURE, "1")
    assert (record["for_contradicting"], record["for_unreadable"]) == ("0", "0")
    log = journey.log.getvalue()
    for secret in (CASE.ins, FAMILY, "canary-access", "ESSAI", page):
        assert secret not in log


def test_a_list_has_the_viewer_where_it_is_built(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = opened(), sign_in(journey.outside)
    shown = text(patient_page(cookie, page))
    assert 'src="/assets/viewer-abc.js"' in shown
    assert 'data-open="1" data-may="1"' in shown
    monkeypatch.setattr(showing, "_build", lambda _: None)
    plain = text(patient_page(cookie, page))
    assert "/assets/viewer" not in plain
    assert "data-open" not in plain


@pytest.mark.parametrize("name", ["viewer_script", "viewer_sheet"])
def test_a_viewer_that_is_not_built_has_no_files(name: str) -> None:
    settings = Settings.current()
    assert showing._build(settings) == Build("/assets/viewer-abc.js", "/assets/viewer-abc.css")
    assert showing._build(replace(settings, **{name: "-"})) is None


def test_without_a_session_nothing_of_the_patient_is_shown_and_the_way_leads_back(
    site: None, outside: Outside
) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    page = opened()
    for cookie in ("", "x" * 43):
        shown = text(patient_page(cookie, page))
        assert f'href="{BASE}/sign-in?page={page}"' in shown
        assert f"{BASE}/{page}?lang=en" in shown
        assert FAMILY not in shown
        assert CASE.ins not in shown
    cookie = sign_in(outside, page=page)
    assert FAMILY in text(patient_page(cookie, page))


def test_a_page_is_one_session_s_alone(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    page, first = opened(), sign_in(outside)
    assert FAMILY in text(patient_page(first, page))
    second = sign_in(outside, Psc(who="899000000002"))
    for cookie, one in ((second, page), (first, "f" * 43)):
        reply = patient_page(cookie, one)
        assert reply["statusCode"] == 404
        assert FAMILY not in text(reply)
    again = sign_in(outside, before=first)
    assert patient_page(again, page)["statusCode"] == 404
    assert patient_page(second, "short")["statusCode"] == 400


def test_two_patients_in_one_session_never_mix(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    one, other = (
        opened(),
        opened(birth_family="AUTRE", ins=Ins("279035121518989", Oid(CASE.ins_oid))),
    )
    cookie = sign_in(outside)
    for _ in range(2):
        assert FAMILY in text(patient_page(cookie, one))
        shown = text(patient_page(cookie, other))
        assert "AUTRE" in shown
        assert FAMILY not in shown


def linked(**changes: str) -> str:
    """The page of the link in the published report."""
    accession = f"{CASE.accession_root}.{CASE.orders[0].accession}"
    facts = {"study": CASE.studies[0], "accession": accession, "document": CASE.cda_id, **changes}
    link = ReportLink(Uid(facts["study"]), facts["accession"], facts["document"])
    return stores().contexts.open(link)


def test_the_link_of_a_report_opens_its_exam_for_one_session(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = linked(), sign_in(journey.outside)
    nobody = patient_page("", page)
    assert nobody["statusCode"] == 200
    assert FAMILY not in text(nobody)
    for _ in range(2):
        shown = text(patient_page(cookie, page))
        for word in (FAMILY, CASE.ins, "accorde avec le compte rendu", "non visible du patient"):
            assert word in shown
    assert patient_page(sign_in(journey.outside), page)["statusCode"] == 404
    records = [one for one in audit_records() if one["event"] == "exam.linked"]
    assert {(one["result"], one["who"], one["for_ins"]) for one in records} == {
        ("success", WHO, CASE.ins)
    }
    assert searched() == [], "the DMP is not asked"
    log = journey.log.getvalue()
    for secret in (CASE.ins, FAMILY, page, CASE.orders[0].accession):
        assert secret not in log


@pytest.mark.parametrize(
    "changes",
    [
        {"study": "1.2.250.1.213.4.5.2.1.9"},
        {"accession": "1.2.3.ACN"},
        {"document": f"{CASE.cda_id}.1"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_link_that_does_not_agree_is_a_page_that_says_not_found(
    journey: Journey, changes: dict[str, str]
) -> None:
    journey.archive_study()
    journey.publish()
    refused = patient_page(sign_in(journey.outside), linked(**changes))
    assert refused["statusCode"] == 404
    assert FAMILY not in text(refused)
    [record] = [one for one in audit_records() if one["event"] == "exam.linked"]
    assert (record["result"], record["who"]) == ("absent", WHO)


def test_the_link_of_a_report_that_is_masked_to_professionals_says_not_found(
    journey: Journey,
) -> None:
    journey.archive_study()
    journey.publish(replace(CASE, flags=Flags(invisible_patient=False, masque_ps=True)))
    refused = patient_page(sign_in(journey.outside), linked())
    assert refused["statusCode"] == 404
    assert FAMILY not in text(refused)
    [record] = [one for one in audit_records() if one["event"] == "exam.linked"]
    assert (record["result"], record["who"]) == ("absent", WHO)


def test_without_consent_the_dmp_is_not_asked(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    asked = len(outside.asked)
    shown = text(patient_page(cookie, opened(consent=False)))
    assert FAMILY in shown
    assert "DMP n&#x27;a pas été interrogé" in shown
    assert len(outside.asked) == asked
    assert [one["result"] for one in searched()] == ["no_consent"]


def test_several_situations_wait_for_a_choice_on_the_page(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    psc = Psc(exercices=[activity(STRUCTURE), activity(STRUCTURE, "60")])
    page, cookie = opened(), sign_in(outside, psc)
    assert 'type="radio"' in text(patient_page(cookie, page))
    assert [one["result"] for one in searched()] == ["no_situation"]
    chosen = submitted("choose", cookie, verb="situation", situation="1", page=page)
    assert chosen["headers"]["Location"] == f"{BASE}/{page}"
    assert 'type="radio"' not in text(patient_page(cookie, page))


def test_a_call_that_names_a_foreign_structure_asks_first(site: None, outside: Outside) -> None:
    page, cookie = opened(situation="1999999999"), sign_in(outside)
    shown = text(patient_page(cookie, page))
    assert "ne vous connaît pas d&#x27;exercice" in shown
    assert 'type="radio"' in shown
    assert [one["result"] for one in searched()] == ["no_situation"]


def test_a_choice_for_another_page_answers_no_call_of_a_foreign_structure(
    site: None, outside: Outside
) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    psc = Psc(exercices=[activity(STRUCTURE), activity(STRUCTURE, "60")])
    cookie, pages = sign_in(outside, psc), [opened(situation="1999999999") for _ in range(2)]
    other = opened()
    for chosen_on in ("", other, pages[1]):
        submitted("choose", cookie, verb="situation", situation="1", page=chosen_on)
        shown = text(patient_page(cookie, pages[0]))
        assert "ne vous connaît pas d&#x27;exercice" in shown
        assert 'type="radio"' in shown
    assert {one["result"] for one in searched()} == {"no_situation"}
    submitted("choose", cookie, verb="situation", situation="1", page=pages[0])
    for page in (pages[0], other):
        assert 'type="radio"' not in text(patient_page(cookie, page))
    asked = [one for one in searched() if one["result"] == "dmp_unavailable"]
    assert [one["for_structure_id"] for one in asked] == [STRUCTURE]


def test_the_structure_that_the_call_names_is_taken(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    cookie = sign_in(outside)
    text(patient_page(cookie, opened(situation=STRUCTURE)))
    assert [one["for_structure_id"] for one in searched()] == [STRUCTURE]


def test_a_dmp_that_fails_is_told_beside_the_identity(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    cookie = sign_in(outside)
    reply = patient_page(cookie, opened())
    shown = text(reply)
    assert (reply["statusCode"], "dmp_unavailable" in shown, FAMILY in shown) == (200, True, True)
    assert "Le DMP ne répond pas" in shown
    assert [one["result"] for one in searched()] == ["dmp_unavailable"]


def test_a_request_whose_time_is_over_is_a_page_and_a_record(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pro Santé Connect, or our own storage, took it all before the DMP."""
    page, cookie = opened(), sign_in(journey.outside)
    monkeypatch.setattr(readers, "Budget", lambda: Budget(1.0))
    before = len(asked(journey))
    reply = patient_page(cookie, page)
    shown = text(reply)
    assert (reply["statusCode"], FAMILY in shown) == (200, True)
    assert "pas répondu dans le délai" in shown
    assert asked(journey)[before:] == []
    assert [one["result"] for one in searched()] == ["timeout"]
    monkeypatch.setattr(readers, "Budget", Budget)
    assert 'class="history"' in text(patient_page(cookie, page))


def test_a_dmp_that_fails_is_told_with_the_state_of_the_services(
    site: None, outside: Outside
) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    shown = text(patient_page(sign_in(outside), opened()))
    assert "État des services" in shown
    assert "Le dossier médical partagé (DMP) ne répond pas depuis" in shown


def test_a_list_is_shown_while_the_tables_of_what_is_beside_it_do_not_answer(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(*_: Any) -> Any:
        raise StorageUnavailable("the table is away")

    journey.archive_study()
    journey.publish()
    monkeypatch.setattr(DynamoCircuits, "get", unavailable)
    monkeypatch.setattr(DynamoWhiteLists, "get", unavailable)
    monkeypatch.setattr(SourceMemory, "get", unavailable)
    reply = patient_page(sign_in(journey.outside), opened())
    shown = text(reply)
    assert (reply["statusCode"], "À ouvrir dans votre PACS" in shown) == (200, True)
    assert "Liste nationale des sites : état inconnu" in shown


def away(*_: Any) -> Any:
    raise StorageUnavailable("the table is away")


def test_a_list_is_shown_without_its_filters_while_they_cannot_be_read(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = opened(), sign_in(journey.outside)
    filtered(cookie, page, search="nothing-has-this-name")
    monkeypatch.setattr(ListViews, "get", away)
    reply = patient_page(cookie, page)
    shown = html.unescape(text(reply))
    assert reply["statusCode"] == 200
    assert 'class="group"' in shown
    assert "Vos filtres n'ont pas pu être relus" in shown
    assert [one["result"] for one in searched()] == ["success"]


def test_a_list_whose_documents_cannot_be_kept_offers_no_report_and_says_so(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.archive_study()
    journey.publish()
    monkeypatch.setattr(ShownDocuments, "keep", away)
    page, cookie = opened(), sign_in(journey.outside)
    reply = patient_page(cookie, page)
    shown = html.unescape(text(reply))
    assert reply["statusCode"] == 200
    assert 'class="group"' in shown
    assert "les comptes rendus ne s'ouvrent pas" in shown
    for way in (f"{page}/report", f"{page}/exams"):
        assert way not in shown


def test_a_filter_that_cannot_be_kept_is_a_page_that_leads_back_to_the_patient(
    site: None, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, cookie = opened(), sign_in(outside)
    monkeypatch.setattr(ListViews, "keep", away)
    reply = filtered(cookie, page, search="x")
    shown = text(reply)
    assert reply["statusCode"] == 503
    assert "Ce qui marche encore" in shown
    assert f'href="{BASE}/{page}"' in shown


def test_an_open_dmp_is_read_while_its_answer_cannot_be_kept(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.archive_study()
    journey.publish()
    monkeypatch.setattr(Contexts, "noted", away)
    monkeypatch.setattr(Contexts, "note", away)
    page, cookie, before = opened(), sign_in(journey.outside), len(asked(journey))
    for _ in range(2):
        assert 'class="history"' in text(patient_page(cookie, page))
    assert asked(journey)[before:] == ["patients", "registry"] * 2


def test_a_missing_certificate_is_told_too(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    forget_tenant_secret("demo", f"structures/{STRUCTURE}/auth")
    shown = text(patient_page(cookie, opened()))
    assert "configuration_error" in shown
    assert FAMILY in shown


def filtered(cookie: str, page: str, **fields: str) -> dict[str, Any]:
    """The answer to the page's form of filters."""
    body = urlencode({"token": form_token(cookie), **fields})
    path = {"tenant": "demo", "page": page}
    made = asked_with(event("show_exams/filter", pathParameters=path, body=body), cookie)
    reply: dict[str, Any] = show_exams(made, CONTEXT)
    return reply


def test_the_criteria_of_the_call_narrow_until_all_is_asked(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page = opened(wanted=WantedExams(modality="MR", accession="none"))
    cookie = sign_in(journey.outside)
    shown = text(patient_page(cookie, page))
    assert "Aucun examen ne répond aux critères" in shown
    assert "Non montrés ici : 1 examen, " in shown
    answer = filtered(cookie, page, everything="1")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (303, f"{BASE}/{page}")
    whole = text(patient_page(cookie, page))
    assert 'class="group"' in whole
    assert "restreint" not in whole
    assert 'class="group"' not in text(
        patient_page(cookie, opened(wanted=WantedExams(modality="MR")))
    )


def test_filters_are_kept_with_their_page_and_stand_in_no_address(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page, other, cookie = opened(), opened(), sign_in(journey.outside)
    assert 'class="group"' in text(patient_page(cookie, page))
    answer = filtered(cookie, page, search="canary-of-a-search")
    assert answer["headers"]["Location"] == f"{BASE}/{page}"
    for _ in range(2):
        shown = text(patient_page(cookie, page))
        assert "Aucun examen ne répond aux filtres" in shown
        assert 'value="canary-of-a-search"' in shown
    assert 'class="group"' in text(patient_page(cookie, other))
    filtered(cookie, page, reset="1")
    assert 'class="group"' in text(patient_page(cookie, page))
    assert "canary-of-a-search" not in journey.log.getvalue()


def test_the_documents_of_a_page_are_kept_under_its_numbers_for_its_session(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    editions: list[str] = []
    keep = ShownDocuments.keep

    def kept(*values: Any) -> str:
        editions.append(keep(*values))
        return editions[-1]

    monkeypatch.setattr(ShownDocuments, "keep", kept)
    journey.archive_study()
    journey.publish()
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    [edition] = editions
    found = stores().shown_documents.get(page, cookie, edition, 1)
    assert found is not None
    assert found.study_instance_uid == CASE.studies[0]
    assert stores().shown_documents.get(page, cookie, edition, 2) is None
    assert stores().shown_documents.get(page, "x" * 43, edition, 1) is None


def test_a_form_of_filters_is_the_session_s_own(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    page, cookie = opened(), sign_in(outside)
    text(patient_page(cookie, page))
    thief = sign_in(outside, Psc(who="899000000002"))
    assert filtered(thief, page, reset="1")["statusCode"] == 404
    assert filtered(cookie, page, token="x")["statusCode"] == 403
    assert filtered(cookie, page, order="random")["statusCode"] == 400
    assert filtered(cookie, "f" * 43, reset="1")["statusCode"] == 404
    assert filtered("", page, reset="1")["statusCode"] == 403


def test_the_page_of_a_link_has_no_filters(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = linked(), sign_in(journey.outside)
    assert patient_page(cookie, page)["statusCode"] == 200
    assert filtered(cookie, page, reset="1")["statusCode"] == 404


def test_the_wish_for_all_traits_is_remembered_in_the_browser(site: None, outside: Outside) -> None:
    outside.hosts["dmp.example"] = lambda _: httpx.Response(503)
    page, cookie = opened(), sign_in(outside)
    assert "<details open" not in text(patient_page(cookie, page))
    wished = patient_page(cookie, page, queryStringParameters={"traits": "ten"})
    assert 'open=""' in text(wished)
    assert cookies(wished) == {"__Host-traits": "ten"}
    made = event("show_exams/page", pathParameters={"tenant": "demo", "page": page})
    both = {COOKIE: cookie, "__Host-traits": "ten"}
    later = with_cookies(asked_with(made, cookie), **both)
    assert 'open=""' in text(show_exams(later, CONTEXT))
    back = patient_page(cookie, page, queryStringParameters={"traits": "five"})
    assert cookies(back) == {"__Host-traits": ""}


def test_a_page_is_gzipped_for_a_browser_that_takes_it(site: None, outside: Outside) -> None:
    cookie = sign_in(outside)
    plain = home(cookie)
    headers = {**event("show_exams/home")["multiValueHeaders"], "Accept-Encoding": ["gzip, br"]}
    small = home(cookie, multiValueHeaders=headers)
    assert "Content-Encoding" not in plain["headers"]
    assert small["headers"]["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in small["headers"]["Vary"]
    whole = gzip.decompress(base64.b64decode(small["body"])).decode()
    # Each page has a form token of its own: the size of a gzipped page tells nothing of it.
    token = re.compile(r'name="token" value="[^"]+"')
    assert token.sub("", whole) == token.sub("", text(plain))
    assert whole != text(plain)


def described(journey: Journey, **facts: Any) -> None:
    """The DMP of the report's patient is so."""
    who, patient = Patient.read({"ins": CASE.ins, "oid": CASE.ins_oid, **facts})
    journey.registry.describe_patient(who, patient)


def asked(journey: Journey) -> list[str]:
    """The services of the DMP that were asked, in order."""
    return [one.rpartition("/")[2] for one in journey.outside.asked if "dmp.example" in one]


@pytest.mark.parametrize(
    ("facts", "words", "result"),
    [
        ({"existence": "none"}, "pas de dossier médical partagé", "no_record"),
        ({"existence": "closed"}, "est fermé", "record_closed"),
        ({"authorization": "absent"}, "pas d&#x27;autorisation", "authorization_absent"),
        ({"authorization": "expired"}, "a expiré", "authorization_expired"),
        ({"authorization": "refused"}, "s&#x27;oppose", "authorization_refused"),
        ({"traits": {"sex": "M"}}, "différent", "other_person"),
    ],
)
def test_a_dmp_that_may_not_be_read_is_told_and_not_searched(
    journey: Journey, facts: dict[str, Any], words: str, result: str
) -> None:
    journey.archive_study()
    journey.publish()
    described(journey, **facts)
    page, cookie, before = opened(), sign_in(journey.outside), len(asked(journey))
    for _ in range(2):
        shown = text(patient_page(cookie, page))
        assert words in shown
        assert FAMILY in shown
        assert 'class="history"' not in shown
    assert asked(journey)[before:] == ["patients"] * 2
    records = [one for one in audit_records() if one["event"] == "record.asked"]
    assert {(one["result"], one["who"], one["for_ins"]) for one in records} == {
        ("success", WHO, CASE.ins)
    }
    assert {one["for_access"] for one in records} == {result}
    assert {(one["result"], one["for_structure_id"]) for one in searched()} == {(result, STRUCTURE)}


def test_an_open_dmp_is_asked_about_once_and_its_traits_are_shown(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    described(journey, traits={"givens": [CASE.traits.given, "CANARY-SECOND"], "sex": "F"})
    page, cookie, before = opened(), sign_in(journey.outside), len(asked(journey))
    for _ in range(2):
        shown = text(patient_page(cookie, page))
        assert 'class="history"' in shown
        assert "CANARY-SECOND" in shown
    assert asked(journey)[before:] == ["patients", "registry", "registry"]
    assert "CANARY-SECOND" not in journey.log.getvalue()
    # Another page, and another session, ask anew.
    text(patient_page(cookie, opened()))
    assert asked(journey)[before + 3 :] == ["patients", "registry"]


def test_an_authorisation_that_ended_is_noticed_when_the_dmp_refuses(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page, cookie = opened(), sign_in(journey.outside)
    assert 'class="history"' in text(patient_page(cookie, page))
    described(journey, authorization="expired")
    before = len(asked(journey))
    for services in (["registry", "patients"], ["patients"]):
        shown = text(patient_page(cookie, page))
        assert "a expiré" in shown
        assert 'class="history"' not in shown
        assert asked(journey)[before:] == services
        before = len(asked(journey))
    described(journey)
    assert 'class="history"' in text(patient_page(cookie, page))


def test_a_refused_search_of_an_open_dmp_is_a_failure(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, cookie = opened(), sign_in(journey.outside)
    text(patient_page(cookie, page))
    plain = journey.dmp
    broken = {"registry": "XDSRegistryError", "patients": ""}

    def refusing(request: httpx.Request) -> httpx.Response:
        service = request.url.path.rpartition("/")[2]
        if broken.get(service):
            body, kind = request.read(), request.headers["content-type"]
            transaction = {"registry": "iti-18", "patients": "td0.2"}[service]
            error = RegistryError(broken[service], "on demand")
            said = journey.registry.refuse(transaction, body, kind, error)
            return httpx.Response(
                said.status, headers={"content-type": said.content_type}, content=said.body
            )
        return plain(request)

    journey.outside.hosts["dmp.example"] = refusing
    # The kept answer is asked anew, and stands: the refusal has another reason.
    assert "dmp_refused" in text(patient_page(cookie, page))
    # Nobody knows the state: the refusal is told, and nothing is shown.
    broken["patients"] = "DMPError"
    assert "dmp_refused" in text(patient_page(cookie, page))
    # On a page that keeps nothing the question itself is refused, or the search.
    other = opened()
    assert "dmp_refused" in text(patient_page(cookie, other))
    broken["patients"] = ""
    assert "dmp_refused" in text(patient_page(cookie, other))


def test_documents_of_another_person_are_not_shown_as_the_patient_s(journey: Journey) -> None:
    journey.archive_study()
    journey.publish()
    page = opened(birth_family="DUPONT", sex="M", birth_date="20010101")
    shown = text(patient_page(sign_in(journey.outside), page))
    assert "documents d&#x27;une autre identité" in shown
    assert "ne s&#x27;accorde pas" in shown
    assert 'class="row"' not in shown
    assert 'class="cr"' not in shown
    assert "ne connaît aucun examen" not in html.unescape(shown)
    assert "contredit celle de votre patient" in html.unescape(shown)
    [record] = searched()
    assert (record["for_count"], record["for_contradicting"]) == ("0", "1")


def test_a_comparison_with_an_exam_of_a_later_page_is_opened_from_the_first(
    journey: Journey, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = history("demo")
    journey.registry.load(read_body(made.body()))
    monkeypatch.setattr(imaging_history, "PART", 1)
    cookie, traits = sign_in(outside), made.patient.traits
    page = opened(
        ins=Ins(made.patient.ins, Oid(made.patient.ins_oid)),
        birth_family=traits.family,
        birth_given=traits.givens.split()[0],
        birth_date=traits.birth_date,
        sex=traits.sex,
    )
    shown = text(patient_page(cookie, page))
    [box] = re.findall(r'<section class="suggest".*?</section>', shown, re.DOTALL)
    [(current, prior)] = re.findall(r'data-open="(\d+) (\d+)"', box)
    # The prior has no line here, and its state stands in the box.
    assert (f'id="i{prior}"' in box, f'id="i{current}"' in box) == (True, False)
    kept = stores().shown_documents
    [edition] = set(re.findall(r'name="edition" value="([^"]+)"', shown))
    entries = kept.several(page, cookie, edition, (int(current), int(prior)))
    assert {one.kind for one in entries.values()} == {Kind.MANIFEST}
    assert len({one.unique_id for one in entries.values()}) == 2
