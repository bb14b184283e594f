"""``POST vi/v1/tenants/{tenant}/operations…``: the forms of the operator's pages.

A form names its verb; each verb asks for its own permission and leaves its own audit record in the
library. What was done is told by the page to which the answer leads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from functions.act_on_operations_pages.settings import Settings
from functions.aws import entry, operators, pages, replies, requests
from functions.aws.blobs import S3Blobs
from functions.aws.operator_filters import DynamoFilters
from functions.aws.operator_pages import PAGES
from functions.aws.queues import SqsMessages
from functions.drimbox.errors import BadRequest
from functions.drimbox.operations.editing import Edit, mend
from functions.drimbox.operations.exporting import export
from functions.drimbox.operations.filters import Wish, keep
from functions.drimbox.operations.replaying import replay, replay_cause
from functions.drimbox.operations.withdrawing import study_of, withdraw
from functions.drimbox.pages.operations.forms import forgotten, kept, mended, withdrawn

Fields = Mapping[str, str]
Act = Callable[[operators.Visit, str, Fields], replies.Reply]


def _on_one(event: entry.Event) -> replies.Reply:
    visit, act, fields = _read(event, _ON_ONE)
    return act(visit, requests.path(event, "publication"), fields)


def _on_all(event: entry.Event) -> replies.Reply:
    visit, act, fields = _read(event, _ON_ALL)
    return act(visit, "", fields)


def _read(event: entry.Event, acts: Mapping[str, Act]) -> tuple[operators.Visit, Act, Fields]:
    """The form's sender, the act that its verb names, and its other fields."""
    settings = Settings.current()
    visit = operators.enter(event, settings)
    fields = PAGES.require_form(event, settings.vi_url)
    act = acts.get(fields.pop("verb", ""))
    if act is None:
        raise BadRequest("verb")
    return visit, act, fields


def _replay(visit: operators.Visit, message_id: str, _: Fields) -> replies.Reply:
    replay(visit.site, _queue(visit), visit.caller, message_id=message_id)
    return _lead(visit, message_id, "replayed")


def _mend(visit: operators.Visit, message_id: str, fields: Fields) -> replies.Reply:
    edit = Edit.read(mended(fields))
    mend(visit.site, visit.caller, message_id=message_id, edit=edit)
    return _lead(visit, message_id, "mended")


def _withdraw(visit: operators.Visit, message_id: str, fields: Fields) -> replies.Reply:
    study = study_of(withdrawn(fields))
    order = withdraw(visit.site, _queue(visit), visit.caller, message_id=message_id, study=study)
    return _lead(visit, order, "withdrawal")


def _export(visit: operators.Visit, message_id: str, _: Fields) -> replies.Reply:
    archive = S3Blobs(Settings.current().archive_bucket, visit.site.tenant.tenant)
    facts = export(visit.site, archive, visit.caller, message_id)
    return pages.download(facts, f"publication-{facts['id']}.json")


def _replay_cause(visit: operators.Visit, _: str, fields: Fields) -> replies.Reply:
    queue, reason, after = _queue(visit), fields.get("reason", ""), None
    count = 0
    while True:
        bulk = replay_cause(visit.site, queue, visit.caller, reason=reason, after=after)
        count, after = count + len(bulk.replayed), bulk.next
        if after is None or count >= pages.MOST_AT_ONCE:
            rest = f"?state=held&reason={reason}&replayed={count}"
            return pages.see_other(PAGES.area.base(visit.site.tenant.tenant) + rest)


def _keep_filter(visit: operators.Visit, _: str, fields: Fields) -> replies.Reply:
    return _filter(visit, Wish.read(kept(fields)))


def _forget_filter(visit: operators.Visit, _: str, fields: Fields) -> replies.Reply:
    return _filter(visit, Wish.read(forgotten(fields)))


def _filter(visit: operators.Visit, wish: Wish) -> replies.Reply:
    tenant = visit.site.tenant.tenant
    store = DynamoFilters(Settings.current().operations_table, tenant)
    keep(store, visit.site.audit, visit.caller, wish)
    asked = f"?{urlencode(wish.parameters)}" if wish.parameters else ""
    return pages.see_other(PAGES.area.base(tenant) + asked)


def _lead(visit: operators.Visit, message_id: str, done: str) -> replies.Reply:
    place = f"{PAGES.area.base(visit.site.tenant.tenant)}/publications/{message_id}"
    return pages.see_other(f"{place}?done={done}")


def _queue(visit: operators.Visit) -> SqsMessages:
    return SqsMessages(Settings.current().messages_queue_url, visit.site.tenant.tenant)


_ON_ONE: Final[Mapping[str, Act]] = {
    "replay": _replay,
    "mend": _mend,
    "withdraw": _withdraw,
    "export": _export,
}
_ON_ALL: Final[Mapping[str, Act]] = {
    "replay_cause": _replay_cause,
    "keep_filter": _keep_filter,
    "forget_filter": _forget_filter,
}
_BASE: Final = "/v1/tenants/{tenant}/operations"
# 303 to where the effect is seen; the file itself for an export.
ROUTES: Final[entry.Routes] = {
    ("POST", _BASE): _on_all,
    ("POST", f"{_BASE}/publications/{{publication}}"): _on_one,
}
handler = PAGES.handler(entry.routes(ROUTES))
