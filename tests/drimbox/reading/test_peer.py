"""functions.drimbox.reading.peer: on the wire, over TLS, with good sites and bad ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest

from functions.drimbox.errors import IdentityUnavailable, NotAuthenticated
from functions.drimbox.peers.source_address import SourceAddress
from functions.drimbox.reading import peer as peers
from functions.drimbox.reading.accept_headers import ANY, LOSSLESS
from functions.drimbox.reading.ended import Ended, SiteFailed
from functions.drimbox.reading.pace import SILENCE
from tests.drimbox.images.samples import MANIFEST, instance
from tests.drimbox.reading.sites import (
    HOST,
    PATH,
    TOKEN,
    Answer,
    Asked,
    Site,
    Wire,
    by_path,
    client,
    multipart,
    site,
    storage,
    uid,
)


def got(made: Site, spool: Path, *, parts: int = 9, **changes: object) -> list[bytes]:
    return [read(one) for one in made.peer(**changes).series(spool, parts=parts)]  # type: ignore[arg-type]


def read(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def _unlocatable(_: Asked, wire: Wire) -> None:
    wire.answer(307, Location="https://[")


def failed(answer: Answer, spool: Path, **changes: object) -> SiteFailed:
    with site(answer) as made, pytest.raises(SiteFailed) as failure:
        got(made, spool, **changes)  # type: ignore[arg-type]
    assert list(spool.iterdir()) == []
    return failure.value


def test_the_request_carries_token_manifest_and_our_certificate(tmp_path: Path) -> None:
    with site(by_path({uid(1): instance(1), uid(2): instance(2)})) as made:
        assert got(made, tmp_path) == [instance(1), instance(2)]
        folder = tmp_path / "one"
        folder.mkdir()
        (content,) = made.peer().instance(uid(2), folder)
        assert content == instance(2)
    first, second = made.asked
    assert (first.method, first.path) == ("GET", PATH)
    assert second.path == f"{PATH}/instances/{uid(2)}"
    assert "ours" in first.client
    assert first.headers == {
        "host": f"{HOST}:{made.port}",
        "accept": LOSSLESS,
        "accept-encoding": "identity",
        "authorization": f"Bearer {TOKEN}",
        "kos-sopinstanceuid": MANIFEST,
        "user-agent": "DRIMbox",
        "connection": "keep-alive",
    }


def test_a_dead_machine_of_the_site_costs_nothing(tmp_path: Path) -> None:
    """Nobody listens at the first two of its addresses."""
    with site(by_path({uid(1): instance(1)})) as made:
        ips = ("127.0.0.9", "127.0.0.8", "127.0.0.1")
        assert got(made, tmp_path, place=replace(made.place, ips=ips)) == [instance(1)]
        assert len(made.asked) == 1
        with pytest.raises(SiteFailed, match="ConnectError"):
            got(made, tmp_path, place=replace(made.place, ips=ips[:2]))
        assert len(made.asked) == 1


def test_a_site_is_asked_for_any_syntax_when_it_has_no_other(tmp_path: Path) -> None:
    def answer(asked: Asked, wire: Wire) -> None:
        if asked.headers["accept"] == ANY:
            wire.objects(instance(1))
        else:
            wire.answer(406)

    with site(answer) as made:
        assert got(made, tmp_path) == [instance(1)]
    assert [one.headers["accept"] for one in made.asked] == [LOSSLESS, ANY]


def test_no_token_leaves_to_a_server_that_is_not_the_listed_host(tmp_path: Path) -> None:
    def token(refused: str = "") -> str:
        raise AssertionError("the token was on the wire")

    with site(by_path({})) as made:
        other = SourceAddress("db2.901.example", made.port, "/rs")
        place = replace(made.place, address=other)
        with pytest.raises(SiteFailed) as failure:
            got(made, tmp_path, place=place)
        assert failure.value.ended is Ended.AWAY
        # And none to a server that does not ask for our certificate in vain.
        with client(with_certificate=False) as http, pytest.raises(SiteFailed):
            got(made, tmp_path, client=http)
    assert made.asked == []
    with pytest.raises(AssertionError):
        got(made, tmp_path, token=token)


def test_a_token_that_cannot_be_had_asks_nobody(tmp_path: Path) -> None:
    def token(refused: str = "") -> str:
        raise NotAuthenticated("ended")

    with site(by_path({})) as made, pytest.raises(NotAuthenticated):
        got(made, tmp_path, token=token)
    assert made.asked == []


# -- a token that the provider has ended before its time


@dataclass
class Tokens:
    """The professional's tokens: the first is good until a site refuses it, then comes the next;
    the last one stays. ``ended``: there is none after the first."""

    names: tuple[str, ...] = ("first", "second")
    ended: NotAuthenticated | IdentityUnavailable | None = None
    refused: list[str] = field(default_factory=list)

    def __call__(self, refused: str = "") -> str:
        if refused:
            self.refused.append(refused)
            if self.ended is not None:
                raise self.ended
        return self.names[min(len(self.refused), len(self.names) - 1)]


def takes(*names: str, status: int = 401) -> Answer:
    """A site that gives its objects to the bearers of these tokens alone."""
    given = by_path({uid(1): instance(1), uid(2): instance(2)})

    def answer(asked: Asked, wire: Wire) -> None:
        if asked.headers["authorization"].removeprefix("Bearer ") in names:
            given(asked, wire)
        else:
            wire.answer(status)

    return answer


def bearers(made: Site) -> list[str]:
    return [one.headers["authorization"].removeprefix("Bearer ") for one in made.asked]


def test_a_token_that_was_ended_is_renewed_and_the_site_asked_once_more(tmp_path: Path) -> None:
    tokens = Tokens()
    with site(takes("second")) as made:
        assert got(made, tmp_path, token=tokens) == [instance(1), instance(2)]
    assert (bearers(made), tokens.refused) == (["first", "second"], ["first"])
    with site(takes("second")) as made:
        one = made.peer(token=Tokens()).instance(uid(2), tmp_path)
        assert [read(content) for content in one] == [instance(2)]
    assert [one.path for one in made.asked] == [f"{PATH}/instances/{uid(2)}"] * 2


def test_a_second_401_is_the_sites_refusal(tmp_path: Path) -> None:
    tokens = Tokens(("first", "second", "third"))
    with site(takes()) as made, pytest.raises(SiteFailed) as failure:
        got(made, tmp_path, token=tokens)
    assert failure.value.ended is Ended.REFUSED
    assert (bearers(made), tokens.refused) == (["first", "second"], ["first"])


def test_a_401_without_another_token_is_the_sites_refusal(tmp_path: Path) -> None:
    with site(takes()) as made, pytest.raises(SiteFailed) as failure:
        got(made, tmp_path, token=Tokens(("only",)))
    assert (failure.value.ended, bearers(made)) == (Ended.REFUSED, ["only"])


def test_a_403_asks_for_no_other_token(tmp_path: Path) -> None:
    tokens = Tokens()
    with site(takes("second", status=403)) as made, pytest.raises(SiteFailed) as failure:
        got(made, tmp_path, token=tokens)
    assert (failure.value.ended, bearers(made), tokens.refused) == (Ended.REFUSED, ["first"], [])


@pytest.mark.parametrize("error", [NotAuthenticated("ended"), IdentityUnavailable("down")])
def test_a_sign_in_that_ended_is_no_refusal_of_the_site(
    error: NotAuthenticated | IdentityUnavailable, tmp_path: Path
) -> None:
    with site(takes("second")) as made, pytest.raises(type(error)):
        got(made, tmp_path, token=Tokens(ended=error))
    assert bearers(made) == ["first"]


def test_a_renewed_token_goes_with_any_syntax_too(tmp_path: Path) -> None:
    """The site judges the token first, and then the syntaxes."""
    given = takes("second")

    def answer(asked: Asked, wire: Wire) -> None:
        is_known = asked.headers["authorization"] == "Bearer second"
        if is_known and asked.headers["accept"] != ANY:
            wire.answer(406)
        else:
            given(asked, wire)

    with site(answer) as made:
        assert got(made, tmp_path, token=Tokens()) == [instance(1), instance(2)]
    assert bearers(made) == ["first", "second", "second"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (204, Ended.ODD),
        (206, Ended.ODD),
        (400, Ended.ODD),
        (401, Ended.REFUSED),
        (403, Ended.REFUSED),
        (404, Ended.STALE),
        (410, Ended.GONE),
        (429, Ended.AWAY),
        (500, Ended.AWAY),
        (503, Ended.AWAY),
    ],
)
def test_each_status_is_one_end(status: int, expected: Ended, tmp_path: Path) -> None:
    failure = failed(lambda _, wire: wire.answer(status, Retry_After="7"), tmp_path)
    assert (failure.ended, failure.retry_after) == (expected, ("7",))
    assert not failure.redirected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int, tmp_path: Path) -> None:
    other: list[Asked] = []

    def elsewhere(asked: Asked, wire: Wire) -> None:
        other.append(asked)

    with site(elsewhere) as target:
        location = f"https://localhost:{target.port}{PATH}"
        failure = failed(lambda _, wire: wire.answer(status, Location=location), tmp_path)
    assert (failure.ended, failure.redirected, other) == (Ended.ODD, True, [])


def test_our_own_cache_is_followed_and_gets_nothing_of_the_request(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []
    body, content_type = multipart((instance(1),))

    def cache(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            200, headers={"content-type": content_type}, stream=httpx.ByteStream(body)
        )

    own = storage("https://cache.example:444", cache)
    url = "https://cache.example:444/demo/series?signature=1"
    with site(lambda _, wire: wire.answer(307, Location=url)) as made:
        assert got(made, tmp_path, storage=own) == [instance(1)]
    assert [str(one.url) for one in asked] == [url]
    assert not {"authorization", "kos-sopinstanceuid", "cookie"} & set(asked[0].headers)
    for odd in (
        "https://cache.example/x",
        "http://cache.example:444/x",
        "https://cache.example:444.evil.example/x",
        "https://cache.example:444@evil.example/x",
        "//cache.example:444/x",
        "https://[",
    ):
        folder = tmp_path / "none"
        folder.mkdir(exist_ok=True)
        failure = failed(lambda _, wire, to=odd: wire.answer(307, Location=to), folder, storage=own)  # type: ignore[misc]
        assert failure.ended in {Ended.ODD, Ended.AWAY}
    assert len(asked) == 1


def _half(_: Asked, wire: Wire) -> None:
    wire.objects(instance(1), cut=40)


def _ends_without_its_end(_: Asked, wire: Wire) -> None:
    wire.parts(instance(1)[:-7])


def _silent_in_the_middle(_: Asked, wire: Wire) -> None:
    wire.parts(instance(1)[:50])
    wire.stopped.wait(60)


def _silent(_: Asked, wire: Wire) -> None:
    wire.stopped.wait(60)


def _byte_by_byte(_: Asked, wire: Wire) -> None:
    wire.parts(b"")
    while not wire.stopped.wait(0.05):
        wire.send(b"x")


def _endless_objects(_: Asked, wire: Wire) -> None:
    wire.parts(*[instance(1)] * 30)
    wire.stopped.wait(60)


def _ten_gigabytes(_: Asked, wire: Wire) -> None:
    wire.parts(b"")
    while not wire.stopped.is_set():
        wire.send(bytes(1024 * 1024))


def _garbage(_: Asked, wire: Wire) -> None:
    wire.send(bytes(range(256)) * 10)


def _page(_: Asked, wire: Wire) -> None:
    wire.answer(200, b"<h1>Bonjour</h1>", Content_Type="text/html")


def _other_boundary(_: Asked, wire: Wire) -> None:
    body, content_type = multipart((instance(1),), "other")
    wire.answer(200, body, Content_Type=content_type.replace("other", "told"))


def _compressed(_: Asked, wire: Wire) -> None:
    wire.answer(200, b"x", Content_Encoding="gzip")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_half, Ended.AWAY),
        (_ends_without_its_end, Ended.AWAY),
        (_silent_in_the_middle, Ended.AWAY),
        (_silent, Ended.AWAY),
        (_byte_by_byte, Ended.AWAY),
        (_endless_objects, Ended.ODD),
        (_ten_gigabytes, Ended.ODD),
        (_garbage, Ended.AWAY),
        (_unlocatable, Ended.ODD),
        (_page, Ended.ODD),
        (_other_boundary, Ended.AWAY),
        (_compressed, Ended.ODD),
    ],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_a_bad_site_ends(
    answer: Answer, expected: Ended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "TIMEOUT", httpx.Timeout(1.0))
    monkeypatch.setattr("functions.drimbox.reading.pace.SILENCE", 1.0)
    monkeypatch.setattr(peers, "MAX_OBJECT", 8 * 1024 * 1024)

    def read(made: Site) -> None:
        for one in made.peer().series(tmp_path, parts=9):
            if not isinstance(one, bytes):
                one.unlink()

    with site(answer) as made, pytest.raises(SiteFailed) as failure:
        read(made)
    assert failure.value.ended is expected
    assert list(tmp_path.iterdir()) == []


def test_a_whole_answer_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "MAX_ANSWER", 500)
    assert failed(by_path({uid(1): instance(1)}), tmp_path).ended is Ended.ODD


def test_nobody_at_the_address_is_away(tmp_path: Path) -> None:
    with site(_silent) as made:
        pass
    with pytest.raises(SiteFailed) as failure:
        got(made, tmp_path)
    assert failure.value.ended is Ended.AWAY
    assert HOST not in str(failure.value)


def test_the_limits_are_those_of_the_design() -> None:
    assert (peers.TIMEOUT.read, peers.MAX_OBJECT) == (SILENCE, 512 * 1024 * 1024)
