"""The client of DICOMweb raises the errors that it is given, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import pytest

from functions.drimbox.errors import DrimboxError
from functions.drimbox.images.multipart import Item, lay_out
from functions.drimbox.images.wado_client import Faults, WadoClient
from functions.drimbox.transport import open_client

BASE: Final = "https://source.example/dicom-web"
ACCEPT: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
Answer = Callable[[httpx.Request], httpx.Response]


class AwayError(DrimboxError):
    """The source gives no usable answer."""


class DeniedError(DrimboxError):
    """The source denies the access."""


def wado(answer: Answer) -> WadoClient:
    http = open_client(transport=httpx.MockTransport(answer))
    return WadoClient(http, BASE + "/", Faults(AwayError, DeniedError))


def body(*contents: bytes) -> httpx.Response:
    layout = lay_out("b", [Item(len(one), "1.2.3") for one in contents])
    pieces = [x for pair in zip(layout.heads, contents, strict=True) for x in pair]
    return httpx.Response(
        200,
        headers={"content-type": layout.content_type},
        stream=httpx.ByteStream(b"".join([*pieces, layout.tail])),
    )


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
def test_nothing_there_is_nothing(status: int, tmp_path: Path) -> None:
    client = wado(lambda _: httpx.Response(status))
    assert list(client.objects("/x", tmp_path, accept=ACCEPT)) == []
    assert client.data_sets("/x") == []


@pytest.mark.parametrize(
    ("answer", "error", "detail"),
    [
        (lambda _: httpx.Response(401), DeniedError, ""),
        (lambda _: httpx.Response(403), DeniedError, ""),
        (lambda _: httpx.Response(302), AwayError, "status 302"),
        (lambda _: httpx.Response(500), AwayError, "status 500"),
        (failing, AwayError, "no answer: ConnectError"),
        (lambda _: httpx.Response(200, content=b"{"), AwayError, "not"),
        (lambda _: httpx.Response(200, json={}), AwayError, "not"),
        (lambda _: httpx.Response(200, json=[1]), AwayError, "not"),
        (
            lambda _: httpx.Response(
                200, content=gzip.compress(b"[]"), headers={"content-encoding": "gzip"}
            ),
            AwayError,
            "compressed",
        ),
    ],
)
def test_every_failure_is_one_of_the_two_errors(
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
    with pytest.raises(AwayError, match="larger"):
        list(client.objects("/x", other, accept=ACCEPT, max_bytes=9))
    assert list(other.iterdir()) == []
    monkeypatch.setattr("functions.drimbox.images.wado_client.MAX_JSON_BYTES", 3)
    with pytest.raises(AwayError, match="larger"):
        wado(lambda _: httpx.Response(200, content=b"[{}]")).data_sets("/x")
