"""functions.drimbox.webhook.receiver: the hosts that may be asked, the request, and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest

from functions.drimbox.transport import open_client
from functions.drimbox.webhook.receiver import PATIENCE, Answer, Receiver

IP = "93.184.215.14"
Take = Callable[[httpx.Request], httpx.Response]


def receiver(
    take: Take, *addresses: str, private: tuple[str, ...] = ()
) -> tuple[Receiver, list[httpx.Client]]:
    opened: list[httpx.Client] = []

    def open_one() -> httpx.Client:
        opened.append(open_client(transport=httpx.MockTransport(take)))
        return opened[-1]

    return Receiver(open_one, lambda _: addresses or (IP,), private), opened


def post(
    take: Take,
    *addresses: str,
    url: str = "https://ris.example/news",
    private: tuple[str, ...] = (),
) -> Answer:
    asked, opened = receiver(take, *addresses, private=private)
    answer = asked.post(url, {"webhook-id": "msg_1"}, b"{}")
    assert all(one.is_closed for one in opened)
    return answer


def test_the_event_goes_to_the_judged_address_under_the_declared_name() -> None:
    asked: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    assert post(take).is_taken
    assert post(take, "2606:4700::1", url="https://ris.example:8443").is_taken
    first, second = asked
    assert (first.method, str(first.url)) == ("POST", f"https://{IP}/news")
    assert first.extensions["sni_hostname"] == "ris.example"
    assert first.extensions["timeout"].left <= PATIENCE.whole
    assert dict(first.headers) == {
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        "content-length": "2",
        "content-type": "application/json",
        "host": "ris.example",
        "user-agent": "DRIMbox",
        "webhook-id": "msg_1",
    }
    assert str(second.url) == "https://[2606:4700::1]:8443/"
    assert second.headers["host"] == "ris.example:8443"


@pytest.mark.parametrize(
    "addresses",
    [("10.0.0.1",), ("127.0.0.1",), ("169.254.169.254",), (IP, "192.168.1.1"), ("::1",), ("x",)],
)
def test_a_host_with_a_private_address_is_never_asked(addresses: tuple[str, ...]) -> None:
    def take(_: httpx.Request) -> httpx.Response:
        raise AssertionError("nobody is asked")

    answer = post(take, *addresses)
    assert (answer.status, answer.is_taken) == (None, False)


def test_a_host_of_this_machine_is_asked_where_it_is_declared() -> None:
    answer = post(lambda _: httpx.Response(204), "127.0.0.1", private=("ris.example",))
    assert answer.is_taken


def test_no_redirect_is_followed_and_no_body_is_read() -> None:
    read: list[bytes] = []

    def never() -> Iterator[bytes]:
        read.append(b"x")
        yield b"x"

    def take(request: httpx.Request) -> httpx.Response:
        assert request.url.host == IP
        return httpx.Response(307, headers={"location": "https://10.0.0.1/"}, content=never())

    assert post(take) == Answer(307, "status 307")
    assert read == []


@pytest.mark.parametrize(
    ("status", "expected"), [(503, ("120",)), (429, ("120",)), (500, ()), (400, ())]
)
def test_a_receiver_may_ask_to_be_left_alone(status: int, expected: tuple[str, ...]) -> None:
    answer = post(lambda _: httpx.Response(status, headers={"retry-after": "120"}))
    assert answer == Answer(status, f"status {status}", expected)
    assert not answer.is_taken


def test_a_receiver_that_does_not_answer_is_told_by_the_kind_of_failure() -> None:
    def take(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("https://ris.example/news", request=request)

    assert post(take) == Answer(None, "ReadTimeout")


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ConnectTimeout])
def test_each_address_is_tried_until_one_takes_the_connection(
    error: type[httpx.TransportError],
) -> None:
    tried: list[str] = []
    dead = {IP}

    def take(request: httpx.Request) -> httpx.Response:
        tried.append(request.url.host)
        if request.url.host in dead:
            raise error("https://ris.example/news", request=request)
        return httpx.Response(200)

    assert post(take, "2606:4700::1", IP, "93.184.215.15").is_taken
    assert tried == [IP, "93.184.215.15"]
    dead |= {"93.184.215.15"}
    assert post(take, IP, "93.184.215.15") == Answer(None, error.__name__)
    assert tried[2:] == [IP, "93.184.215.15"]


def test_an_event_that_may_have_come_is_not_sent_to_another_address() -> None:
    tried: list[str] = []

    def take(request: httpx.Request) -> httpx.Response:
        tried.append(request.url.host)
        raise httpx.ReadError("cut", request=request)

    assert post(take, IP, "93.184.215.15") == Answer(None, "ReadError")
    assert tried == [IP]


def test_a_host_without_an_address_is_not_asked() -> None:
    asked = Receiver(httpx.Client, lambda _: ())
    assert asked.post("https://ris.example/news", {}, b"") == Answer(None, "no public address")
