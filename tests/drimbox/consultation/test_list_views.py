"""A page's view is one session's, and nobody reads it in the store."""

from __future__ import annotations

import secrets

from functions.drimbox.consultation.list_view import ListView
from functions.drimbox.consultation.list_views import ListViews
from functions.drimbox.identity.sealing import Seal
from tests.fakes.memory import MemoryContexts, VirtualClock

PAGE, MINE, OTHERS = "p" * 43, "m" * 43, "o" * 43
VIEW = ListView(search="canary-of-a-search")


def views(store: MemoryContexts, secret: bytes = b"s" * 32, tenant: str = "demo") -> ListViews:
    seal = Seal(secret, tenant, "views")
    return ListViews(store, VirtualClock(), lambda: secrets.token_urlsafe(32), seal)


def test_a_view_is_kept_for_its_page_and_its_session() -> None:
    store = MemoryContexts()
    kept = views(store)
    assert kept.get(PAGE, MINE) == ListView()
    kept.keep(PAGE, MINE, VIEW)
    assert kept.get(PAGE, MINE) == VIEW
    assert kept.get(PAGE, OTHERS) == ListView()
    assert kept.get("q" * 43, MINE) == ListView()
    kept.keep(PAGE, MINE, ListView(oldest_first=True))
    assert kept.get(PAGE, MINE) == ListView(oldest_first=True)
    assert len(store.records) == 1


def test_the_store_tells_nothing_and_another_secret_opens_nothing() -> None:
    store = MemoryContexts()
    views(store).keep(PAGE, MINE, VIEW)
    for telling in ("canary", PAGE, MINE):
        assert telling not in repr(store.records)
    assert views(store, b"t" * 32).get(PAGE, MINE) == ListView()
    assert views(store, tenant="other").get(PAGE, MINE) == ListView()
