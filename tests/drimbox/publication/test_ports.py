"""functions.drimbox.publication.ports: the sets of traits of a known patient."""

from __future__ import annotations

from functions.drimbox.publication.ports import KnownPatient


def test_no_set_of_traits_takes_the_place_of_another() -> None:
    one, other, third = {"sex": "a"}, {"sex": "b"}, {"sex": "c"}
    patient = KnownPatient("key", 3, one)
    assert patient.sets == (one,)
    more = patient.with_sets([*patient.sets, other, third])
    assert more == KnownPatient("key", 3, one, (other, third))
    assert more.sets == (one, other, third)
