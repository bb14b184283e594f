"""The clients of AWS: how long a call may take and how often it is tried, at the wire."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from functions.aws import clients
from functions.aws.http_session import HttpSession
from tests.fakes.aws import REGION

# Each service, and one call of it.
CALLS: Final[dict[str, Callable[[Any], object]]] = {
    "s3": lambda client: client.get_object(Bucket="inbox", Key="k"),
    "dynamodb": lambda client: client.list_tables(),
    "sqs": lambda client: client.list_queues(),
    "stepfunctions": lambda client: client.list_state_machines(),
    "secretsmanager": lambda client: client.list_secrets(),
    "sts": lambda client: client.assume_role(
        RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="s"
    ),
    "kms": lambda client: client.list_keys(),
    "lambda_": lambda client: client.list_functions(),
    "working_functions": lambda client: client.list_functions(),
    "sns": lambda client: client.publish(
        TopicArn="arn:aws:sns:eu-west-3:123456789012:t", Message="m"
    ),
}
# Seconds to be answered, and attempts: a function that works for minutes is called once.
_USUAL: Final = (5, 2)
PATIENCE: Final = {"working_functions": (125, 1)}
BUSY: Final = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Service:
    """Something that accepts connections, answers ``answer`` to each, and counts them."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.asked = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.open: list[socket.socket] = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.asked += 1
            self.open.append(peer)
            if self.answer:
                peer.recv(65536)
                peer.sendall(self.answer)
                peer.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for peer in self.open:
            peer.close()


@contextmanager
def service(monkeypatch: pytest.MonkeyPatch, answer: bytes = b"") -> Iterator[Service]:
    """Where a new client of ours goes; it never answers when ``answer`` is empty."""
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "s")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    made = Service(answer)
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
    try:
        yield made
    finally:
        made.close()


def fresh(name: str) -> Any:
    """A client of its own: those that functions use are kept for the process."""
    return getattr(clients, name).__wrapped__()


def test_every_client_is_looked_at() -> None:
    kept = {name for name, value in vars(clients).items() if hasattr(value, "cache_info")}
    assert kept == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_waits_for_a_second_to_connect_and_some_to_be_answered(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with service(monkeypatch):
        client = fresh(name)
    config = client.meta.config
    seconds, attempts = PATIENCE.get(name, _USUAL)
    assert (config.connect_timeout, config.read_timeout) == (1, seconds)
    assert client._endpoint.http_session._read_seconds == seconds
    assert config.retries["total_max_attempts"] == attempts


@pytest.mark.parametrize("name", CALLS)
def test_every_client_sends_over_our_connections(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def send(_: HttpSession, request: AWSPreparedRequest) -> AWSResponse:
        sent.append(request.url)
        raise EndpointConnectionError(endpoint_url=request.url)

    with service(monkeypatch) as away:
        monkeypatch.setattr(HttpSession, "send", send)
        with pytest.raises(EndpointConnectionError):
            CALLS[name](fresh(name))
        assert len(sent) == PATIENCE.get(name, _USUAL)[1]
        assert not away.asked


@pytest.mark.parametrize("name", CALLS)
def test_a_service_that_is_busy_is_asked_again(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(monkeypatch, BUSY) as busy:
        with pytest.raises(ClientError):
            CALLS[name](fresh(name))
        assert busy.asked == PATIENCE.get(name, _USUAL)[1]


@pytest.mark.slow
def test_a_service_that_never_answers_is_given_up_after_two_waits_of_five_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with service(monkeypatch) as silent:
        client = fresh("dynamodb")
        before = time.monotonic()
        with pytest.raises(ReadTimeoutError):
            client.list_tables()
        taken = time.monotonic() - before
        assert silent.asked == 2
    assert 10 <= taken < 60  # the upper limit leaves room for a busy machine
