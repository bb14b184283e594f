"""A context is one session's, once, for a short time, and nobody reads it in the store."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.consultation.context import CallContext
from functions.drimbox.consultation.contexts import UNBOUND, Context, Contexts
from functions.drimbox.consultation.contextual_call import read_pairs
from functions.drimbox.consultation.report_link import ReportLink
from functions.drimbox.consultation.sealed_store import BOUND
from functions.drimbox.identity.sealing import Seal
from functions.drimbox.oid import Uid
from tests.drimbox.consultation.samples import WHOLE, pairs
from tests.fakes.memory import MemoryContexts, VirtualClock

MINE, OTHERS = "m" * 43, "o" * 43


@dataclass
class Scene:
    store: MemoryContexts = field(default_factory=MemoryContexts)
    clock: VirtualClock = field(default_factory=VirtualClock)

    def contexts(self, secret: bytes = b"s" * 32, tenant: str = "demo") -> Contexts:
        seal = Seal(secret, tenant, "contexts")
        return Contexts(self.store, self.clock, lambda: secrets.token_urlsafe(32), seal)

    def pass_(self, time: timedelta) -> None:
        self.clock.advance(time)

    @property
    def key(self) -> str:
        (key,) = self.store.records
        return key


LINK = ReportLink(Uid("1.2.250.1.4711"), "1.2.9.ACN7", "1.2.8.17")


def context(**changes: str | None) -> CallContext:
    found = read_pairs(pairs(WHOLE, **changes)).context
    assert found is not None
    return found


@pytest.mark.parametrize(
    "one",
    [context(), context(StudyDate=None, StudyInstanceUID=None), LINK],
    ids=["whole", "", "link"],
)
def test_the_first_session_has_it_again_and_again(one: Context) -> None:
    scene = Scene()
    page = scene.contexts().open(one)
    for _ in range(3):
        assert scene.contexts().bind(page, MINE) == one
    assert scene.contexts().bind(page, OTHERS) is None
    assert scene.contexts().bind(page, MINE) == one


def test_two_pages_of_one_session_do_not_mix() -> None:
    scene = Scene()
    first, second = context(), context(Patient_name_family="AUTRE")
    pages = [scene.contexts().open(one) for one in (first, second)]
    assert len(set(pages)) == 2
    for _ in range(2):
        assert [scene.contexts().bind(page, MINE) for page in pages] == [first, second]


@pytest.mark.parametrize(
    ("page", "session"),
    [
        ("x" * 43, MINE),
        ("", MINE),
        ("x" * 42, MINE),
        ("../" + "x" * 40, MINE),
        (None, ""),
        (None, "m" * 42),
        (None, "é" * 43),
    ],
)
def test_a_forged_identifier_opens_nothing(page: str | None, session: str) -> None:
    scene = Scene()
    made = scene.contexts().open(context())
    assert scene.contexts().bind(made if page is None else page, session) is None
    assert scene.contexts().bind(made, MINE) == context()


def test_another_tenant_opens_nothing_even_with_a_record_that_was_copied() -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    assert scene.contexts(tenant="voisin").bind(page, MINE) is None
    assert scene.contexts(secret=b"t" * 32).bind(page, MINE) is None


def test_a_record_under_another_key_does_not_open() -> None:
    scene = Scene()
    first, second = (
        scene.contexts().open(context(Patient_name_given=name)) for name in ("A1", "B2")
    )
    one, other = scene.store.records
    scene.store.records[other] = scene.store.records[one]
    assert scene.contexts().bind(second, MINE) is None
    assert scene.contexts().bind(first, MINE) == context(Patient_name_given="A1")


def test_nobody_binds_after_ten_minutes() -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    scene.pass_(UNBOUND)
    assert scene.store.ends[scene.key] == scene.clock.now()
    late = Scene(scene.store, scene.clock)
    late.pass_(timedelta(seconds=1))
    assert late.contexts().bind(page, MINE) is None
    assert "bound_to" not in scene.store.records[scene.key]


def test_a_bound_context_lives_as_long_as_a_session_can() -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    scene.pass_(UNBOUND)
    assert scene.contexts().bind(page, MINE) == context()
    assert scene.store.ends[scene.key] == scene.clock.now() + BOUND
    scene.pass_(BOUND)
    assert scene.contexts().bind(page, MINE) == context()
    scene.pass_(timedelta(seconds=1))
    assert scene.contexts().bind(page, MINE) is None


@pytest.mark.parametrize(("winner", "found"), [(OTHERS, None), (MINE, context())])
def test_of_two_sessions_at_once_one_binds(winner: str, found: CallContext | None) -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    scene.store.before_claim = lambda: scene.contexts().bind(page, winner)
    assert scene.contexts().bind(page, MINE) == found
    assert scene.contexts().bind(page, winner) == context()


def test_a_context_that_ends_while_it_is_bound_is_gone() -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    scene.store.before_claim = scene.store.records.clear
    assert scene.contexts().bind(page, MINE) is None


def test_a_writer_of_the_store_cannot_give_it_to_another_session() -> None:
    scene = Scene()
    mine = scene.contexts().open(context(Patient_name_given="A1"))
    scene.contexts().bind(mine, MINE)
    theirs = scene.contexts().open(context(Patient_name_given="B2"))
    scene.contexts().bind(theirs, OTHERS)
    one, other = scene.store.records
    for forged in (
        scene.store.records[other]["bound_to"],
        scene.store.records[other]["sealed"],
        scene.store.records[one]["sealed"],
        "",
        "AAAA",
    ):
        kept = {**scene.store.records[one], "bound_to": forged}
        forger = Scene(MemoryContexts({one: kept}), scene.clock)
        assert forger.contexts().bind(mine, OTHERS) is None


def test_the_store_says_nothing() -> None:
    scene = Scene()
    page = scene.contexts().open(context())
    scene.contexts().bind(page, MINE)
    kept = json.dumps(scene.store.records)
    # A shorter one may stand in a sealed text by chance.
    told = [value for value in (*WHOLE.values(), page, MINE) if len(value) >= 12]
    assert len(told) > 8
    assert not [value for value in told if value in kept]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(_TEXTS, _TEXTS, st.booleans())
def test_any_context_comes_back_whole(family: str, given_name: str, consent: bool) -> None:
    scene = Scene()
    one = replace(context(), birth_family=family, birth_given=given_name, consent=consent)
    assert scene.contexts().bind(scene.contexts().open(one), MINE) == one


def test_a_note_is_its_session_s_page_s_and_name_s_alone() -> None:
    scene = Scene()
    contexts = scene.contexts()
    page, other = contexts.open(context()), contexts.open(context())
    for one in (page, other):
        assert contexts.bind(one, MINE) is not None
        assert contexts.noted(one, MINE, "access") == ""
    contexts.note(page, MINE, "access", "canary-of-a-note")
    assert contexts.noted(page, MINE, "access") == "canary-of-a-note"
    for one, session, name in (
        (page, OTHERS, "access"),
        (other, MINE, "access"),
        (page, MINE, "documents"),
    ):
        assert contexts.noted(one, session, name) == ""
    assert "canary-of-a-note" not in json.dumps(scene.store.records)
    [key] = [key for key, kept in scene.store.records.items() if "note_access" in kept]
    kept = scene.store.records[key]
    for moved in (other, page):
        [place] = [k for k in scene.store.records if (k == key) == (moved == page)]
        scene.store.records[place]["note_documents"] = kept["note_access"]
        assert contexts.noted(moved, MINE, "documents") == ""
    contexts.note(page, MINE, "access", "second")
    assert contexts.noted(page, MINE, "access") == "second"
    assert contexts.bind(page, MINE) == context()


def test_a_note_makes_no_context() -> None:
    scene = Scene()
    scene.contexts().note("p" * 43, MINE, "access", "text")
    assert scene.store.records == {}
    assert scene.contexts().noted("p" * 43, MINE, "access") == ""
