"""The client of DICOMweb raises the errors that it is given, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from functions.drimbox.errors import DrimboxError, Transient
from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.images.wado_client import MAX_JSON_BYTES, Faults, WadoClient
from functions.drimbox.transport import open_client

BASE: Final = "https://source.example/dicom-web"
ACCEPT: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
Answer = Callable[[httpx.Request], httpx.Response]


class AwayError(Transient):
    """The source gives no usable answer."""


class FailedError(AwayError):
    """The source fails this request."""


class UnusableError(DrimboxError):
    """The source answers, and its answer cannot be used."""


class DeniedError(DrimboxError):
    """The source denies the access."""


def wado(answer: Answer) -> WadoClient:
    http = open_client(transport=httpx.MockTransport(answer))
    return WadoClient(http, BASE + "/", Faults(AwayError, FailedError, UnusableError, DeniedError))


def body(*contents: bytes) -> httpx.Response:
    layout = lay_out("b", [Item(len(one), "1.2.3") for one in contents])
    pieces = [x for pair in zip(layout.heads, contents, strict=True) for x in pair]
    return httpx.Response(
        200,
        headers={"content-type": layout.content_type},
        stream=httpx.ByteStream(b"".join([*pieces, layout.tail])),
    )


@pytest.mark.parametrize("status", [429, 503])
def test_a_source_that_names_a_time_has_it_in_its_error(status: int) -> None:
    headers = [("Retry-After", "30"), ("Retry-After", "60")]
    with pytest.raises(AwayError) as raised:
        wado(lambda _: httpx.Response(status, headers=headers)).data_sets("/x")
    assert raised.value.retry_after == ("30", "60")


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        *((status, True) for status in (500, 501, 502, 503, 504, 507, 599)),
        *((status, False) for status in (301, 302, 307, 408, 425, 429)),
        *((error, True) for error in (httpx.ReadTimeout, httpx.ReadError, httpx.WriteError)),
        (httpx.RemoteProtocolError, True),
        *((error, False) for error in (httpx.ConnectError, httpx.ConnectTimeout)),
        (httpx.PoolTimeout, False),
    ],
)
def test_a_request_that_reached_the_source_and_failed_may_be_alone(
    answer: int | type[httpx.HTTPError], failed: bool
) -> None:
    def given(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, int):
            return httpx.Response(answer)
        raise answer("no")

    with pytest.raises(AwayError) as raised:
        wado(given).data_sets("/x")
    assert isinstance(raised.value, FailedError) is failed


def test_a_json_answer_is_bounded_well_below_the_memory_of_a_function() -> None:
    assert MAX_JSON_BYTES == 8 * 1024 * 1024
    big = b"[" + b" " * MAX_JSON_BYTES + b"]"
    with pytest.raises(UnusableError, match="larger than accepted"):
        wado(lambda _: httpx.Response(200, content=big)).data_sets("/x")


def failing(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("https://source.example/1.2.3")


def test_objects_come_one_by_one_as_files(tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return body(b"one", b"two")

    found = wado(answer).objects("/studies/1.2", tmp_path, accept=ACCEPT)
    assert [path.read_bytes() for path in found] == [b"one", b"two"]
    [request] = asked
    assert str(request.url) == f"{BASE}/studies/1.2"
    assert request.headers["accept"] == ACCEPT
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [204, 404])
def test_no_object_there_is_none(status: int, tmp_path: Path) -> None:
    client = wado(lambda _: httpx.Response(status))
    assert list(client.objects("/x", tmp_path, accept=ACCEPT)) == []


def test_no_match_is_a_statement_and_no_resource_is_none() -> None:
    assert wado(lambda _: httpx.Response(204)).data_sets("/x") == ([], False)
    assert wado(lambda _: httpx.Response(200, json=[])).data_sets("/x") == ([], False)
    for answer in (httpx.Response(404), httpx.Response(200, content=b"")):
        with pytest.raises(UnusableError):
            wado(lambda _, answer=answer: answer).data_sets("/x")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("warnings", "more"),
    [
        ((), False),
        (('299 pacs: "The fuzzymatching parameter is not supported."',), False),
        (('299 pacs: "There are 3 additional results that can be requested"',), True),
        (("299 - deprecated",), True),
        (('299 p: "fuzzymatching", 299 p: "There are 3 additional results"',), True),
        (('299 p: "fuzzymatching"', '299 p: "There are 3 additional results"'), True),
    ],
)
def test_a_warning_says_that_there_is_more(warnings: tuple[str, ...], more: bool) -> None:
    headers = [("warning", one) for one in warnings]
    for status in (200, 204):
        body = b"[{}]" if status == 200 else b""
        client = wado(lambda _, s=status, b=body: httpx.Response(s, headers=headers, content=b))  # type: ignore[misc]
        assert client.data_sets("/x").more is more


@pytest.mark.parametrize(
    ("answer", "error", "detail"),
    [
        (lambda _: httpx.Response(401), DeniedError, ""),
        (lambda _: httpx.Response(403), DeniedError, ""),
        (lambda _: httpx.Response(302), AwayError, "status 302"),
        (lambda _: httpx.Response(500), AwayError, "status 500"),
        (lambda _: httpx.Response(429), AwayError, "status 429"),
        (failing, AwayError, "no answer: ConnectError"),
        (lambda _: httpx.Response(206, content=b"[]"), UnusableError, "status 206"),
        (lambda _: httpx.Response(400), UnusableError, "status 400"),
        (lambda _: httpx.Response(200, content=b"{"), UnusableError, "not"),
        (lambda _: httpx.Response(200, json={}), UnusableError, "not"),
        (lambda _: httpx.Response(200, json=[1]), UnusableError, "not"),
        (lambda _: httpx.Response(200, json=[None]), UnusableError, "not"),
        (
            lambda _: httpx.Response(
                200, content=gzip.compress(b"[]"), headers={"content-encoding": "gzip"}
            ),
            UnusableError,
            "compressed",
        ),
    ],
)
def test_every_failure_is_one_of_the_three_errors(
    answer: Answer, error: type[DrimboxError], detail: str, tmp_path: Path
) -> None:
    for ask in (
        lambda: wado(answer).data_sets("/x"),
        lambda: list(wado(answer).objects("/x", tmp_path, accept=ACCEPT)),
    ):
        with pytest.raises(error) as raised:
            ask()
        assert detail in raised.value.detail
        assert "1.2.3" not in raised.value.detail


def test_an_object_beyond_the_limit_and_json_beyond_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = wado(lambda _: body(b"0123456789"))
    assert list(client.objects("/x", tmp_path, accept=ACCEPT, max_bytes=10))
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(UnusableError, match="larger"):
        list(client.objects("/x", other, accept=ACCEPT, max_bytes=9))
    assert list(other.iterdir()) == []
    monkeypatch.setattr("functions.drimbox.images.wado_client.MAX_JSON_BYTES", 3)
    with pytest.raises(UnusableError, match="larger"):
        wado(lambda _: httpx.Response(200, content=b"[{}]")).data_sets("/x")
