"""The facts of a VIHF."""

from __future__ import annotations

import pytest

from tests.drimbox.dmp import samples


@pytest.mark.parametrize(
    "field",
    [
        "professional_id",
        "subject_name",
        "structure_id",
        "sector",
        "profession",
        "specialty",
        "primary_authentication",
    ],
)
def test_nothing_required_may_be_empty(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} is missing"):
        samples.vihf_facts(**{field: ""})


def test_nothing_secret_is_printed() -> None:
    shown = repr(samples.vihf_facts()) + repr(samples.LPS)
    for secret in ("HOMOLOGATION", "VERNIER", "279035121518989", "810100000001"):
        assert secret not in shown


def test_a_profession_without_specialty_need_not_have_one() -> None:
    assert samples.vihf_facts(profession="60", specialty="").specialty == ""
