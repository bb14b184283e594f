"""The pages in Chromium: access, keyboard, hostile texts, findings of axe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page

from functions.drimbox.pages.operations.pacs_search_texts import PACS_SEARCH
from functions.drimbox.wording.text import Language
from simulators.ris.cases import CASES
from tests.browser.axe import WIDTHS, judged, walked
from tests.browser.chromium import Visit
from tests.browser.scene import IMAGE, SCRIPT, Scene
from tests.flows.stack import PATIENCE, LocalStack, wait_for

TAB_STOPS = 80


def pages(visit: Visit, scene: Scene, language: Language) -> Iterator[Page]:
    """Every kind of page, one after the other."""
    page = visit.page
    page.goto(visit.operations)
    yield page  # the way in
    yield visit.sign_in()  # the queue
    page.goto(f"{visit.operations}?state=held&reason=study_not_found")
    yield page
    page.goto(f"{visit.operations}?state=ignored")
    yield page  # an empty one
    page.fill("input[name=text]", scene.case.traits.family)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{visit.operations}/search")
    assert scene.case.traits.family in page.inner_text("tbody")
    yield page
    for rest in ("refused", "activity", "services", "check"):
        page.goto(f"{visit.operations}/{rest}")
        yield page
    page.goto(f"{visit.operations}/agents")
    page.fill("input#name", f"salle-{language}")
    page.keyboard.press("Enter")
    page.wait_for_selector("pre")
    assert f"--code {page.inner_text('strong code')}" in page.inner_text("pre")
    yield page  # the code of an agent
    page.goto(f"{visit.operations}/agents")
    assert f"salle-{language}" in page.inner_text("tbody")
    page.locator("summary").last.click()
    yield page  # an agent that waits for its installation
    yield visit.open(scene.held[0])
    page.get_by_role("button", name=PACS_SEARCH["title"].in_language(language)).click()
    page.wait_for_url("**/pacs")
    assert page.locator("input[type=radio]").count() >= 1
    yield page  # the studies of the PACS
    yield visit.open(scene.published)
    page.get_by_role("button", name="Lire le message").or_(
        page.get_by_role("button", name="Read the message")
    ).click()
    page.wait_for_selector("pre")
    yield page  # the message as it came
    page.goto(f"{visit.operations}?replay=patient_mismatch")
    assert page.locator("input[name=confirm]").count() == 1
    yield page  # the confirmation of a replay of many
    page.goto(f"{visit.operations}/publications/{'0' * 32}")
    yield page  # absent
    page.goto(f"{visit.operations}?state=nonsense")
    yield page  # ill-formed
    page.goto(visit.operations)
    page.click("header button")
    page.wait_for_url("**?left=1")
    yield page  # signed out


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_accessible(visit: Visit, scene: Scene, language: Language) -> None:
    visit.page.goto(f"{visit.operations}?lang={language}")
    titles = set()
    for page in pages(visit, scene, language):
        assert page.get_attribute("html", "lang") == language
        assert page.locator("main h1").count() == 1
        titles.add(page.title())
        assert page.locator("p.zone").count() == bool(page.locator("time").count())
        judged(page, audited_at=WIDTHS if language == "fr" else ())
        walked(page)
    assert len(titles) >= 9


@pytest.mark.parametrize("path", ["/", "/unknown"])
def test_an_address_without_a_page_is_a_page(visit: Visit, stack: LocalStack, path: str) -> None:
    """API Gateway itself answers; a program gets JSON there."""
    page = visit.page
    answer = page.goto(stack.endpoints["vi"] + path)
    assert answer is not None
    assert answer.status == 404
    assert page.locator("h1").inner_text() == "Introuvable"
    assert page.locator("section[lang=en] h2").inner_text() == "Not found"
    assert answer.headers["x-amzn-requestid"] == page.locator("code").inner_text()
    # Its style sheet passes its own policy.
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "640px"
    judged(page, widths=(390, 1280, 1920))
    with stack.client() as http:
        problem = http.get(stack.endpoints["vi"] + path)
    assert problem.json()["code"] == "absent"


def test_rows_are_cards_in_a_narrow_window(visit: Visit, scene: Scene) -> None:
    """No table is left to scroll below 900 pixels, nor at 200 % of 1280."""
    page = visit.sign_in()
    shown = {}
    for width in (1280, 890, 640):
        page.set_viewport_size({"width": width, "height": 800})
        lefts = page.locator("table.listing tbody tr").first.evaluate(
            "row => [...row.cells].filter(one => one.checkVisibility())"
            ".map(one => Math.round(one.getBoundingClientRect().left))"
        )
        assert len(lefts) > 2
        shown[width] = len(set(lefts))
    assert shown == {1280: len(lefts), 890: 1, 640: 1}


def test_a_visit_hears_every_tab(visit: Visit) -> None:
    context = visit.page.context
    tab = context.new_page()
    tab.goto(visit.operations)
    assert visit.urls == [visit.operations]
    with context.expect_event("weberror"):
        tab.evaluate(
            """() => {
                console.error('said');
                alert('asked');
                setTimeout(() => { throw new Error('failed'); });
            }"""
        )
    said, asked, failed = visit.complaints
    assert (said, asked) == ("said", "dialog asked")
    assert "failed" in failed
    visit.complaints.clear()  # the acts of this very test


def test_a_control_out_of_the_keyboard_s_reach_would_be_found(visit: Visit) -> None:
    visit.page.goto(visit.operations)
    walked(visit.page)
    link = "document.querySelector('main a.button')"
    visit.page.evaluate(f"{link}.tabIndex = -1")
    with pytest.raises(AssertionError, match="does not reach"):
        walked(visit.page)
    visit.page.evaluate(f"{link}.tabIndex = 0; {link}.style.outline = 'none'")
    with pytest.raises(AssertionError, match="does not show"):
        walked(visit.page)
    visit.complaints.clear()  # the page's policy refuses the style of this very test


def test_axe_would_find_an_issue(visit: Visit) -> None:
    visit.page.goto(visit.operations)
    visit.page.evaluate("document.documentElement.removeAttribute('lang')")
    with pytest.raises(AssertionError, match="html-has-lang"):
        judged(visit.page)


def test_markup_in_messages_and_images_stays_text(visit: Visit, scene: Scene) -> None:
    visit.sign_in()
    page = visit.open(scene.published)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    text = page.inner_text("main")
    assert SCRIPT in text  # StudyDescription (0008,1030)
    assert IMAGE in text  # PV1-3
    for name in ("script:not([src])", "img", "iframe", "object", "embed", "link", "base"):
        assert page.locator(name).count() == 0
    assert page.locator("script").count() == 1  # ours, which copies codes
    # The page's policy refuses the script, too.
    refused = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', e => resolve(e.violatedDirective));
            const script = document.createElement('script');
            script.textContent = 'alert(1)';
            document.body.append(script);
        })"""
    )
    assert refused.startswith("script-src")
    visit.complaints.clear()  # the browser's word on the attempts of this very test


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until ``wanted`` has the focus, which must be seen."""
    handle = wanted.element_handle()
    for _ in range(TAB_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", handle):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"{wanted} is not reached by the keyboard")


def test_by_keyboard_alone_from_the_sign_in_to_a_replay(visit: Visit, scene: Scene) -> None:
    page, message_id = visit.page, scene.held[0]
    page.goto(visit.operations)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#content"
    page.keyboard.press("Enter")
    tab_to(page, page.locator("main a.button"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/operators/login/**")
    tab_to(page, page.locator("button[value=operator-1]"))
    page.keyboard.press("Enter")
    page.wait_for_url(visit.operations)
    tab_to(page, page.locator(f"tbody th a[href$='{message_id}']"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/publications/{message_id}")
    tab_to(page, page.get_by_role("button", name="Rejouer", exact=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**?done=replayed")
    assert "remise en file" in page.inner_text("main [role=status]")


def test_a_code_is_copied_by_its_button(visit: Visit, scene: Scene) -> None:
    # Chromium refuses each permission that is not granted here.
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.sign_in()
    page = visit.open(scene.published)
    page.bring_to_front()
    code = page.locator("h3 code[data-copy]").first
    page.get_by_role("button", name=f"Copier {code.inner_text()}").first.click()
    page.get_by_role("button", name="Copier").filter(has_text="Copié").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == scene.case.studies[0]
    judged(page)


def test_a_study_is_found_in_the_pacs_chosen_and_published(visit: Visit, stack: LocalStack) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    case = replace(case, ipp=f"IPP-RECHERCHE-{uuid4().hex[:8]}")
    (study,) = case.studies
    exams = tuple(replace(exam, studies=(f"{study}.999",)) for exam in case.exams)
    stack.store(case)
    message_id = stack.accepted(stack.report(replace(case, exams=exams)))
    stack.await_state(message_id, "held")
    visit.sign_in()
    page = visit.open(message_id)
    page.get_by_role("button", name="Chercher dans le PACS").click()
    page.wait_for_url(f"**/publications/{message_id}/pacs")
    assert page.input_value("input[name=ipp]") == case.ipp
    assert page.locator("article strong").count() == 1, "no value differs"
    judged(page)
    page.get_by_role("radio").check()
    page.get_by_role("button", name="Enregistrer et rejouer").click()
    page.wait_for_url("**?done=corrected")
    stack.await_state(message_id, "published")
    assert [one["availability_status"] for one in stack.documents(study)] == ["Approved"]
    [record] = stack.audited("pacs.searched", for_message_id=message_id)
    assert (record["who"], record["for_patient_id"]) == ("operator-1", case.ipp)
    assert not any(case.ipp in url for url in visit.urls)


def test_a_mistaken_choice_names_its_obstacle_and_is_undone(
    visit: Visit, stack: LocalStack
) -> None:
    other, case = (CASES["C"].fresh(uuid4().hex) for _ in range(2))
    (taken,), (study,) = other.studies, case.studies
    stack.store(other)
    holder = stack.accepted(stack.report(other))
    stack.await_state(holder, "published")
    message_id = stack.accepted(stack.report(case))
    stack.await_state(message_id, "held")
    visit.sign_in()
    page = visit.open(message_id)
    page.get_by_label("StudyInstanceUID voulu").fill(taken)
    page.get_by_role("button", name="Enregistrer et rejouer").click()
    page.wait_for_url("**?done=corrected")

    def shown(words: str) -> bool | None:
        visit.open(message_id)
        return words in page.inner_text("main") or None

    wait_for(lambda: shown("appartient à un autre compte rendu"), PATIENCE, "the obstacle")
    assert page.locator(f"a[href$='/publications/{holder}']").count() == 1
    judged(page)
    stack.store(case)
    page.get_by_role("button", name="Retirer la rectification et rejouer").click()
    page.wait_for_url("**?done=undone_replayed")
    stack.await_state(message_id, "published")
    assert [one["availability_status"] for one in stack.documents(study)] == ["Approved"]
    visit.open(message_id)
    assert "Écartée (rectification)" in page.inner_text("main")
    judged(page)


def test_a_message_is_pasted_and_checked(visit: Visit, scene: Scene, stack: LocalStack) -> None:
    page = visit.sign_in()
    page.get_by_role("link", name="Contrôler un message").click()
    raw = stack.report(scene.case).replace(b"|IMAGERIE|", f"|{IMAGE}|".encode())
    page.fill("textarea", raw.decode())
    page.get_by_role("button", name="Contrôler", exact=True).click()
    page.wait_for_selector('h1:has-text("Contrôle d\'un message")')
    assert scene.case.ins in page.inner_text("main")
    assert page.locator("script, img").count() == 0
    # Nothing may run in that page, axe neither: a copy of it is judged.
    copy = page.context.new_page()
    copy.set_content(page.content())
    judged(copy)


def test_nobody_gets_in_without_being_declared(visit: Visit, scene: Scene) -> None:
    page = visit.sign_in("stranger")
    assert page.locator("h1").inner_text() == "Accès refusé"
    assert "stranger" in page.inner_text("main code >> nth=0"), "as whom the person is signed in"
    judged(page)
    assert not [c for c in page.context.cookies() if c["name"].startswith("__Host-operator")]
    # Another account is asked for: the provider's session brings nobody back by itself.
    page.get_by_role("link", name="Changer de compte").click()
    page.wait_for_url("**/operators/login/**")
    page = visit.open(scene.published)
    assert page.locator("h1").inner_text() == "Connexion"
    assert scene.case.ins not in page.content()


def test_an_operator_who_may_only_view_is_offered_nothing_else(visit: Visit, scene: Scene) -> None:
    visit.sign_in("operator-2")
    page = visit.open(scene.held[0])
    assert scene.case.ins in page.inner_text("main")
    assert page.locator("main form").count() == 0


def test_after_signing_out_nothing_is_left(visit: Visit, scene: Scene) -> None:
    visit.sign_in()
    [cookie] = [c for c in visit.page.context.cookies() if c["name"] == "__Host-operator-demo"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, True, "/")
    page = visit.open(scene.published)
    page.click("header button")
    page.wait_for_url("**?left=1")
    assert not [c for c in page.context.cookies() if c["name"] == "__Host-operator-demo"]
    page.go_back()
    assert page.locator("h1").inner_text() == "Connexion"
    assert scene.case.ins not in page.content()


def test_a_form_from_another_place_is_refused(
    visit: Visit, scene: Scene, browser: Browser, stack: LocalStack
) -> None:
    stack.await_state(scene.held[1], "held")  # not in the middle of a replay
    visit.sign_in()
    page = visit.open(scene.held[1])
    # The form's token of another session, from this very page.
    page.evaluate("document.querySelectorAll('[name=token]').forEach(one => one.value = 'x')")
    page.get_by_role("button", name="Rejouer", exact=True).click()
    page.locator("h1", has_text="Accès refusé").wait_for()
    # And the right form, from a page of another origin.
    visit.open(scene.held[1])
    form = page.locator("main form").first.evaluate(
        "one => ({action: one.action, token: one.querySelector('[name=token]').value})"
    )
    page.goto(f"{stack.endpoints['psc']}/operators/.well-known/openid-configuration")
    page.evaluate(
        """form => {
            const made = document.createElement('form');
            made.method = 'post';
            made.action = form.action;
            for (const [name, value] of [['token', form.token], ['verb', 'replay']]) {
                const field = document.createElement('input');
                field.name = name; field.value = value;
                made.append(field);
            }
            document.documentElement.append(made);
            made.submit();
        }""",
        form,
    )
    page.wait_for_url(f"{visit.operations}/**")
    assert page.locator("h1").inner_text() == "Accès refusé"
