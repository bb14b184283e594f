"""The acts of the operators' forms, by the verb that a form names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlencode

from functions.act_on_operations_pages.settings import Settings
from functions.aws import entry, operator_pages, operators, pages, replies, requests
from functions.aws.large_exports import FILE, large_export
from functions.aws.operator_pages import PAGES
from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.confirming_identity import Word, confirm_identity
from functions.drimbox.operations.correcting import correct, undo, undo_and_replay
from functions.drimbox.operations.deciding_traits import Decision, decide_traits
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import Wish, keep
from functions.drimbox.operations.overriding import Choice, override
from functions.drimbox.operations.reading_raw import read_raw
from functions.drimbox.operations.releasing_import import release_import
from functions.drimbox.operations.replaying import replay, replay_pages
from functions.drimbox.operations.withdrawing import withdraw
from functions.drimbox.pages.operations.agents_page import code_page
from functions.drimbox.pages.operations.export_page import export_page
from functions.drimbox.pages.operations.forms import (
    chosen,
    confirmed,
    forgotten,
    identity_confirmed,
    import_released,
    kept,
    seen,
    traits_decided,
    withdrawn,
)
from functions.drimbox.pages.operations.message_page import message_page

Fields = Mapping[str, str]
Visit = operators.Visit[Settings]
Act = Callable[[Visit, str, Fields], replies.Reply]


def act_on_one(event: entry.Event) -> replies.Reply:
    """The act on the publication of the path."""
    # The acts that answer with a page, which is made for the request.
    paged = {"show_message": _show_message, "export": _export}
    acts: Mapping[str, Act] = {
        **_ON_ONE,
        **{verb: partial(made, event) for verb, made in paged.items()},
    }
    visit, act, fields = _read(event, acts)
    return act(visit, requests.path(event, "publication"), fields)


def act_on_all(event: entry.Event) -> replies.Reply:
    """The act on a cause or a filter."""
    visit, act, fields = _read(event, _ON_ALL)
    return act(visit, "", fields)


def act_on_agents(event: entry.Event) -> replies.Reply:
    """The act on the agent that the form names."""
    acts: Mapping[str, Act] = {
        "invite_agent": partial(_invite_agent, event),
        "remove_agent": _remove_agent,
    }
    visit, act, fields = _read(event, acts)
    return act(visit, fields.get("name", ""), fields)


def _read(event: entry.Event, acts: Mapping[str, Act]) -> tuple[Visit, Act, Fields]:
    """The form's sender, the act that its verb names, and its other fields."""
    settings = Settings.current()
    visit = operators.person_visit(event, settings)
    fields = PAGES.require_form(event, settings.vi_url)
    act = acts.get(fields.pop("verb", ""))
    if act is None:
        raise BadRequest("verb")
    return visit, act, fields


def _replay(visit: Visit, message_id: str, _: Fields) -> replies.Reply:
    replay(visit.site, visit.stores.queue, visit.caller, message_id=message_id)
    return _lead(visit, message_id, "replayed")


