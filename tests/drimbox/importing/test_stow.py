"""functions.drimbox.importing.stow: one part sent, and the outcome of each object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from functions.drimbox.errors import Held, PacsAnswerUnusable, PacsUnavailable, StorageUnavailable
from functions.drimbox.images.multipart import boundary_of, read_parts
from functions.drimbox.importing.outgoing import Outgoing, Stored
from functions.drimbox.importing.stow import OUT_OF_RESOURCES, store
from functions.drimbox.oid import Uid
from functions.drimbox.transport import open_client
from tests.drimbox.images.samples import STUDY

ONE, TWO, THREE = Uid("1.2.1"), Uid("1.2.2"), Uid("1.2.3")


def outgoing(uid: Uid, content: bytes = b"DICM") -> Outgoing:
    return Outgoing(uid, 4, lambda: [content[:2], content[2:]])


def reference(uid: object, **values: Any) -> dict[str, Any]:
    tags = {"reason": "00081197", "warning": "00081196"}
    return {
        "00081155": {"vr": "UI", "Value": [uid]},
        **{tags[name]: {"vr": "US", "Value": [one]} for name, one in values.items()},
    }


def answer(stored: Any = (), failed: Any = (), status: int = 200) -> httpx.Response:
    body = {
        "00081199": {"vr": "SQ", "Value": list(stored)},
        "00081198": {"vr": "SQ", "Value": list(failed)},
    }
    return httpx.Response(status, json=body)


def sent(
    respond: Callable[[httpx.Request], httpx.Response], *objects: Outgoing
) -> dict[Uid, Stored]:
    transport = httpx.MockTransport(respond)
    with open_client(transport=transport) as client:
        made = objects or (outgoing(ONE), outgoing(TWO))
        return store(client, "https://pacs.example/dicom-web/", STUDY, made)


def respond_with(response: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: response


def test_the_request_is_a_whole_multipart_of_a_known_length(tmp_path: Any) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        body = request.read()
        assert request.headers["content-length"] == str(len(body))
        assert "transfer-encoding" not in request.headers
        assert request.url == f"https://pacs.example/dicom-web/studies/{STUDY}"
        assert request.headers["accept"] == "application/dicom+json"
        boundary = boundary_of(request.headers["content-type"])
        parts = [part.path.read_bytes() for part in read_parts([body], boundary, tmp_path)]
        assert parts == [b"DICM", b"DICM"]
        return answer([reference(ONE), reference(TWO)])

    assert sent(respond) == {ONE: Stored(), TWO: Stored()}


def test_each_object_has_its_own_outcome() -> None:
    given = answer(
        [reference(ONE, warning=0xB000), reference("9.9"), reference(3), "no item"],
        [reference(TWO, reason=0x0110), reference(THREE), reference("8.8")],
        202,
    )
    made = (outgoing(ONE), outgoing(TWO), outgoing(THREE))
    assert sent(lambda _: given, *made) == {
        ONE: Stored(None, 0xB000),
        TWO: Stored(0x0110),
        THREE: Stored(0),
    }


def test_a_failure_counts_beside_a_success() -> None:
    given = answer([reference(ONE)], [reference(ONE, reason=0xA700)], 409)
    assert sent(lambda _: given) == {ONE: Stored(0xA700)}


def test_an_answer_that_names_nobody_is_no_success() -> None:
    bodies: list[Any] = [{}, {"00081199": 1}, {"00081199": {"Value": 3}}, [{}]]
    for given in [httpx.Response(200, json=one) for one in bodies]:
        assert sent(respond_with(given)) == {}


def test_a_part_that_is_too_large_fails_as_one() -> None:
    failed = Stored(OUT_OF_RESOURCES)
    assert sent(lambda _: httpx.Response(413)) == {ONE: failed, TWO: failed}


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(401), Held),
        (httpx.Response(403), Held),
        (httpx.Response(503, headers={"retry-after": "9"}), PacsUnavailable),
        (httpx.Response(429), PacsUnavailable),
        (httpx.Response(307), PacsUnavailable),
        (httpx.Response(404), PacsAnswerUnusable),
        (httpx.Response(200, content=b"<xml/>"), PacsAnswerUnusable),
        (httpx.Response(200, json=[1, 2]), PacsAnswerUnusable),
        (httpx.Response(200, content=b"0" * 4_194_305), PacsAnswerUnusable),
    ],
)
def test_other_answers(response: httpx.Response, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        sent(lambda _: response)
    assert type(raised.value) is error


def test_no_answer_at_all() -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("secret", request=request)

    with pytest.raises(PacsUnavailable) as raised:
        sent(respond)
    assert "secret" not in str(raised.value)


def test_an_object_that_ends_early_is_not_sent_whole() -> None:
    with pytest.raises(StorageUnavailable):
        sent(lambda request: httpx.Response(200, content=request.read()), outgoing(ONE, b"abc"))
