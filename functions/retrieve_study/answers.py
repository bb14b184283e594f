"""The answers of retrieve_study, one function for each form of a resource.

A HEAD gets the answer of its GET: API Gateway states the body's length, and sends no body. An
address is signed for the method that was asked.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from functions.aws import callers, entry, metrics, replies, requests
from functions.aws.stores import TenantStores, for_tenant
from functions.drimbox.accept import takes_gzip
from functions.drimbox.audited import audited
from functions.drimbox.errors import Absent, TooLarge
from functions.drimbox.images import joining
from functions.drimbox.images.cache import DIRECT_LIMIT
from functions.drimbox.images.joining import Joined
from functions.drimbox.images.retrieve import Redirect
from functions.drimbox.images.retrieve_frames import read_frame_list
from functions.drimbox.images.stored_metadata import MAX_GZIPPED
from functions.drimbox.publication import image_requests
from functions.retrieve_study.settings import Settings
from functions.retrieve_study.target import audited_facts, study_of_search, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from functions.drimbox.images.search_attributes import Level
    from functions.drimbox.ports import CacheStore

# The names of the audit's records: images, frames of one, attributes of some, and
# searches within a study.
IMAGES: Final = "images.retrieved"
FRAMES: Final = "frames.retrieved"
METADATA: Final = "metadata.retrieved"
SEARCHED: Final = "images.searched"
# The result of a HEAD: its caller learns that something is there, its type and its length.
HEADERS: Final = "headers_served"
# Seconds for which our own front may begin to read a series of a study: it reads one after another,
# as fast as its caller does.
_OF_FRONT: Final = 900


def images(event: entry.Event) -> replies.Reply:
    """A study, a series or an instance (PS3.18 10.4.1.1.1)."""
    names = _names(event)
    with _asked(event, IMAGES, names) as stores:
        answer = image_requests.retrieve(
            stores.image_desk, target_of(names), joins=bool(_joined(event)), **_headers(event)
        )
        cache, seconds = stores.cache, stores.settings.signed_url_seconds
        if isinstance(answer, Joined):
            return _to_front(answer, cache)
        if isinstance(answer, Redirect):
            kind, head = answer.content_type, _is_head(event)
            url = cache.signed_url(answer.key, content_type=kind, seconds=seconds, head=head)
            return replies.redirect(url)
        return replies.text(200, answer.body(cache.get_range), answer.content_type)


def _to_front(answer: Joined, cache: CacheStore) -> replies.Reply:
    """Where the front finds each series; TooLarge for more objects than one reply names."""
    kind = answer.layout.content_type
    told = answer.at(lambda key: cache.signed_url(key, content_type=kind, seconds=_OF_FRONT))
    body = told.encode()
    if len(body) > DIRECT_LIMIT:
        raise TooLarge("the study has too many objects for one answer: ask for its series")
    return replies.text(200, body, joining.MEDIA)


def frames(event: entry.Event) -> replies.Reply:
    """Frames of an instance (PS3.18 10.4.1.1.6)."""
    names = _names(event)
    with _asked(event, FRAMES, names) as stores:
        answer = image_requests.retrieve_frames(
            stores.image_desk,
            target_of(names),
            numbers=read_frame_list(names["frames"]),
            **_headers(event),
        )
        return replies.text(200, answer.body(stores.cache.get_range), answer.content_type)


def metadata(event: entry.Event) -> replies.Reply:
    """The attributes of a study, a series or an instance (PS3.18 10.4.1.1.2)."""
    names = _names(event)
    with _asked(event, METADATA, names) as stores:
        answer = image_requests.retrieve_metadata(
            stores.image_desk,
            target_of(names),
            accept_encoding=requests.headers(event, "Accept-Encoding"),
            **_headers(event),
        )
        body = answer.body(lambda key: stores.cache.get(key, max_bytes=MAX_GZIPPED))
        coded = {"Content-Encoding": "gzip"} if answer.gzipped else {}
        return replies.text(200, body, answer.content_type, {"Vary": "Accept-Encoding", **coded})


def search(event: entry.Event, *, levels: tuple[Level, ...]) -> replies.Reply:
    """The study, its series or its instances that match (PS3.18 10.6). ``levels`` as in
    :func:`images.search.decide_search`."""
    names, parameters = _names(event), requests.query_values(event)
    if "study" in levels:
        names = {**names, "study": study_of_search(parameters)}
    with _asked(event, SEARCHED, names) as stores:
        answer = image_requests.search(
            stores.image_desk,
            target_of(names),
            levels=levels,
            parameters=parameters,
            **_headers(event),
        )
        page = answer.page(lambda key: stores.cache.get(key, max_bytes=MAX_GZIPPED))
        told = {"Vary": "Accept-Encoding"}
        if page.warnings:
            told["Warning"] = ", ".join(page.warnings)
        return replies.compressed(
            200 if page.body else 204,
            page.body,
            answer.content_type,
            told,
            gzip=takes_gzip(requests.headers(event, "Accept-Encoding")),
        )


@contextmanager
def _asked(
    event: entry.Event, what: str, names: Mapping[str, str]
) -> Iterator[TenantStores[Settings]]:
    """The stores of the caller's tenant; the request leaves its audit record whatever the answer
    is, and one for something that is not there is counted."""
    reader = callers.professional(event)
    stores = for_tenant(Settings.current(), reader.tenant)
    with audited(
        stores.audit,
        what,
        key=requests.request_id(event),
        who=reader.subject,
        facts={**audited_facts(names), **({"peer": reader.peer} if reader.peer else {})},
        done=HEADERS if _is_head(event) else "served",
    ):
        try:
            yield stores
        except Absent:
            metrics.count("AbsentImages", reader.tenant)
            raise


def _is_head(event: entry.Event) -> bool:
    return "HEAD" in (event["httpMethod"], _joined(event))


def _joined(event: entry.Event) -> str:
    """The method of the front's caller, where a front asks that writes a large study itself; "" for
    anybody else."""
    said = requests.headers(event, joining.HEADER) if requests.by_front(event) else []
    return said[-1] if said else ""


def _names(event: entry.Event) -> dict[str, str]:
    return event.get("pathParameters") or {}


def _headers(event: entry.Event) -> dict[str, Any]:
    return {
        "accept": requests.headers(event, "Accept"),
        "kos_sop_instance_uid": requests.headers(event, "KOS-SOPInstanceUID"),
    }
