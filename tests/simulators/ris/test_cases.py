"""The cases as facts: the meaning of each letter, and that fresh cases are new ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.ris.cases import CASES, PAT_TROIS, SENDER_A, SENDER_B

_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
# Letter -> (document, studies): the numbering of the national plan.
_NUMBERS = {
    "A": (401, (101,)),
    "C": (403, (103,)),
    "E": (405, (105,)),
    "F": (406, (106, 107)),
    "G1": (407, (108,)),
    "G1_MAJ": (4072, (108,)),
    "I": (410, (110,)),
    "I_Depublication": (410, (110,)),
    "M": (414, (114,)),
    "Q": (418, (118,)),
    "U": (422, (122,)),
    "W": (424, (124,)),
    "Z": (427, (127,)),
}


def test_every_letter_is_there() -> None:
    letters = {name[0] for name in CASES if len(name) == 1 or name.startswith(("G", "I_"))}

    assert letters == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@pytest.mark.parametrize("name", _NUMBERS)
def test_numbers_are_those_of_the_plan(name: str) -> None:
    document, studies = _NUMBERS[name]

    assert CASES[name].cda_id == f"1.2.250.1.213.4.5.4.{document}"
    assert CASES[name].studies == tuple(f"1.2.250.1.213.4.5.2.1.{n}" for n in studies)


@pytest.mark.parametrize(
    ("name", "sender"), [("J", SENDER_B), ("K", SENDER_A), ("L", SENDER_B), ("S", SENDER_A)]
)
def test_routing_cases_impose_their_sender(name: str, sender: tuple[str, str]) -> None:
    assert CASES[name].sender == sender


def test_documents_are_distinct_but_for_the_withdrawal() -> None:
    ids = [case.cda_id for name, case in CASES.items() if name != "I_Depublication"]

    assert len(ids) == len(set(ids))


def test_study_and_accession_go_together() -> None:
    studies = CASES["F"].archived_studies()

    assert [(s.study_instance_uid[-3:], s.accession) for s in studies] == [
        ("106", "ACN106"),
        ("107", "ACN107"),
    ]


def test_g2_names_a_study_that_its_order_has_not() -> None:
    case = CASES["G2"]

    assert case.studies == ("1.2.3.4.5.6.7.8.9",)
    assert [s.study_instance_uid for s in case.archived_studies()] == list(CASES["G1"].studies)
    assert case.orders == CASES["G1"].orders


def test_m_contradicts_the_traits_of_its_images() -> None:
    case = CASES["M"]

    assert case.archived_studies()[0].traits == PAT_TROIS
    assert (case.traits.birth_date, case.traits.sex) == ("20120125", "M")
    assert case.ins == CASES["C"].ins


@given(token=st.text(min_size=1), name=st.sampled_from(sorted(CASES)))
def test_fresh_cases_keep_valid_identifiers(token: str, name: str) -> None:
    case = CASES[name].fresh(token)

    for uid in (
        case.cda_id,
        *case.studies,
        *(s.study_instance_uid for s in case.archived_studies()),
    ):
        assert len(uid) <= 64
        assert _OID.fullmatch(uid)
    assert all(len(order.accession) <= 16 for order in case.orders)
    assert case.fresh(token) != case
    assert CASES[name].fresh(token) == case


@given(tokens=st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True))
def test_two_tokens_share_nothing(tokens: list[str]) -> None:
    one, other = (CASES["F"].fresh(token) for token in tokens)

    assert not {one.cda_id, one.set_id, *one.studies} & {other.cda_id, other.set_id, *other.studies}
    assert not {o.accession for o in one.orders} & {o.accession for o in other.orders}


def test_fresh_cases_keep_their_links() -> None:
    first, update, lost = (CASES[name].fresh("token") for name in ("G1", "G1_MAJ", "G2"))

    assert update.replaces == first.cda_id
    assert update.set_id == first.set_id
    assert update.studies == first.studies
    assert lost.archived == first.studies
    assert lost.orders == first.orders
    assert lost.studies != first.studies


def test_a_fresh_case_needs_a_token() -> None:
    with pytest.raises(ValueError, match="token"):
        CASES["C"].fresh("")
