"""Where the images of a page's exams are, and whether their sites can give them now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.drimbox.consultation.exam_images import Content, ExamSource, Images
from functions.drimbox.consultation.exam_sources import (
    AT_ONCE,
    PRESSED,
    is_checking,
    known_or_checking,
)
from functions.drimbox.errors import StorageUnavailable
from functions.drimbox.peers.kept import MAX_AGE
from functions.drimbox.peers.source_states import SourceState
from tests.drimbox.consultation.source_scenes import OWN, Page, entry, manifest
from tests.drimbox.peers.scenes import AT

POITIERS, PARC = "1860000011", "1690000022"


def two_sites() -> Page:
    """Two exams of one site, one of another."""
    exams = {1: entry(1, POITIERS, "CHU"), 2: entry(2, PARC, "Parc"), 3: entry(3, POITIERS, "CHU")}
    return Page(exams, hosts={POITIERS: "db1.example", PARC: "db2.example"})


def test_one_manifest_of_each_establishment_is_read_and_each_site_asked_once() -> None:
    page = two_sites()
    before = page.known()
    assert {one.images for one in before.values()} == {Images.CHECKING}
    assert is_checking(before.values())
    assert (page.fetched, page.asked) == ([], [])
    found = page.look()
    assert {number: one.images for number, one in found.items()} == dict.fromkeys(
        (1, 2, 3), Images.READY
    )
    assert page.fetched == [["2.25.1", "2.25.2"]]
    assert page.asked == [["db1.example", "db2.example"]]
    # The content is told where the manifest was read anyway.
    content = found[1].content
    assert content is not None
    assert content.key_images == 2
    assert min(content.series, content.images) > 0
    assert [one.content for one in found.values()] == [content, content, None]
    assert [one.establishment for one in found.values()] == ["CHU", "Parc", "CHU"]
    assert not is_checking(found.values())
    again = page.look()
    assert again == found == page.known()
    # The manifest of the first exam speaks for the third one.
    assert [one.usual for one in found.values()] == [False, False, True]
    assert (len(page.fetched), len(page.asked), page.memory.writes) == (1, 1, 1)


@pytest.mark.parametrize("state", list(SourceState))
def test_a_site_s_state_is_its_exams_state_with_its_beginning(state: SourceState) -> None:
    page = two_sites()
    page.states["db1.example"] = state
    found = page.look()
    assert (found[1].images, found[1].since) == (Images(str(state)), AT)
    assert found[3].images is found[1].images
    assert found[2].images is Images.READY
    page.later(seconds=61)
    assert page.look()[1].since == AT


def test_a_host_that_the_list_does_not_name_is_never_asked() -> None:
    page = two_sites()
    page.hosts[POITIERS] = "evil.example"
    found = page.look()
    assert (found[1].images, found[1].since) == (Images.UNLISTED, None)
    assert page.asked == [["db2.example"]]
    page.hosts[PARC] = "db1.example.evil.example"
    page.later(minutes=10)
    assert page.look()[2].images is Images.UNLISTED
    assert page.asked == [["db2.example"]]
    assert page.known()[2].images is Images.UNLISTED


def test_a_site_that_leaves_the_list_is_not_asked_any_more() -> None:
    page = two_sites()
    page.look()
    page.white_lists.kept = Page({}, listed=["db2.example"]).white_lists.kept
    page.later(seconds=61)
    assert page.look()[1].images is Images.UNLISTED
    assert page.asked[1:] == [["db2.example"]]


@pytest.mark.parametrize("absent", [True, False])
def test_without_a_list_that_holds_neither_the_dmp_nor_a_site_is_asked(absent: bool) -> None:
    page = two_sites()
    page.exams[4] = entry(4, OWN)
    if absent:
        page.white_lists.kept = None
    page.later(seconds=MAX_AGE.total_seconds() + 1)
    found = page.look()
    assert [one.images for one in found.values()] == [*[Images.UNTRUSTED] * 3, Images.OWN]
    assert (page.fetched, page.asked) == ([], [])
    assert page.known() == found


def test_sites_that_are_known_are_not_asked_once_the_list_is_too_old() -> None:
    page = two_sites()
    page.look()
    page.later(seconds=MAX_AGE.total_seconds() + 1)
    assert page.images() == [Images.UNTRUSTED] * 3
    assert (len(page.fetched), len(page.asked)) == (1, 1)


def test_a_manifest_that_cannot_be_had_is_asked_for_again_after_a_minute() -> None:
    page = two_sites()
    del page.hosts[POITIERS]
    found = page.look()
    assert (found[1].images, found[1].content) == (Images.UNREAD, None)
    page.look()
    assert len(page.fetched) == 1
    page.hosts[POITIERS] = "db1.example"
    page.later(minutes=1)
    assert page.look()[1].images is Images.READY
    # Another exam of the establishment has its turn.
    assert page.fetched[1:] == [["2.25.3"]]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not a manifest",
        manifest(99, "db1.example"),
        manifest(1, "db1.example", "/../x"),
        manifest(1, "user@db1.example"),
    ],
)
def test_a_manifest_of_another_exam_or_without_an_address_leads_nowhere(answer: bytes) -> None:
    page = Page({1: entry(1, POITIERS)}, answers={"2.25.1": answer})
    assert page.images() == [Images.UNREAD]
    assert page.asked == []


def test_an_address_is_read_again_after_ten_minutes() -> None:
    page = two_sites()
    page.look()
    page.hosts[POITIERS] = "db2.example"
    page.later(minutes=10)
    page.look()
    assert page.asked[1:] == [["db2.example"]]
    assert len(page.fetched) == 2


def test_exams_without_an_establishment_are_each_alone() -> None:
    page = Page({1: entry(1, "", "Cabinet"), 2: entry(2, "", "Cabinet")})
    page.exams[3] = entry(3, "", author_institutions=())
    page.exams[4] = entry(4, "", author_institutions=("Cabinet",))
    assert page.exams[3].establishment == ("", "")
    assert page.exams[4].establishment == ("", "Cabinet")
    assert page.images() == [Images.UNREAD] * 4
    # Two establishments may have one name: nothing is told of one by the other's manifest.
    assert page.fetched == [["2.25.1", "2.25.2", "2.25.3", "2.25.4"]]


def test_one_manifest_that_gives_nothing_keeps_its_establishment_unknown_for_a_while() -> None:
    page = two_sites()
    page.exams[4] = entry(4, POITIERS, "CHU")
    page.answers = {"2.25.1": b"not a manifest", "2.25.3": b""}
    assert page.look()[1].images is Images.UNREAD
    page.later(minutes=1)
    assert page.look()[1].images is Images.UNREAD
    page.later(minutes=1)
    found = page.look()
    assert (found[1].images, found[1].usual, found[4].usual) == (Images.READY, True, False)
    assert page.fetched[1:] == [["2.25.3"], ["2.25.4"]]
    # That exam's turn lasts as long as it gives an address.
    page.later(minutes=10)
    page.look()
    assert [sorted(one) for one in page.fetched[3:]] == [["2.25.2", "2.25.4"]]


def test_an_entry_that_may_not_be_asked_for_is_passed_over() -> None:
    page = two_sites()
    page.exams[3] = entry(3, POITIERS, "CHU", sha1="ab" * 20, size=9)
    assert page.look()[1].images is Images.READY
    assert page.fetched == [["2.25.3", "2.25.2"]]


def test_a_state_that_no_address_tells_is_not_the_usual_one() -> None:
    page = two_sites()
    page.kept.refused = 2
    assert [one.usual for one in page.look().values()] == [False] * 3


def test_many_establishments_take_several_looks() -> None:
    count = AT_ONCE + 2
    exams = {number: entry(number, str(number)) for number in range(1, count + 1)}
    page = Page(exams, hosts={str(number): "db1.example" for number in exams})
    first = page.look()
    assert is_checking(first.values())
    assert [one.images for one in first.values()].count(Images.CHECKING) == 2
    assert page.images() == [Images.READY] * count
    assert [len(one) for one in page.fetched] == [AT_ONCE, 2]


def test_exams_of_this_site_are_told_by_our_own_cache() -> None:
    page = Page({1: entry(1, OWN), 2: entry(2, OWN)}, own={"2.25.1": (True, Content(3, 1, 9))})
    assert [one.images for one in page.known().values()] == [Images.OWN, Images.OWN]
    found = page.look()
    assert (found[1].images, found[1].content) == (Images.OWN_READY, Content(3, 1, 9))
    assert (found[2].images, found[2].content) == (Images.OWN, None)
    assert (page.fetched, page.asked) == ([], [])
    page.look()
    assert page.looked_at == ["2.25.1", "2.25.2"]
    # Images that are not ready are looked at again soon, the others a little later.
    page.own["2.25.2"] = (True, None)
    page.later(minutes=1)
    assert page.images() == [Images.OWN_READY, Images.OWN_READY]
    assert page.looked_at[2:] == ["2.25.2"]
    page.own["2.25.1"] = (False, None)
    page.later(minutes=3)
    assert page.images() == [Images.OWN, Images.OWN_READY]
    assert page.looked_at[3:] == ["2.25.1"]


def test_a_look_that_a_person_asks_for_tells_again_nothing_but_what_is_quite_new() -> None:
    page = two_sites()
    page.exams[4] = entry(4, OWN)
    del page.hosts[POITIERS]
    page.states["db2.example"] = SourceState.SILENT
    assert [one.images for one in page.look().values()][1:3] == [Images.SILENT, Images.UNREAD]
    page.states["db2.example"] = SourceState.READY
    page.hosts[POITIERS] = "db1.example"
    page.own["2.25.4"] = (True, None)
    page.later(seconds=9)
    page.look(PRESSED)
    assert (len(page.fetched), len(page.asked), len(page.looked_at)) == (1, 1, 1)
    page.later(seconds=1)
    page.look()
    assert (len(page.fetched), len(page.asked), len(page.looked_at)) == (1, 1, 1)
    found = page.look(PRESSED)
    assert [one.images for one in found.values()] == [*[Images.READY] * 3, Images.OWN_READY]


def test_few_exams_of_this_site_are_looked_at_in_one_look() -> None:
    page = Page({number: entry(number, OWN) for number in range(1, AT_ONCE + 4)})
    page.look()
    assert len(page.looked_at) == AT_ONCE
    page.look()
    assert len(page.looked_at) == AT_ONCE + 3


def test_a_probe_of_another_request_leaves_the_state_open() -> None:
    page = two_sites()
    page.kept.refused = 2
    assert page.images() == [Images.CHECKING] * 3
    assert page.clock.now() - AT == timedelta()


def test_a_page_that_must_not_fail_of_it_tells_the_states_before_the_first_look() -> None:
    class Broken:
        def get(self) -> Any:
            raise StorageUnavailable("the facts of a page")

        def put(self, facts: Any) -> None:
            raise AssertionError

    page = two_sites()
    page.exams[4] = entry(4, OWN, "Ici")
    page.look()
    desk = page.desk.known
    assert known_or_checking(desk, page.exams)[0].images is Images.READY
    found = known_or_checking(replace(desk, memory=Broken()), page.exams)
    assert found == (
        ExamSource(1, "CHU", Images.CHECKING),
        ExamSource(2, "Parc", Images.CHECKING),
        ExamSource(3, "CHU", Images.CHECKING),
        ExamSource(4, "Ici", Images.OWN),
    )
