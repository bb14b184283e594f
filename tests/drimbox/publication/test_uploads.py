"""Large messages: asked for, put, received once whoever comes first, acknowledged as any other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.errors import Absent, BadRequest, NotHl7, StorageUnavailable, TooLarge
from functions.drimbox.publication.inbox import message_key
from functions.drimbox.publication.receive import Desk
from functions.drimbox.publication.site_accepted import PREFIX
from functions.drimbox.publication.uploads import (
    LOOK_AFTER,
    Address,
    acknowledge_upload,
    look,
    request_upload,
    uploaded_for_check,
)
from functions.drimbox.report.hl7 import MAX_BYTES
from functions.drimbox.tenants.model import Agent
from simulators.ris.messages import message
from tests.fakes.memory import MemoryAudit, MemoryBlobs, MemoryQueue, VirtualClock
from tests.fakes.world import ISSUER, SENDER, SUBJECT, TENANT, World, case

LIFE: Final = timedelta(minutes=10)
OTHER: Final = SUBJECT.replace("ris", "dpi")
RAW: Final = message(case("C"), "ORU", sender=SENDER, control_id="1", at=VirtualClock().now())


@dataclass
class MemoryUploads(MemoryBlobs):
    """An address names its key; the uploaded bytes are the announced ones."""

    announced: dict[str, tuple[int, str]] = field(default_factory=dict)

    def signed_put(
        self, key: str, *, size: int, sha256: str, content_type: str, seconds: int
    ) -> tuple[str, Mapping[str, str]]:
        assert seconds == LIFE.total_seconds()
        self.announced[key] = (size, sha256)
        return f"https://store.example/{key}", {"Content-Type": content_type}

    def put_at(self, address: Address, raw: bytes) -> None:
        """The sender puts the message."""
        key = address.url.removeprefix("https://store.example/")
        assert self.announced[key] == (len(raw), hashlib.sha256(raw).hexdigest())
        assert self.put_once(key, raw)


@dataclass
class Looks:
    asked: list[tuple[str, timedelta]] = field(default_factory=list)

    def send(self, upload_id: str, *, after: timedelta) -> None:
        self.asked.append((upload_id, after))


@dataclass
class Site:
    """The sender's side of one tenant."""

    world: World
    uploads: MemoryUploads = field(default_factory=MemoryUploads)
    looks: Looks = field(default_factory=Looks)

    @property
    def desk(self) -> Desk:
        return self.world.desk

    def ask(self, raw: bytes = RAW, subject: str = SUBJECT, **changes: Any) -> Address:
        facts = {"size": len(raw), "sha256": hashlib.sha256(raw).hexdigest(), **changes}
        return request_upload(
            facts,
            subject,
            uploads=self.uploads,
            queue=self.looks,
            audit=self.world.audit,
            clock=self.world.clock,
            uids=self.world,
            life=LIFE,
        )

    def put(self, raw: bytes = RAW, subject: str = SUBJECT) -> Address:
        address = self.ask(raw, subject)
        self.uploads.put_at(address, raw)
        return address


@pytest.fixture
def site(world: World) -> Site:
    return Site(world)


def messages(site: Site) -> list[str]:
    return [key for key in site.world.inbox.objects if key.startswith("messages/")]


def test_it_is_awaited_then_received_and_its_acknowledgement_stays_the_same(site: Site) -> None:
    address = site.ask()
    assert site.looks.asked == [(address.upload_id, LOOK_AFTER)]
    assert acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads) is None
    assert messages(site) == []
    site.uploads.put_at(address, RAW)
    first = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert first is not None
    assert (first.code, messages(site)) == ("AA", [message_key(first.message_id)])
    site.world.clock.advance(timedelta(days=1))
    again = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert again == first
    assert look(address.upload_id, site.desk, site.uploads, site.world.news) == first
    assert len(site.world.queue.messages) == 1
    assert site.world.audit.events() == [
        ("upload.requested", "accepted"),
        ("message.received", "accepted"),
    ]


