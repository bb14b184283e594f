"""The study's record: every transition, the illegal ones, and the invariants of any sequence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import StudyBusy
from functions.drimbox.oid import Uid
from functions.drimbox.publication.message_order import Edition
from functions.drimbox.publication.record import (
    LATEST_COMMIT,
    NEXT,
    Admission,
    Current,
    Pending,
    Request,
    State,
    StudyRecord,
    Withdrawal,
    admit,
    admit_image_change,
    admit_withdrawal,
    changed_at,
    doubt,
    enter,
    hold,
    not_taken,
    nothing_left,
    refused,
    reject,
    release,
    settle,
    settled_in,
    state_of,
    withdraw,
)
from functions.drimbox.report.requested_action import Action

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
STUDY = Uid("1.2.3")
FIRST = Edition(AT, 1, Action.PUBLISH)

LEGAL = {
    ("received", "intent"),
    ("intent", "sending"),
    ("sending", "intent"),
    ("sending", "unknown"),
    ("sending", "reconciling"),
    ("sending", "rejected"),
    ("unknown", "reconciling"),
    ("reconciling", "sending"),
    ("rejected", "sending"),
}


def pending(state: State = State.RECEIVED, message: str = "m", **changes: object) -> Pending:
    return replace(Pending(message, state, AT, AT, 0, 1, FIRST), **changes)  # type: ignore[arg-type]


def current(message: str = "m", sha256: str = "aa", codes: tuple[str, ...] = ()) -> Current:
    return Current(Uid("2.25.1"), 1, "", f"{STUDY}/{message}-1", message, sha256, codes, AT, FIRST)


def request(
    message: str = "m", replay: int = 0, sha256: str = "aa", edition: Edition = FIRST
) -> Request:
    return Request(message, replay, edition, sha256, ())


def corrected(version: int = 2) -> Edition:
    return Edition(AT, version, Action.REPLACE)


def left(message: str = "m", version: int = 1) -> Withdrawal:
    edition = Edition(AT, version, Action.WITHDRAW)
    return Withdrawal(edition, 1, f"{STUDY}/{message}-1", message, Uid("2.25.1"), AT)


def test_a_record_says_its_state_and_since_when() -> None:
    told = {
        StudyRecord(STUDY): ("", None),
        StudyRecord(STUDY, current=current()): ("settled", AT),
        StudyRecord(STUDY, withdrawn=left()): ("withdrawn", AT),
        StudyRecord(STUDY, withdrawn=left(), pending=pending(changed_at=LATER)): (
            "received",
            LATER,
        ),
    }
    assert {record: (state_of(record), changed_at(record)) for record in told} == told


def test_a_note_is_named_once() -> None:
    record = reject(StudyRecord(STUDY), "n1")
    assert record.rejections == ("n1",)
    assert reject(record, "n1") is record
    assert reject(record, "n2").rejections == ("n1", "n2")


@pytest.mark.parametrize("present", State)
@pytest.mark.parametrize("wanted", State)
def test_only_what_follows_is_entered(present: State, wanted: State) -> None:
    record = StudyRecord(STUDY, pending=pending(present))
    if (str(present), str(wanted)) not in LEGAL:
        with pytest.raises(StudyBusy):
            enter(record, wanted, LATER)
        return
    entered = enter(record, wanted, LATER).pending
    assert entered == pending(wanted, changed_at=LATER, in_doubt=wanted is State.SENDING)


@pytest.mark.parametrize(
    "move",
    [lambda record: enter(record, State.INTENT, AT), lambda record: hold(record, "x", AT)],
)
def test_nothing_pending_nothing_moves(move: Callable[[StudyRecord], StudyRecord]) -> None:
    with pytest.raises(ValueError, match="no pending change"):
        move(StudyRecord(STUDY, current=current()))


@pytest.mark.parametrize("state", sorted(set(State) - {State.HELD}))
def test_a_hold_remembers_what_it_interrupted_and_keeps_its_first_reason(state: State) -> None:
    held = hold(StudyRecord(STUDY, pending=pending(state)), "dmp_refused", LATER)
    assert held.pending == pending(
        State.HELD, held_from=state, reason="dmp_refused", changed_at=LATER
    )
    assert hold(held, "internal_error", LATER) is held


def test_a_study_never_seen_is_taken() -> None:
    admission, record = admit(StudyRecord(STUDY), request(), AT)
    assert admission is Admission.CONTINUE
    assert record.pending == pending()
    assert record.revision == 0  # only storing counts


@pytest.mark.parametrize("state", sorted(set(State) - {State.HELD}))
def test_a_change_in_progress_goes_on_for_its_own_message_alone(state: State) -> None:
    record = StudyRecord(STUDY, pending=pending(state))
    assert admit(record, request(replay=5), LATER) == (Admission.CONTINUE, record)
    with pytest.raises(StudyBusy):
        admit(record, request("other"), LATER)


@pytest.mark.parametrize(
    ("in_doubt", "state", "attempt"),
    [(False, State.RECEIVED, 2), (True, State.UNKNOWN, 1)],
)
@pytest.mark.parametrize("held_from", sorted(set(State) - {State.HELD}))
def test_a_replay_keeps_the_identifiers_that_the_dmp_may_know(
    held_from: State, in_doubt: bool, state: State, attempt: int
) -> None:
    change = pending(held_from, detail="d", in_doubt=in_doubt)
    record = hold(StudyRecord(STUDY, pending=change), "x", AT)
    assert admit(record, request(replay=0), LATER) == (Admission.HELD, record)
    admission, resumed = admit(record, request(replay=1), LATER)
    assert admission is Admission.CONTINUE
    assert resumed.pending == Pending(
        "m", state, LATER, LATER, 1, attempt, FIRST, in_doubt=in_doubt
    )


def test_another_message_takes_over_from_a_held_one_unless_the_dmp_may_hold_it() -> None:
    record = hold(StudyRecord(STUDY, pending=pending()), "accession_mismatch", AT)
    admission, taken = admit(record, request("n"), LATER)
    assert admission is Admission.CONTINUE
    assert taken.pending == Pending("n", State.RECEIVED, LATER, LATER, 0, 2, FIRST, supersedes="m")
    uncertain = hold(StudyRecord(STUDY, pending=pending(in_doubt=True)), "x", AT)
    assert admit(uncertain, request("n"), LATER) == (Admission.CHANGE_PENDING, uncertain)


@pytest.mark.parametrize("answer", ["not taken", "refused"])
@pytest.mark.parametrize("earlier", [False, True])
def test_the_answer_to_a_later_send_says_nothing_of_an_earlier_one(
    answer: str, earlier: bool
) -> None:
    record = StudyRecord(STUDY, pending=pending(State.SENDING, in_doubt=True))
    after = (
        not_taken(record, LATER, in_doubt=earlier)
        if answer == "not taken"
        else refused(record, LATER, "XDSRepositoryError", in_doubt=earlier)
    ).pending
    assert after is not None
    assert after.in_doubt is earlier
    clean = State.INTENT if answer == "not taken" else State.REJECTED
    assert after.state is (State.UNKNOWN if earlier else clean)


def test_a_refusal_proves_nothing_is_there_once_no_commit_can_come_any_more() -> None:
    change = pending(State.UNKNOWN, in_doubt=True)
    record = hold(StudyRecord(STUDY, pending=change), "dmp_refused", AT)
    soon, late = AT + LATEST_COMMIT, AT + LATEST_COMMIT + timedelta(seconds=1)
    assert admit(record, request("n"), soon)[0] is Admission.CHANGE_PENDING
    admission, taken = admit(record, request("n"), late)
    assert admission is Admission.CONTINUE
    assert taken.pending is not None
    assert (taken.pending.attempt, taken.pending.in_doubt) == (2, False)


@pytest.mark.parametrize(
    ("published", "asked", "admission"),
    [
        (current(), request(), Admission.CONTINUE),
        (current(), request(sha256="bb"), Admission.CONTINUE),
        (current("other"), request(), Admission.UNCHANGED),
        (current("other"), request(sha256="bb"), Admission.ALREADY_PUBLISHED),
        (current("other", codes=("MASQUE_PS",)), request(), Admission.ALREADY_PUBLISHED),
    ],
)
def test_a_published_study_is_compared(
    published: Current, asked: Request, admission: Admission
) -> None:
    record = StudyRecord(STUDY, 3, published)
    assert admit(record, asked, LATER) == (admission, record)


@pytest.mark.parametrize(
    ("later", "older"),
    [
        (Edition(LATER, 1, Action.PUBLISH), Edition(AT, 9, Action.WITHDRAW)),
        (Edition(AT, 2, Action.PUBLISH), Edition(AT, 1, Action.WITHDRAW)),
        (Edition(AT, 1, Action.REPLACE), FIRST),
        (Edition(AT, 1, Action.WITHDRAW), Edition(AT, 1, Action.REPLACE)),
    ],
)
def test_an_older_edition_changes_nothing(later: Edition, older: Edition) -> None:
    published = StudyRecord(STUDY, current=replace(current(), edition=later))
    held = hold(StudyRecord(STUDY, pending=pending(edition=later)), "x", AT)
    moving = StudyRecord(STUDY, pending=pending(edition=later))
    gone = StudyRecord(STUDY, withdrawn=replace(left(), edition=later))
    for record in (published, held, moving, gone):
        asked = request("other", sha256="bb", edition=older)
        assert admit(record, asked, LATER) == (Admission.SUPERSEDED, record)


def test_a_later_message_changes_what_is_published() -> None:
    record = StudyRecord(STUDY, current=current())
    for edition in (corrected(), Edition(AT, 1, Action.WITHDRAW)):
        admission, taken = admit(record, request("n", sha256="bb", edition=edition), LATER)
        assert admission is Admission.CONTINUE
        assert taken.pending == Pending("n", State.RECEIVED, LATER, LATER, 0, 1, edition)
        assert taken.current == record.current
    same = request("n", edition=corrected())
    assert admit(record, same, LATER) == (Admission.UNCHANGED, record)


def test_a_withdrawn_study_comes_back_by_a_later_message_alone() -> None:
    record = withdraw(StudyRecord(STUDY, 4, current(), pending()), left())
    assert record == StudyRecord(STUDY, 4, withdrawn=left())
    assert record.version == 1
    assert admit(record, request("m"), LATER) == (Admission.CONTINUE, record)
    assert admit(record, request("n"), LATER) == (Admission.SUPERSEDED, record)
    admission, taken = admit(record, request("n", edition=corrected()), LATER)
    assert admission is Admission.CONTINUE
    assert settle(taken, current("n")) == StudyRecord(STUDY, 4, current("n"))


def test_a_later_message_waits_for_what_the_dmp_may_still_commit() -> None:
    held = hold(StudyRecord(STUDY, 2, current(), pending(in_doubt=True)), "x", AT)
    later = request("n", sha256="bb", edition=corrected())
    assert admit(held, later, LATER) == (Admission.CHANGE_PENDING, held)


def test_a_change_of_the_images_takes_what_is_published_and_nothing_else() -> None:
    published = StudyRecord(STUDY, 3, current())
    admission, taken = admit_image_change(published, "o", 0, LATER)
    assert admission is Admission.CONTINUE
    edition = Edition(AT, 1, Action.REPLACE)
    assert taken.pending == Pending("o", State.RECEIVED, LATER, LATER, 0, 1, edition)
    assert release(taken) == published
    for record in (StudyRecord(STUDY), StudyRecord(STUDY, 2, withdrawn=left())):
        assert admit_image_change(record, "o", 0, LATER) == (Admission.UNCHANGED, record)
    for settled in (published, StudyRecord(STUDY, 2, withdrawn=left())):
        assert admit_image_change(settled, "m", 0, LATER) == (Admission.CONTINUE, settled)


@pytest.mark.parametrize("state", sorted(set(State) - {State.HELD}))
def test_a_change_of_the_images_waits_its_turn(state: State) -> None:
    with pytest.raises(StudyBusy):
        admit_image_change(StudyRecord(STUDY, 1, current(), pending(state, "n")), "o", 0, LATER)


def test_a_change_of_the_images_leaves_what_is_held_to_its_own_replay() -> None:
    clean = hold(StudyRecord(STUDY, 1, current("n"), pending()), "x", AT)
    assert admit_image_change(clean, "o", 0, LATER) == (Admission.UNCHANGED, clean)
    doubtful = hold(StudyRecord(STUDY, 1, current("n"), pending(in_doubt=True)), "x", AT)
    assert admit_image_change(doubtful, "o", 0, LATER) == (Admission.CHANGE_PENDING, doubtful)


def test_images_that_were_gone_are_looked_for_again_as_long_as_nothing_was_built() -> None:
    _, taken = admit_image_change(StudyRecord(STUDY, 1, current()), "o", 0, AT)
    gone = nothing_left(taken)
    assert gone.pending is not None
    assert gone.pending.edition == Edition(AT, 1, Action.WITHDRAW)
    assert admit_image_change(gone, "o", 0, LATER) == (Admission.CONTINUE, taken)
    built = enter(gone, State.INTENT, LATER)
    assert admit_image_change(built, "o", 0, LATER) == (Admission.CONTINUE, built)


def test_an_order_to_withdraw_takes_what_is_published_and_what_is_held() -> None:
    published = StudyRecord(STUDY, 3, current())
    admission, taken = admit_withdrawal(published, "o", 0, LATER)
    edition = Edition(AT, 1, Action.WITHDRAW)
    assert admission is Admission.CONTINUE
    assert taken.pending == Pending("o", State.RECEIVED, LATER, LATER, 0, 1, edition)
    for record in (StudyRecord(STUDY), StudyRecord(STUDY, 2, withdrawn=left())):
        assert admit_withdrawal(record, "o", 0, LATER) == (Admission.UNCHANGED, record)
    for settled in (published, StudyRecord(STUDY, 2, withdrawn=left())):
        assert admit_withdrawal(settled, "m", 0, LATER) == (Admission.CONTINUE, settled)
    correction = hold(
        StudyRecord(STUDY, 4, current("n"), pending(edition=corrected())), "dmp_refused", AT
    )
    _, taken = admit_withdrawal(correction, "o", 0, LATER)
    assert taken.pending is not None
    assert taken.pending.edition == Edition(AT, 2, Action.WITHDRAW), "later than the held one"
    assert (taken.pending.supersedes, taken.pending.attempt) == ("m", 2)


@pytest.mark.parametrize("state", sorted(set(State) - {State.HELD}))
def test_an_order_to_withdraw_waits_its_turn_and_goes_on_with_its_own(state: State) -> None:
    record = StudyRecord(STUDY, 1, current(), pending(state, "n"))
    with pytest.raises(StudyBusy):
        admit_withdrawal(record, "o", 0, LATER)
    assert admit_withdrawal(record, "n", 0, LATER) == (Admission.CONTINUE, record)


def test_an_order_to_withdraw_gives_way_to_what_the_dmp_may_hold() -> None:
    doubtful = hold(StudyRecord(STUDY, 1, current("n"), pending(in_doubt=True)), "x", AT)
    assert admit_withdrawal(doubtful, "o", 0, LATER) == (Admission.CHANGE_PENDING, doubtful)


def test_only_what_stands_alone_is_doubted() -> None:
    doubted = doubt(StudyRecord(STUDY, 3, current()), LATER).pending
    assert doubted is not None
    assert (doubted.state, doubted.in_doubt, doubted.attempt) == (State.HELD, True, 1)
    for record in (
        StudyRecord(STUDY),
        StudyRecord(STUDY, 2, withdrawn=left()),
        StudyRecord(STUDY, 1, current(), pending()),
    ):
        with pytest.raises(ValueError, match="nothing to doubt"):
            doubt(record, LATER)


def test_success_moves_current_and_ends_what_was_pending() -> None:
    record = StudyRecord(STUDY, 4, None, pending(State.SENDING))
    assert settle(record, current()) == StudyRecord(STUDY, 4, current(), None)


Step = tuple[str, str, int, State]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["admit", "enter", "hold", "settle"]),
        st.sampled_from(["m", "n", "o"]),
        st.integers(0, 3),
        st.sampled_from(State),
    ),
    max_size=30,
)


def moved(record: StudyRecord, step: Step, at: datetime) -> StudyRecord:
    """The record after one step; the same one when the step is refused."""
    what, message, replay, state = step
    try:
        if what == "admit":
            return admit(record, request(message, replay), at)[1]
        if what == "enter":
            return enter(record, state, at)
        if what == "hold":
            return hold(record, "internal_error", at)
    except (StudyBusy, ValueError):
        return record
    if record.pending is None or record.pending.state is not State.SENDING:
        return record  # only the DMP's Success settles
    return settle(record, current(record.pending.message_id))


def uncertain(change: Pending | None) -> bool:
    return change is not None and change.in_doubt


@given(STEPS)
def test_no_sequence_breaks_the_record(steps: list[Step]) -> None:
    record, at = StudyRecord(STUDY), AT
    seen: dict[tuple[str, int], bool] = {}
    for step in steps:
        at += timedelta(seconds=1)
        before, record = record, moved(record, step, at)
        was, now = before.pending, record.pending
        if was is not None and now is not None:
            assert now.attempt >= was.attempt
            assert now.replay >= was.replay or now.message_id != was.message_id
            assert (now.state is State.HELD) == (now.held_from is not None)
            if uncertain(was):
                # Only the same bytes under the same identifiers may follow.
                assert (now.message_id, now.attempt) == (was.message_id, was.attempt)
            if (now.message_id, now.attempt) != (was.message_id, was.attempt):
                # New identifiers start from the beginning, and were never sent before.
                assert now.state is State.RECEIVED
                assert (now.message_id, now.attempt) not in seen
        if was is not None and now is None:
            assert record.current is not None
            assert record.current.message_id == was.message_id
        if before.current is not None:
            assert record.current == before.current
        if now is not None:
            seen[(now.message_id, now.attempt)] = True


def test_every_state_says_what_follows() -> None:
    assert set(NEXT) == set(State)
    assert {(str(a), str(b)) for a, following in NEXT.items() for b in following} == LEGAL


def test_a_study_of_which_nothing_is_settled_has_no_manifest_to_tell_of() -> None:
    with pytest.raises(ValueError, match="nothing"):
        settled_in(StudyRecord(Uid("1.2.3")))
