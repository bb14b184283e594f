"""A professional signs in by Pro Santé Connect, as a browser does, and leaves."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.flows.readers import called, come_in, patient, reading, submit
from tests.flows.stack import LocalStack


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    """A browser: it keeps cookies."""
    with stack.client() as http:
        yield http


def submit_filters(http: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    """Send the page's form of filters as it stands, with ``fields``; the page that follows."""
    form = re.search(r'<form[^>]*id="filters".*?</form>', page.text, re.DOTALL)
    assert form is not None
    inputs = re.findall(r"<input [^>]*>", form[0])
    kept = [one for one in inputs if 'type="checkbox"' not in one or 'checked=""' in one]
    sent = dict(pair for one in kept for pair in re.findall(r'name="([^"]+)" value="([^"]*)"', one))
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
    answer = http.post(page.url, data={**sent, **fields}, headers={"Origin": origin})
    assert answer.status_code == 303, answer.text
    return http.get(page.url.join(answer.headers["Location"]))


def test_a_professional_signs_in_and_out(stack: LocalStack, browser: httpx.Client) -> None:
    assert "S&#x27;identifier" in browser.get(reading(stack)).text
    back = come_in(stack, browser, "radiologist")
    assert (back.status_code, str(back.url.join(back.headers["Location"]))) == (
        *(303, reading(stack)),
    )
    page = browser.get(reading(stack))
    assert "Camille ESSAI, Centre de radiologie Ambroise" in page.text
    left = submit(browser, page, "sign_out")
    assert left.status_code == 303
    assert left.headers["Location"].endswith("/reading?left=left")
    assert "Camille ESSAI" not in browser.get(reading(stack)).text
    # Pro Santé Connect's own session has ended too: the next person chooses.
    start = browser.get(reading(stack, "/sign-in"))
    answer = browser.get(start.headers["Location"])
    while answer.is_redirect:
        answer = browser.get(answer.url.join(answer.headers["Location"]))
    assert "Choisir l’identité de test" in answer.text


def test_a_code_a_state_and_a_cookie_serve_once_and_at_one_tenant(
    stack: LocalStack, browser: httpx.Client
) -> None:
    back = come_in(stack, browser, "radiologist")
    cookie = browser.cookies["__Host-reader-demo"]
    with stack.client() as other:
        replayed = other.get(str(back.request.url))
        assert replayed.status_code == 403
        assert "__Host-reader" not in str(replayed.headers)
    assert browser.get(str(back.request.url)).status_code == 403
    forged = re.sub(r"state=[^&]+", "state=forged", str(back.request.url))
    browser.get(reading(stack, "/sign-in"))
    assert browser.get(forged).status_code == 403
    with stack.client() as other:
        neighbour = stack.layout.reading("voisin")
        answer = other.get(neighbour, headers={"Cookie": f"__Host-reader-voisin={cookie}"})
        assert "Camille ESSAI" not in answer.text


def test_a_professional_without_a_situation_is_told_so(
    stack: LocalStack, browser: httpx.Client
) -> None:
    refused = come_in(stack, browser, "no-reference")
    assert refused.status_code == 403
    assert "no_activity" in refused.text
    assert "__Host-reader-demo" not in browser.cookies
    # The next one may come in from the same browser.
    assert come_in(stack, browser, "nurse").status_code == 303
    assert "Claude MODELE" in browser.get(reading(stack)).text


def test_while_pro_sante_connect_is_down_a_page_says_what_still_works(
    stack: LocalStack, browser: httpx.Client
) -> None:
    stack.fault("psc", kind="unavailable", path="/auth/realms")
    answer = browser.get(reading(stack, "/sign-in"))
    assert answer.status_code == 503
    assert "Ce qui marche encore" in answer.text


def tokens_given(stack: LocalStack) -> set[str]:
    """The access and refresh tokens that Pro Santé Connect knows now."""
    place = stack.layout.home / "psc" / "psc.sqlite"
    with closing(sqlite3.connect(place)) as database:
        kinds = ("AccessToken", "RefreshToken")
        rows = database.execute("SELECT id FROM entries WHERE model IN (?, ?)", kinds)
        return {str(row[0]) for row in rows}