def test_a_sender_that_never_comes_back_has_its_message_treated(site: Site) -> None:
    address = site.put()
    site.world.clock.advance(LOOK_AFTER)
    reception = look(address.upload_id, site.desk, site.uploads, site.world.news)
    assert reception is not None
    assert reception.code == "AA"
    site.world.archive_study(case("C"))
    site.world.work()
    assert site.world.entry(reception.message_id).state == "published"


def test_a_refusal_that_nobody_asked_for_is_news_of_the_message(site: Site) -> None:
    wrong = RAW.replace(b"VALI", b"PROV")
    asked = site.put(wrong)
    acknowledge_upload(asked.upload_id, SUBJECT, site.desk, site.uploads)
    assert site.world.news.rung == [], "the acknowledgement says all"
    address = site.put(wrong)
    look(address.upload_id, site.desk, site.uploads, site.world.news)
    assert site.world.news.rung == [], "the site's file names no address"
    site.world.tenant = replace(site.world.tenant, webhook_url="https://ris.example")
    for times in (1, 2):  # its process may die behind the ring, and be tried again
        reception = look(address.upload_id, site.desk, site.uploads, site.world.news)
        assert reception is not None
        assert site.world.news.rung == [reception.message_id] * times
    accepted = site.put(RAW.replace(b"|1|P|", b"|2|P|"))
    assert look(accepted.upload_id, site.desk, site.uploads, site.world.news)
    assert len(site.world.news.rung) == 2


def test_nothing_was_put(site: Site) -> None:
    address = site.ask()
    site.world.clock.advance(LOOK_AFTER)
    assert look(address.upload_id, site.desk, site.uploads, site.world.news) is None
    with pytest.raises(Absent):
        acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)


def test_directly_and_by_upload_it_is_one_message(site: Site) -> None:
    direct = site.world.resend(RAW)
    for _ in range(2):
        address = site.put()
        uploaded = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
        assert uploaded is not None
        assert (uploaded.ack, uploaded.message_id) == (direct.ack, direct.message_id)
    assert len(site.world.queue.messages) == 1
    other = RAW.replace(b"IPP101", b"IPP102")
    assert other != RAW
    reused = acknowledge_upload(site.put(other).upload_id, SUBJECT, site.desk, site.uploads)
    assert reused is not None
    assert (reused.code, reused.control_id_reused) == ("AE", True)
    address = site.put(RAW.replace(b"|1|P|", b"|2|P|"))
    assert acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert site.world.resend(RAW.replace(b"|1|P|", b"|2|P|")).code == "AA"
    assert len(site.world.queue.messages) == 2


def test_the_sender_is_who_asked(site: Site) -> None:
    """Another program of the tenant does not see it, and asks in its own name."""
    address = site.put()
    with pytest.raises(Absent):
        acknowledge_upload(address.upload_id, OTHER, site.desk, site.uploads)
    foreign = site.put(subject=OTHER)
    refused = acknowledge_upload(foreign.upload_id, OTHER, site.desk, site.uploads)
    assert refused is not None
    assert refused.code == "AE"
    assert messages(site) == []


@pytest.mark.parametrize("upload_id", ["", "x", "../requests/1", "0" * 36, "a" * 8])
def test_an_upload_that_nobody_asked_for_is_absent(site: Site, upload_id: str) -> None:
    with pytest.raises(Absent):
        acknowledge_upload(upload_id, SUBJECT, site.desk, site.uploads)
    assert look(upload_id, site.desk, site.uploads, site.world.news) is None


def test_a_fault_is_answered_and_kept_a_circumstance_is_asked_again(site: Site) -> None:
    wrong = RAW.replace(b"VALI", b"PROV")
    address = site.put(wrong)
    first = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert first is not None
    assert first.code == "AE"
    site.world.clock.advance(timedelta(minutes=1))
    again = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert again == first
    refusals = [event for event, _ in site.world.audit.events()]
    assert refusals.count("message.refused") == 1


