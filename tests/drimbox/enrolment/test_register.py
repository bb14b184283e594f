"""functions.drimbox.enrolment.register: the states of an agent's record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.drimbox.enrolment.register import (
    CODE_VALID,
    MOST_TRIES,
    AgentRecord,
    Invitation,
    Issued,
    change,
)
from functions.drimbox.errors import StorageUnavailable
from tests.fakes.memory import MemoryAgentRegister, VirtualClock

AT = VirtualClock().now()
INVITATION = Invitation("ABCDE", "hash", AT + CODE_VALID)
NEW = replace(AgentRecord("salle-1").invited(INVITATION, AT), revision=1)


def issued(number: str) -> Issued:
    return Issued(number, AT, AT + timedelta(days=90))


def test_an_agent_that_never_was_is_not_there() -> None:
    assert not AgentRecord("salle-1").is_there
    assert NEW.is_there
    assert NEW.ends_at is None
    with pytest.raises(ValueError, match="nobody"):
        AgentRecord("salle-1").tried_in_vain()


def test_a_code_is_open_for_a_day_and_for_some_tries() -> None:
    assert INVITATION.is_open(AT)
    assert not INVITATION.is_open(AT + CODE_VALID)
    record = NEW
    for _ in range(MOST_TRIES):
        assert record.invitation is not None
        assert record.invitation.is_open(AT)
        record = record.tried_in_vain()
    assert record.invitation is not None
    assert not record.invitation.is_open(AT)


def test_an_enrolment_spends_the_code_and_closes_former_certificates() -> None:
    first = NEW.enrolled(issued("a"), AT)
    assert first.invitation is None
    assert first.opens("a")
    again = first.invited(INVITATION, AT)
    assert again.opens("a")
    second = again.enrolled(issued("b"), AT)
    assert (second.opens("a"), second.opens("b")) == (False, True)


def test_a_renewal_keeps_the_certificate_that_was_shown() -> None:
    record = NEW.enrolled(issued("a"), AT).renewed("a", issued("b"))
    assert [one.serial_number for one in record.issued] == ["a", "b"]
    # The answer was lost, and the agent asks again with the former one.
    record = record.renewed("a", issued("c"))
    assert [one.serial_number for one in record.issued] == ["a", "c"]
    record = record.renewed("c", issued("d"))
    assert [one.serial_number for one in record.issued] == ["c", "d"]
    assert record.ends_at == AT + timedelta(days=90)


def test_a_removed_agent_opens_nothing_and_may_be_invited_anew() -> None:
    gone = NEW.enrolled(issued("a"), AT).invited(INVITATION, AT).removed(AT)
    assert not gone.is_there
    assert not gone.opens("a")
    assert gone.invitation is None
    back = gone.invited(INVITATION, AT)
    assert back.is_there
    assert back.revision == gone.revision
    assert not back.opens("a")
    assert back.enrolled_at is None


def test_a_change_is_made_anew_while_others_write() -> None:
    register = MemoryAgentRegister()
    assert register.put(AgentRecord("salle-1").invited(INVITATION, AT))

    def another() -> None:
        record = register.get("salle-1")
        register.records["salle-1"] = replace(record, revision=record.revision + 1)

    register.before_put = [another]
    stored = change(register, "salle-1", lambda record: record.removed(AT))
    assert stored == register.get("salle-1")
    assert not stored.is_there
    register.before_put = [another] * 4
    with pytest.raises(StorageUnavailable):
        change(register, "salle-1", lambda record: record.invited(INVITATION, AT))
