"""functions.drimbox.tenants.model: structures, senders and operators are found by their names."""

from __future__ import annotations

import pytest

from functions.drimbox.tenants.model import Permission
from functions.drimbox.tenants.reading import read_tenant
from tests.drimbox.tenants.samples import FACTS, PERSON, PROGRAM


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("1750000001", "Site"),
        ("750000001", "Site"),
        ("300000000000033", "Cabinet"),
        ("000000033", None),
        ("1750000002", None),
        ("", None),
    ],
)
def test_structures_by_id(wanted: str, name: str | None) -> None:
    found = read_tenant(FACTS).structure(wanted)
    assert (found and found.name) == name


def test_operators_by_certificate_and_by_sign_in() -> None:
    found = read_tenant({**FACTS, "operators": [PROGRAM, PERSON]})
    program = found.operator_by_certificate("cn=watch.example, OU=1750000001,O=Site,C=FR")
    person = found.operator_by_oidc("operator-1")
    assert program is not None
    assert person is not None
    assert (program.subject, person.subject) == (PROGRAM["certificate_subject"], "operator-1")
    assert [one for one in Permission if program.may(one)] == [Permission.VIEW, Permission.BULK]
    assert [one for one in Permission if person.may(one)] == [Permission.EDIT]
    assert found.programs == (*found.senders, program)
    assert found.operator_by_oidc("") is None
    assert found.operator_by_oidc("operator-2") is None
    assert found.operator_by_certificate("CN=operator-1") is None
    assert read_tenant(FACTS).operators == ()
