"""docs/codes.md: generated from the words, and complete."""

from __future__ import annotations

import re

from functions.drimbox.wording.call_faults import CALL_FAULTS
from functions.drimbox.wording.held import HELD_REASONS
from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, REMEDIES, UNPUBLISHED, remedy
from functions.drimbox.wording.refusals import PROBLEMS
from infra import codes


def test_the_page_is_written_from_the_words() -> None:
    assert codes.PAGE.read_text(encoding="utf-8") == codes.page(), "run: make codes"


def test_every_code_of_a_problem_has_its_words_and_no_other() -> None:
    found = codes.problems()
    assert set(found) == set(PROBLEMS)
    assert found["may_be_in_dmp"] == {"409"}
    assert found["internal_error"] == {"500", "502"}
    assert found["not_ready"] == {"503"}
    assert found["too_many_requests"] == {"429"}
    assert all(found.values())


def test_the_acknowledgement_is_that_of_the_code() -> None:
    found = codes.acknowledgements()
    assert set(found) == set(MESSAGE_FAULTS)
    refused = {code for code, ack in found.items() if ack == "AR"}
    of_agent = {"agent_no_room", "agent_gateway_away", "agent_not_admitted", "agent_fault"}
    assert refused == {"storage_unavailable", *of_agent}, "AR: the same message may be sent again"
    assert set(REMEDIES) <= set(found)
    later = "Send the same message again later."
    assert {code for code in found if remedy(code).en == later} == refused


def test_the_same_bytes_are_worth_another_send_where_the_remedy_says_so() -> None:
    acks, page = codes.acknowledgements(), codes.page()
    again = set(re.findall(r"^\| `(\w+)` \| \w+ \| yes, ", page, re.MULTILINE))
    assert again == {code for code in acks if "the same message" in remedy(code).en}


def test_every_code_stands_on_the_page() -> None:
    page = codes.page()
    for code in (*HELD_REASONS, *MESSAGE_FAULTS, *UNPUBLISHED, *PROBLEMS, *CALL_FAULTS):
        assert f"| `{code}` |" in page
