"""The answers of act_on_operations, one function for each route."""

from __future__ import annotations

from functions.act_on_operations.settings import Settings
from functions.aws import entry, operators, replies, requests
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.operations.deciding_traits import Decision, decide_traits
from functions.drimbox.operations.filters import Wish, keep
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.releasing_import import release_import
from functions.drimbox.operations.replaying import replay, replay_cause
from functions.drimbox.operations.withdrawing import withdraw, withdrawal_of


def replay_publication(event: entry.Event) -> replies.Reply:
    """202 with the replay's number; 404 when there is nothing to replay."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    number = replay(visit.site, visit.stores.queue, visit.caller, message_id=message_id)
    return replies.document(202, {"id": message_id, "replay": number})


def replay_page(event: entry.Event) -> replies.Reply:
    """202 with the publications of one page, and where the next page begins."""
    visit = _visit(event)
    # A program gives its word at the request itself.
    confirmed = requests.query(event, "confirm") == "yes"
    bulk = replay_cause(
        visit.site,
        visit.stores.queue,
        visit.caller,
        reason=requests.path(event, "reason"),
        after=requests.query(event, "after"),
        seen=visit.site.clock.now() if confirmed else None,
    )
    facts = {"replayed": bulk.replayed, "left_out": bulk.left_out, "next": bulk.next}
    return replies.document(202, facts)


def override_publication(event: entry.Event) -> replies.Reply:
    """201 with the override's number; it counts from the next replay on."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    choice = Choice.read(requests.json_body(event))
    number = override(visit.site, visit.caller, message_id=message_id, choice=choice)
    return replies.document(201, {"id": message_id, "override": number})


def confirm_publication(event: entry.Event) -> replies.Reply:
    """202 with the number of the override that confirms the identity; the report is replayed."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    word = Word.read(requests.json_body(event))
    queue = visit.stores.queue
    number = confirm_identity(visit.site, queue, visit.caller, message_id=message_id, word=word)
    return replies.document(202, {"id": message_id, "override": number})


def decide_publication(event: entry.Event) -> replies.Reply:
    """201 with the number of the override that keeps the decision; it is in force."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    decision = Decision.read(requests.json_body(event))
    known = visit.stores.known_traits
    number = decide_traits(
        visit.site, known, visit.caller, message_id=message_id, decision=decision
    )
    return replies.document(201, {"id": message_id, "override": number})


def release_study(event: entry.Event) -> replies.Reply:
    """201 with the number of the override that keeps the word; the study is no imported one."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    word = Word.read(requests.json_body(event))
    number = release_import(visit.site, visit.caller, message_id=message_id, word=word)
    return replies.document(201, {"id": message_id, "override": number})


def withdraw_publication(event: entry.Event) -> replies.Reply:
    """202 with the identifier of the order, which is a publication of its own."""
    visit = _visit(event)
    message_id = requests.path(event, "publication")
    study, reason = withdrawal_of(requests.json_body(event))
    queue = visit.stores.queue
    order = withdraw(
        visit.site, queue, visit.caller, message_id=message_id, study=study, reason=reason
    )
    return replies.document(202, {"id": order})


def keep_filter(event: entry.Event) -> replies.Reply:
    """200 with the caller's filters by name, one of them kept or forgotten just now."""
    visit = _visit(event)
    stores, wish = visit.stores, Wish.read(requests.json_body(event))
    filters = keep(stores.filters, stores.audit, visit.caller, wish)
    return replies.document(200, {"filters": filters})


def _visit(event: entry.Event) -> operators.Visit[Settings]:
    return operators.program_visit(event, Settings.current())