def _override(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    wanted = chosen(fields)
    if not wanted:
        return _lead(visit, message_id, "nothing_chosen")
    choice = Choice.read(wanted)
    site, caller = visit.site, visit.caller
    # A choice out of the PACS's list is about one study; the former choices stay.
    keeps = fields.get("found") == "yes"
    if fields.get("then") == "replay":
        queue = visit.stores.queue
        correct(site, queue, caller, message_id=message_id, choice=choice, keeps=keeps)
        return _lead(visit, message_id, "corrected")
    override(site, caller, message_id=message_id, choice=choice, keeps=keeps)
    return _lead(visit, message_id, "overridden")


def _undo_override(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    if fields.get("then") != "replay":
        undo(visit.site, visit.caller, message_id=message_id)
        return _lead(visit, message_id, "undone")
    undo_and_replay(visit.site, visit.stores.queue, visit.caller, message_id=message_id)
    return _lead(visit, message_id, "undone_replayed")


def _confirm_identity(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    word = Word.read(identity_confirmed(fields))
    queue = visit.stores.queue
    confirm_identity(visit.site, queue, visit.caller, message_id=message_id, word=word)
    return _lead(visit, message_id, "identity_confirmed")


def _decide_traits(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    decision, known = Decision.read(traits_decided(fields)), visit.stores.known_traits
    decide_traits(visit.site, known, visit.caller, message_id=message_id, decision=decision)
    return _lead(visit, message_id, "traits_decided")


def _release_import(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    word = Word.read(import_released(fields))
    release_import(visit.site, visit.caller, message_id=message_id, word=word)
    return _lead(visit, message_id, "import_released")


def _withdraw(visit: Visit, message_id: str, fields: Fields) -> replies.Reply:
    word, stores = Word.read(withdrawn(fields)), visit.stores
    order = withdraw(
        visit.site,
        stores.queue,
        visit.caller,
        message_id=message_id,
        study=word.study,
        reason=word.reason,
    )
    return _lead(visit, order, "withdrawal")


def _export(event: entry.Event, visit: Visit, message_id: str, _: Fields) -> replies.Reply:
    """The file; of a large one, a page with its address: a form may not lead to another host."""
    facts = export(visit.site, visit.stores.archive, visit.caller, message_id)
    large = large_export(visit.stores, facts, FILE)
    if large is None:
        return pages.download(facts, f"publication-{facts['id']}.json")
    layout = operator_pages.layout(event, visit, here=f"/publications/{message_id}")
    body = export_page(
        layout, message_id, address=large.address, size=large.size, minutes=large.minutes
    )
    return pages.show(event, body)


def _show_message(event: entry.Event, visit: Visit, message_id: str, _: Fields) -> replies.Reply:
    """The page itself: neither its address nor any other holds a word of it."""
    facts = read_raw(visit.site, visit.caller, message_id)
    layout = operator_pages.layout(event, visit, here=f"/publications/{message_id}")
    return pages.show(event, message_page(layout, facts))


def _replay_cause(visit: Visit, _: str, fields: Fields) -> replies.Reply:
    reason = fields.get("reason", "")
    bulk = replay_pages(
        visit.site,
        visit.stores.queue,
        visit.caller,
        reason=reason,
        seen=seen(fields),
    )
    counts = {"replayed": len(bulk.replayed), "left_out": len(bulk.left_out)}
    told = {name: count for name, count in counts.items() if count or name == "replayed"}
    return _see(visit, f"?{urlencode({'state': 'held', 'reason': reason, **told})}")


def _keep_filter(visit: Visit, _: str, fields: Fields) -> replies.Reply:
    return _filter(visit, Wish.read(kept(fields)))


def _forget_filter(visit: Visit, _: str, fields: Fields) -> replies.Reply:
    return _filter(visit, Wish.read(forgotten(fields)))


def _filter(visit: Visit, wish: Wish) -> replies.Reply:
    keep(visit.stores.filters, visit.stores.audit, visit.caller, wish)
    return _see(visit, f"?{urlencode(wish.parameters)}" if wish.parameters else "")


def _invite_agent(event: entry.Event, visit: Visit, name: str, _: Fields) -> replies.Reply:
    """The page with the code: no address holds it, and nothing shows it again."""
    stores = visit.stores
    code = stores.agents_desk.invite(visit.caller, name)
    layout = operator_pages.layout(event, visit, here="/agents")
    body = code_page(
        layout,
        name,
        code,
        url=stores.settings.vi_url,
        senders=stores.agents_desk.senders_of(name),
        now=stores.clock.now(),
        zone=stores.tenant.time_zone,
    )
    return pages.show(event, body)


def _remove_agent(visit: Visit, name: str, fields: Fields) -> replies.Reply:
    if not confirmed(fields):
        raise BadRequest("confirm")
    visit.stores.agents_desk.remove(visit.caller, name)
    return _see(visit, "/agents?done=removed")


def _lead(visit: Visit, message_id: str, done: str) -> replies.Reply:
    return _see(visit, f"/publications/{message_id}?done={done}")


def _see(visit: Visit, rest: str) -> replies.Reply:
    return pages.see_other(PAGES.area.base(visit.stores.slug) + rest)


_ON_ONE: Final[Mapping[str, Act]] = {
    "replay": _replay,
    "override": _override,
    "undo_override": _undo_override,
    "confirm_identity": _confirm_identity,
    "decide_traits": _decide_traits,
    "release_import": _release_import,
    "withdraw": _withdraw,
}
_ON_ALL: Final[Mapping[str, Act]] = {
    "replay_cause": _replay_cause,
    "keep_filter": _keep_filter,
    "forget_filter": _forget_filter,
}