def test_the_browser_and_the_logs_never_hold_a_token(
    stack: LocalStack, browser: httpx.Client
) -> None:
    seen: list[str] = []

    def note(answer: httpx.Response) -> None:
        answer.read()
        seen.append(f"{answer.request.url} {answer.headers.multi_items()} {answer.text}")

    browser.event_hooks["response"] = [note]
    before = tokens_given(stack)
    come_in(stack, browser, "radiologist")
    # The sign-out ends them at Pro Santé Connect.
    tokens = tokens_given(stack) - before
    assert tokens
    submit(browser, browser.get(reading(stack)), "sign_out")
    logs = "".join(
        path.read_text(errors="replace")
        for path in (stack.layout.home / "logs").rglob("*")
        if path.is_file()
    )
    assert "reading" in logs
    for token in tokens:
        assert token not in logs
        assert not [one for one in seen if token in one]
    # An ID token is a JWT: three parts, of which the first begins like this.
    assert not re.search(r"eyJ[\w-]{20,}\.eyJ", logs + "".join(seen))


def test_a_patient_s_page_from_the_call_to_the_exams(
    stack: LocalStack, browser: httpx.Client
) -> None:
    case = patient("PATIENTE-LECTURE")
    assert stack.publish(case).state == "published"
    page = called(stack, browser, case)
    shown = browser.get(page)
    assert "PATIENTE-LECTURE" not in shown.text
    assert case.ins not in shown.text
    link = re.search(r'href="([^"]+/sign-in\?page=[^"]+)"', shown.text)
    assert link is not None
    back = come_in(stack, browser, "radiologist", f"?page={page.rpartition('/')[2]}")
    assert str(back.url.join(back.headers["Location"])) == page
    shown = browser.get(page)
    for word in (
        "PATIENTE-LECTURE",
        case.ins,
        case.traits.birth_place,
        "Camille ESSAI",
        'class="group"',
        "À ouvrir dans votre PACS",
    ):
        assert word in shown.text
    narrowed = called(stack, browser, case, Modality="MR")
    shown = browser.get(narrowed)
    assert "Aucun examen ne répond aux critères" in shown.text
    wide = submit_filters(browser, shown, everything="1")
    assert 'class="group"' in wide.text
    hidden = submit_filters(browser, wide, search="canary-of-a-search")
    assert "Aucun examen ne répond aux filtres" in hidden.text
    assert str(hidden.url) == narrowed


def test_a_page_is_one_session_s_and_one_patient_s(
    stack: LocalStack, browser: httpx.Client
) -> None:
    one, other = patient("PREMIERE-PATIENTE"), patient("SECONDE-PATIENTE")
    come_in(stack, browser, "radiologist")
    first, second = (called(stack, browser, case) for case in (one, other))
    for page, mine, foreign in (
        (first, "PREMIERE-PATIENTE", "SECONDE-PATIENTE"),
        (second, "SECONDE-PATIENTE", "PREMIERE-PATIENTE"),
    ):
        shown = browser.get(page).text
        assert mine in shown
        assert foreign not in shown
    with stack.client() as thief:
        come_in(stack, thief, "nurse")
        assert thief.get(first).status_code == 404
        elsewhere = first.replace("/demo/", "/voisin/")
        assert "PREMIERE-PATIENTE" not in thief.get(elsewhere).text
    submit(browser, browser.get(first), "sign_out")
    come_in(stack, browser, "radiologist")
    assert browser.get(first).status_code == 404


def test_without_consent_and_without_the_dmp_the_page_says_so(
    stack: LocalStack, browser: httpx.Client
) -> None:
    case = patient("SANSDMP")
    come_in(stack, browser, "radiologist")
    refused = browser.get(called(stack, browser, case, InformationEtConsentement="false"))
    assert "n&#x27;a pas été interrogé" in refused.text
    assert "SANSDMP" in refused.text
    stack.fault("dmp", kind="unavailable")
    failed = browser.get(called(stack, browser, case))
    assert "dmp_unavailable" in failed.text
    assert "SANSDMP" in failed.text
    stack.heal("dmp")
    assert "dmp_unavailable" not in browser.get(str(failed.url)).text
