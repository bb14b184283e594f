"""A publication is found by whole terms, kept as keyed hashes; its facts are sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.manifest.key_images import RejectionNote
from functions.drimbox.oid import Uid
from functions.drimbox.publication import messages
from functions.drimbox.publication.finding import (
    OF_PATIENTS,
    Finder,
    Term,
    _facts,
    _terms,
    normal,
)
from functions.drimbox.publication.message_entry import MessageEntry, shown_id
from functions.drimbox.publication.messages import ReportMessage
from functions.drimbox.publication.withdrawal_order import WithdrawalOrder
from functions.drimbox.report.order_change import OrderChange
from functions.drimbox.report.reading import read_report
from simulators.ris.messages import message
from tests.fakes.memory import MemoryLookups
from tests.fakes.world import SECRET, SENDER, World, case

CASE = case("C")
EVERY = frozenset(Term)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.close()


def report(world: World, control_id: str = "1") -> str:
    """A report that arrived and was started; its identifier."""
    message_id = world.send(CASE, control_id=control_id).message_id
    world.work()
    return message_id


def found(world: World, text: str, kinds: frozenset[Term] = EVERY) -> dict[str, tuple[Term, ...]]:
    return dict(world.finder.find(text, kinds, limit=50).message_ids)


def test_a_report_is_found_by_each_of_its_terms(world: World) -> None:
    one = report(world)
    family, given_name = CASE.traits.family, CASE.traits.given
    wanted = {
        CASE.ins: Term.INS,
        f" {CASE.ins[:5]} {CASE.ins[5:].lower()} ": Term.INS,
        family: Term.NAME,
        family.lower(): Term.NAME,
        f"{given_name} {family}": Term.NAME,
        f"{family} {given_name.lower()}": Term.NAME,
        CASE.ipp: Term.IPP,
        CASE.orders[0].accession.lower(): Term.ACCESSION,
        CASE.studies[0]: Term.STUDY,
        "1": Term.CONTROL_ID,
        CASE.orders[0].placer: Term.ORDER,
        shown_id(one): Term.PUBLICATION,
    }
    for text, term in wanted.items():
        assert term in found(world, text).get(one, ()), term
    # A part of a term is no term.
    for text in (CASE.ins[:14], family[:-1], CASE.studies[0][:-1], given_name, "   ", "''"):
        assert found(world, text) == {}, text


def test_a_kind_that_is_not_asked_for_finds_nothing(world: World) -> None:
    report(world)
    kinds = EVERY - OF_PATIENTS
    for text in (CASE.ins, CASE.traits.family, CASE.ipp):
        assert found(world, text, kinds) == {}
    assert found(world, CASE.studies[0], kinds) != {}


def test_nothing_of_a_patient_is_kept_in_clear(world: World) -> None:
    report(world)
    kept = json.dumps([sorted(world.lookups.marks), world.lookups.facts])
    for secret in (CASE.ins, CASE.traits.family, CASE.ipp, CASE.orders[0].accession):
        assert secret not in kept
    other = replace(world.finder, secret=lambda: SECRET + b"!")
    assert not other.find(CASE.ins, EVERY, limit=50).message_ids


def test_the_latest_is_first_and_the_rest_is_told(world: World) -> None:
    ids = []
    for number in range(3):
        ids.append(report(world, control_id=str(number)))
        world.clock.advance(timedelta(minutes=1))
    whole = world.finder.find(CASE.ins, EVERY, limit=3)
    assert (list(whole.message_ids), whole.complete) == (ids[::-1], True)
    part = world.finder.find(CASE.ins, EVERY, limit=2)
    assert (list(part.message_ids), part.complete) == (ids[:0:-1], False)


def test_a_replay_keeps_the_terms_once(world: World) -> None:
    one = report(world)
    before = set(world.lookups.marks)
    world.clock.advance(timedelta(hours=2))
    world.replay(one)
    world.work()
    assert world.lookups.marks == before


def test_facts_are_read_back_where_they_were_kept_alone(world: World) -> None:
    one = report(world)
    [facts] = world.finder.facts([one, "m2"]).values()
    assert facts.patient.startswith(CASE.traits.family)
    assert facts.accessions == (CASE.orders[0].accession,)
    assert facts.modalities
    assert all(len(day) == 8 for day in facts.days)
    # Moved to another publication, they do not open.
    world.lookups.facts["m2"] = world.lookups.facts.pop(one)
    assert world.finder.facts([one, "m2"]) == {}
    assert world.finder.facts([]) == {}
    assert CASE.traits.family not in repr(facts)


def test_a_patient_without_birth_date_or_used_name(world: World) -> None:
    raw = message(CASE, "ORU", sender=SENDER, control_id="1", at=world.clock.now())
    report = read_report(raw)
    document = report.document
    patient = replace(document.patient, birth_date="", used_family="")
    exam = replace(document.exams[0], period=replace(document.exams[0].period, low=None))
    bare = replace(report, document=replace(document, patient=patient, exams=(exam,)))
    facts = _facts(bare)
    assert facts.birth_date == ""
    assert facts.days == ()
    terms = set(_terms(ReportMessage(raw, report.header, bare)))
    assert (Term.NAME, normal(Term.NAME, patient.birth_family)) in terms


def test_changes_of_images_notes_and_withdrawals_are_found_by_their_study(world: World) -> None:
    study = Uid(CASE.studies[0])
    for number, (loaded, wanted) in enumerate(loaded_messages(world, study)):
        assert set(_terms(loaded)) >= wanted
        entry = MessageEntry(f"m{number}", world.clock.now(), 0, "")
        world.finder.keep(entry, loaded)
        assert entry.message_id in found(world, study)
    assert world.lookups.facts == {}, "they bring no report"


def loaded_messages(
    world: World, study: Uid
) -> Iterator[tuple[messages.Message, set[tuple[Term, str]]]]:
    raw = message(CASE, "ORU", sender=SENDER, control_id="7", at=world.clock.now())
    report = read_report(raw)
    order = OrderChange(report.header, report.document.patient.ins, (study,), cancelled=False)
    by_study = {(Term.STUDY, str(study))}
    of_order = by_study | {(Term.CONTROL_ID, "7"), (Term.INS, CASE.ins)}
    yield messages.OrderChangeMessage(raw, order), of_order
    yield messages.RepairMessage(raw, order), of_order
    note = RejectionNote(study, Uid("2.25.1"), {study: frozenset()})
    yield messages.RejectionNoteMessage(note), by_study
    withdrawal = WithdrawalOrder(study, "intent", "operator-1", world.clock.now())
    yield messages.WithdrawalMessage(withdrawal), by_study


def test_terms_that_cannot_be_kept_stop_the_start(world: World) -> None:
    class Full(MemoryLookups):
        def keep(self, *_: object) -> None:
            raise StorageUnavailable("full")

    world.lookups = Full()
    world.send(CASE)
    with pytest.raises(StorageUnavailable):
        world.work()
    assert world.workflow.started == {}


@given(st.text(max_size=60))
def test_any_text_may_be_searched(text: str) -> None:
    finder = Finder(MemoryLookups(), lambda: SECRET, World.__new__, lambda: b"")  # type: ignore[arg-type]
    assert finder.find(text, EVERY, limit=1).message_ids == {}


@given(st.lists(st.sampled_from(["Élise", "DE", "la-Tour", "œuvre"]), min_size=1, max_size=4))
def test_names_are_compared_without_accents_case_and_order(words: list[str]) -> None:
    plain = {normal(Term.NAME, " ".join(one)) for one in (words, words[::-1])}
    assert plain == {normal(Term.NAME, " ".join(words).upper())}


TITLED = ("M. {}", "Mme {}", "Mr {}", "dr. {}", "Mlle {}", "Monsieur {}", "M. le Dr {}", "M.{}")


@pytest.mark.parametrize("form", TITLED)
def test_a_title_before_a_name_does_not_count(world: World, form: str) -> None:
    one = report(world)
    family, given_name = CASE.traits.family, CASE.traits.given
    for name in (family, f"{given_name} {family}", f"{family} {given_name}"):
        assert found(world, form.format(name)) == {one: (Term.NAME,)}
        assert found(world, form.format(name), EVERY - OF_PATIENTS) == {}
    # A first name alone is no term, with a title or without one.
    assert found(world, form.format(given_name)) == {}


@pytest.mark.parametrize("family", ["M", "Mme", "M'Bala", "Le Docteur", "M. Dupont"])
def test_a_name_that_looks_like_a_title_is_found_as_it_stands(world: World, family: str) -> None:
    raw = message(CASE, "ORU", sender=SENDER, control_id="1", at=world.clock.now())
    read = read_report(raw)
    patient = replace(read.document.patient, birth_family=family, used_family="")
    named = replace(read, document=replace(read.document, patient=patient))
    entry = MessageEntry("m1", world.clock.now(), 0, "")
    world.finder.keep(entry, ReportMessage(raw, named.header, named))
    for text in (family, f"Mme {family}", f"{family} {patient.birth_given}"):
        assert found(world, text) == {"m1": (Term.NAME,)}, text


# Numbers of patients and exams, as sites make them: some look like something else.
NUMBERS = ("202101080001", "000000000012", "abcdef012345", "1.2.3.4.5", "279035121518989")


@pytest.mark.parametrize("number", NUMBERS)
def test_no_form_of_a_number_hides_it(world: World, number: str) -> None:
    order = replace(CASE.orders[0], accession=number, placer=f"P{number}")
    one = world.send(replace(CASE, orders=(order,), ipp=number)).message_id
    world.work()
    met = found(world, number)[one]
    assert {Term.ACCESSION, Term.IPP} <= set(met)
    assert found(world, f"P{number}")[one] == (Term.ORDER,)
    without = found(world, number, EVERY - OF_PATIENTS)[one]
    assert Term.ACCESSION in without


def test_every_kind_is_found_by_the_beginning_that_its_page_shows(world: World) -> None:
    order = WithdrawalOrder(Uid("1.2.3"), "intent", "operator-1", world.clock.now())
    name = "withdrawal-" + "0123456789ab" + "f" * 20
    entry = MessageEntry(name, world.clock.now(), 0, "")
    world.finder.keep(entry, messages.WithdrawalMessage(order))
    assert found(world, " 0123456789ab ") == {name: (Term.PUBLICATION,)}
    assert found(world, "0123456789a") == {}
