"""Kinds and states of documents, by their codes."""

from __future__ import annotations

import pytest

from functions.drimbox.dmp import documents, xds
from functions.drimbox.dmp.documents import Kind, Restriction, State
from functions.drimbox.identity.parties import Code


@pytest.mark.parametrize(
    ("type_code", "kind"),
    [
        (Code("IMG-KOS", "1.2.250.1.213.1.1.4.12"), Kind.MANIFEST),
        (Code("18748-4", "2.16.840.1.113883.6.1", "CR d'imagerie médicale"), Kind.REPORT),
        (Code("85895-1", "2.16.840.1.113883.6.1"), Kind.REPORT),
        (Code("18748-4", "1.2.250.1.213.1.1.4.12"), None),
        (Code("11502-2", "2.16.840.1.113883.6.1"), None),
        (None, None),
    ],
)
def test_kinds(type_code: Code | None, kind: Kind | None) -> None:
    assert documents.kind_of(type_code) is kind


def test_all_but_the_normal_code_of_its_own_system_restricts() -> None:
    normal, masked = Code("N", xds.CONFIDENTIALITY_SYSTEM, "Normal"), Code("MASQUE_PS", "1")
    assert documents.restricting([normal]) == ()
    told = documents.restricting([normal, masked, Code("MASQUE_PS", "1", "x"), Code("N", "1")])
    assert told == (masked, Code("N", "1"))


def test_a_restriction_is_one_of_a_code_in_its_own_system() -> None:
    found = {
        (code, system): documents.restriction_of(Code(code, system))
        for code in ("N", "R", "V", "MASQUE_PS", "INVISIBLE_PATIENT", "X", "")
        for system in (xds.CONFIDENTIALITY_SYSTEM, xds.MASKING_SYSTEM, "")
    }
    known = {pair: one for pair, one in found.items() if one is not Restriction.UNKNOWN}
    assert known == {
        ("N", xds.CONFIDENTIALITY_SYSTEM): None,
        ("R", xds.CONFIDENTIALITY_SYSTEM): Restriction.RESTRICTED,
        ("V", xds.CONFIDENTIALITY_SYSTEM): Restriction.VERY_RESTRICTED,
        ("MASQUE_PS", xds.MASKING_SYSTEM): Restriction.MASKED,
        ("INVISIBLE_PATIENT", xds.MASKING_SYSTEM): Restriction.INVISIBLE_PATIENT,
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("urn:oasis:names:tc:ebxml-regrep:StatusType:Approved", State.ACTIVE),
        ("urn:asip:ci-sis:2010:StatusType:Archived", State.ARCHIVED),
        ("urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated", State.REPLACED),
        (xds.DELETED, None),
        ("", None),
    ],
)
def test_states(status: str, state: State | None) -> None:
    assert documents.state_of(status) is state