def test_our_own_storage_that_fails_is_tried_again(site: Site) -> None:
    @dataclass
    class Down(MemoryBlobs):
        def put_once(self, key: str, data: bytes, content_type: str = "") -> bool:
            raise StorageUnavailable

    address = site.put()
    down = replace(site.desk, inbox=Down())
    with pytest.raises(StorageUnavailable):
        look(address.upload_id, down, site.uploads, site.world.news)
    refused = acknowledge_upload(address.upload_id, SUBJECT, down, site.uploads)
    assert refused is not None
    assert (refused.code, refused.unavailable) == ("AR", True)
    accepted = acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert accepted is not None
    assert accepted.code == "AA"


def test_bytes_that_are_no_message_have_no_acknowledgement(site: Site) -> None:
    address = site.put(b"PDF")
    with pytest.raises(NotHl7):
        acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    with pytest.raises(NotHl7):
        look(address.upload_id, site.desk, site.uploads, site.world.news)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"size": 0}, BadRequest),
        ({"size": "5"}, BadRequest),
        ({"size": True}, BadRequest),
        ({"size": 1.5}, BadRequest),
        ({"sha256": ""}, BadRequest),
        ({"sha256": None}, BadRequest),
        ({"sha256": "A" * 64}, BadRequest),
        ({"more": 1}, BadRequest),
        ({"check": 1}, BadRequest),
        ({"check": None}, BadRequest),
        ({"size": MAX_BYTES + 1}, TooLarge),
    ],
)
def test_an_ill_announced_message_gets_no_address(
    site: Site, changes: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        site.ask(**changes)
    assert site.uploads.objects == {}
    assert site.looks.asked == []


@given(
    st.dictionaries(st.sampled_from(["size", "sha256", "x"]), st.none() | st.text() | st.floats())
)
def test_no_announcement_breaks(facts: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        request_upload(
            facts,
            SUBJECT,
            uploads=MemoryUploads(),
            queue=Looks(),
            audit=MemoryAudit(),
            clock=VirtualClock(),
            uids=None,  # type: ignore[arg-type]
            life=LIFE,
        )


def test_a_queue_that_fails_gives_no_address(site: Site) -> None:
    class Down(Looks):
        def send(self, upload_id: str, *, after: timedelta) -> None:
            raise StorageUnavailable

    site.looks = Down()
    with pytest.raises(StorageUnavailable):
        site.ask()
    assert site.uploads.announced == {}
    assert MemoryQueue().messages == []


def test_an_upload_to_be_checked_is_read_by_its_sender_and_never_received(site: Site) -> None:
    address = site.ask(check=True)
    assert site.looks.asked == []
    with pytest.raises(Absent):
        uploaded_for_check(address.upload_id, SUBJECT, site.uploads)
    site.uploads.put_at(address, RAW)
    assert uploaded_for_check(address.upload_id, SUBJECT, site.uploads) == RAW
    with pytest.raises(Absent):
        uploaded_for_check(address.upload_id, OTHER, site.uploads)
    with pytest.raises(Absent):
        acknowledge_upload(address.upload_id, SUBJECT, site.desk, site.uploads)
    assert look(address.upload_id, site.desk, site.uploads, site.world.news) is None
    assert messages(site) == []


def test_an_upload_to_be_received_is_not_checked(site: Site) -> None:
    address = site.put()
    for upload_id in (address.upload_id, "0", ""):
        with pytest.raises(Absent):
            uploaded_for_check(upload_id, SUBJECT, site.uploads)


def test_the_time_of_the_sites_answer_goes_with_the_message(site: Site) -> None:
    agent = SUBJECT.replace("ris", "agent")
    site.world.tenant = replace(TENANT, agents=(Agent("one", agent, ISSUER),))
    for subject, code in ((SUBJECT.replace("ris", "dpi"), "AE"), (agent, "AA")):
        address = site.ask(subject=subject, accepted_at="2026-11-24T03:00:00Z")
        site.uploads.put_at(address, RAW)
        taken = acknowledge_upload(address.upload_id, subject, site.desk, site.uploads)
        assert taken is not None
        assert (taken.code, taken.message_id.startswith(PREFIX)) == (code, code == "AA")


@pytest.mark.parametrize("given_", ["2026-11-24T03:00:00", "soon", 7, None])
def test_an_ill_formed_time_of_the_sites_answer_is_refused(site: Site, given_: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        site.ask(accepted_at=given_)
    assert refused.value.field == "/accepted_at"
