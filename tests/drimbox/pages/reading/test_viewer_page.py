"""The viewer in a page: its facts as data, its policy, its words in both languages."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from functions.drimbox.images import (
    display,
    display_content,
    display_graphics,
    display_pdf,
    display_reasons,
    display_state,
)
from functions.drimbox.pages.kit.stylesheet import READING_SHEET, SHEET
from functions.drimbox.pages.reading.viewer_document_texts import BESIDE, DOCUMENTS, MENUS
from functions.drimbox.pages.reading.viewer_page import (
    Build,
    ViewerPlace,
    viewer_headers,
    viewer_page,
    viewer_part,
)
from functions.drimbox.pages.reading.viewer_texts import (
    ENDS,
    REASONS,
    STATES,
    TIPS,
    TOOLS,
    VIEWER,
)
from functions.drimbox.pages.reading.viewer_words import words_file
from functions.drimbox.reading import exam_states, have
from functions.drimbox.reading.ended import Ended
from functions.drimbox.wording.text import Language
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.pages.reading.shown import ADDRESS, PAGE, layout

BUILD = Build("/assets/viewer-1.js", "/assets/viewer-1.css")
SOURCES = Path(__file__).parents[4] / "web" / "viewer" / "src"


def facts(body: str) -> dict[str, Any]:
    [block] = [one for one in html.fromstring(body).iter("script") if one.get("id")]
    assert (block.get("id"), block.get("type")) == ("viewer-facts", "application/json")
    found: dict[str, Any] = json.loads(block.text or "")
    return found


def test_the_facts_name_addresses_below_the_page_and_the_page_s_own_patient() -> None:
    found = facts(viewer_part(layout(), CALL, ViewerPlace(PAGE, "edition"), BUILD))
    assert found["open"] == f"{ADDRESS}/open"
    assert found["progress"] == f"{ADDRESS}/progress"
    assert found["report"] == f"{ADDRESS}/report"
    assert found["import"] == f"{ADDRESS}/import"
    assert (found["token"], found["edition"], found["exams"]) == ("t", "edition", [])
    assert (found["back"], found["sheet"]) == ("", BUILD.sheet)
    assert found["patient"] == {
        "name": "PAT-TROIS DOMINIQUE",
        "birth_date": "27/03/1979",
        "sex": "Féminin",
    }


def test_a_page_of_its_own_opens_its_exams_and_knows_the_way_back() -> None:
    body = viewer_page(layout(), CALL, ViewerPlace(PAGE, "edition", (3, 7)), BUILD).decode()
    found = facts(body)
    assert (found["exams"], found["back"], found["sheet"]) == ([3, 7], ADDRESS, "")
    assert '<script type="module" src="/assets/viewer-1.js"></script>' in body
    assert '<link rel="stylesheet" href="/assets/viewer-1.css">' in body
    [banner] = [one for one in html.fromstring(body).iter("section") if one.get("class")]
    assert "PAT-TROIS" in "".join(map(str, banner.itertext()))


def test_a_list_is_shown_before_the_viewer_s_own_sheet_is_there() -> None:
    part = viewer_part(layout(), CALL, ViewerPlace(PAGE, "edition"), BUILD)
    assert f'<link rel="preload" as="style" href="{BUILD.sheet}">' in part
    assert "stylesheet" not in part


def test_a_professional_s_page_has_no_rules_of_the_operators_pages() -> None:
    body = viewer_page(layout(), CALL, ViewerPlace(PAGE, "edition", (3,)), BUILD).decode()
    assert html.fromstring(body).xpath("//style/text()") == [READING_SHEET]
    assert "nav.pages" in SHEET
    assert "nav.pages" not in READING_SHEET


def test_no_text_ends_the_block_of_data() -> None:
    evil = replace(CALL, birth_family="</script><script>alert(1)</script>\u2028&", sex="X")
    body = viewer_part(layout(), evil, ViewerPlace(PAGE, "e"), BUILD)
    assert body.count("<script") == body.count("</script>") == 2
    assert facts(body)["patient"]["name"].startswith("</script><script>alert(1)")
    assert facts(body)["patient"]["sex"] == "X"


def test_nobody_has_no_token() -> None:
    nobody = replace(layout(), visitor=None)
    assert facts(viewer_part(nobody, CALL, ViewerPlace(PAGE, "e"), BUILD))["token"] == ""


def test_the_policy_lets_nothing_inline_and_no_other_host() -> None:
    headers = viewer_headers(["https://bucket.example"])
    parts = dict(one.split(" ", 1) for one in headers["Content-Security-Policy"].split("; "))
    assert parts["default-src"] == "'none'"
    assert parts["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert re.fullmatch(r"'self'( 'sha256-[A-Za-z0-9+/=]+'){2}", parts["style-src"])
    assert parts["connect-src"] == "'self' https://bucket.example"
    assert parts["frame-ancestors"] == "'none'"
    assert headers["Link"] == "<https://bucket.example>; rel=preconnect; crossorigin"
    assert "unsafe-inline" not in str(parts)
    assert "'unsafe-eval'" not in str(parts)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_program_s_words_are_all_there(language: Language) -> None:
    body = viewer_part(layout(language), CALL, ViewerPlace(PAGE, "e"), BUILD)
    named = words_file(language)
    assert facts(body)["words"] == f"/assets/{named.name}"
    assert f'<link rel="modulepreload" href="/assets/{named.name}">' in body
    words = json.loads(named.content.decode().removeprefix("export default ").removesuffix(";\n"))
    asked = set()
    for path in SOURCES.glob("*.js"):
        asked |= set(re.findall(r'\bsay\(\s*"([a-z_]+)"', path.read_text()))
    assert len(asked) > 40
    assert asked <= words.keys()
    assert all(words[name].strip() for name in words)


def test_tools_and_their_tips_go_together() -> None:
    assert TOOLS.keys() == TIPS.keys()
    source = (SOURCES / "toolbar.js").read_text()
    lists = re.findall(r"^const [A-Z]+ = \[(.*)\];$", source, re.MULTILINE)
    lists += re.findall(r'\.of\("[a-z_]+"\)', source)
    named = set(re.findall(r'"([a-z_]+)"', " ".join(lists)))
    assert named == set(TOOLS)


def test_every_reason_against_a_picture_has_its_words() -> None:
    told = set()
    modules = (display, display_reasons, have, display_state, display_content, display_pdf)
    for module in (*modules, display_graphics, exam_states):
        source = Path(str(module.__file__)).read_text()
        told |= set(re.findall(r'(?:why = |"why": |\(|return |else )"([a-z_]+)"[,\s})]', source))
    assert {*REASONS, *BESIDE} <= told
    for code in ("class", "video", "syntax", "frames", "geometry", "unreadable", "rescale"):
        assert code in REASONS


def test_every_end_of_a_fetch_has_its_words() -> None:
    # The red page speaks for images of another patient; the DMP may still have a newer manifest
    # than a stale one.
    assert ENDS.keys() == set(Ended) - {Ended.WHOLE, Ended.STALE, Ended.DIFFERS}
    words = words_file("fr").content.decode()
    assert all(f'"ended_{one}":"{text.fr}"' in words for one, text in ENDS.items())


def test_no_word_has_two_meanings() -> None:
    tables = (VIEWER, STATES, DOCUMENTS, MENUS)
    assert len({name for table in tables for name in table}) == sum(map(len, tables))
    assert not REASONS.keys() & BESIDE.keys()
