"""functions.drimbox.wording.lookup: the words of a code as the API's answers hold them."""

from __future__ import annotations

from functions.drimbox.wording import lookup


def test_a_reason_has_its_words_and_what_to_do() -> None:
    found = lookup.reason("study_not_found")
    assert found["reason"] == "study_not_found"
    assert found["words"]["en"] == "The study is not in the PACS."
    assert found["todo"]["fr"].startswith("Vérifier")
    assert lookup.reason("") == {}


def test_why_a_message_is_left_aside() -> None:
    assert "DESTDMP" in lookup.ignored("not_for_dmp")["ignored_words"]["fr"]
    assert lookup.ignored("") == {}


def test_a_wait_has_the_words_of_its_thing() -> None:
    assert lookup.wait("dmp")["words"]["fr"] == "En attente du DMP."
    assert lookup.wait("dmp/1750000001")["thing"] == "dmp/1750000001"
