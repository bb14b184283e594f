"""The forms in which the network asks for images, at each resource: all get the same bytes."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any, Final

import pytest

from functions.check_health.handler import handler as check_health
from functions.retrieve_study.handler import handler as retrieve_study
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.image_scenes import published, resource, wado
from tests.handlers.journey import SERIES, STUDY, Journey

OFFICIAL: Final = Path(__file__).parents[3] / "shared" / "data" / "official" / "WADO"
PART: Final = 'multipart/related; type="application/dicom"'
SYNTAXES: Final = (
    *(f"1.2.840.10008.1.2.4.{number}" for number in (70, 80, 91, 50, 51, 100, 101, 102, 103)),
    "1.2.840.10008.1.2.1",
)
HELD: Final = SYNTAXES[-1]


def ranges(
    media: str = PART, boundary: str = "**", *, held: str = "0.5", q: str = "0.5"
) -> list[str]:
    """One range for each syntax; the objects are held in the last one."""
    head = f"{media};" if media else ""
    return [
        f"{head}transfer-syntax={one};q={held if one == HELD else q};boundary={boundary}"
        for one in SYNTAXES
    ]


def one_header(lines: list[str]) -> list[str]:
    return [",".join(lines) + ","]


SHAPES: Final[dict[str, list[str]]] = {
    "one header, a comma at its end": one_header(ranges()),
    "one header": [",".join(ranges())],
    "ten headers": ranges(boundary="myboundary"),
    "no media type": ranges("", "myboundary"),
    "no media type, one header": one_header(ranges("")),
    "no space": one_header(ranges(PART.replace(" ", ""))),
    "no quotes": ranges(PART.replace('"', "")),
    "in the other order": ranges()[::-1],
    "q of 0 and 1": ranges(held="1", q="0"),
    "q of 0.0 and 1.0": ranges(held="1.0", q="0.0"),
    "q of 1 for all": ranges(held="1", q="1"),
    "the lossless list": ranges(held="0.4", q="0.9"),
    "without q and boundary": [f"{PART};transfer-syntax={one}" for one in SYNTAXES],
}
# The headers beside Accept: with the demonstrator's own, in either order.
AROUND: Final[dict[str, dict[str, list[str]]]] = {
    "bare": {},
    "with Situation": {"Situation": ["1750803447"]},
}
FIRST: Final = (STUDY, SERIES, f"{SERIES}.1")
RESOURCES: Final[dict[str, tuple[str, ...]]] = {
    "studies": FIRST[:1],
    "series": FIRST[:2],
    "instances": FIRST,
    "frames": (*FIRST, "1"),
}


def asked(form: str, manifest: str, accept: list[str], **headers: list[str]) -> dict[str, Any]:
    uids = RESOURCES[form]
    if form == "frames":
        return resource("frames", manifest, *uids, Accept=accept, **headers)
    return wado(manifest, *uids, Accept=accept, **headers)


def body_of(request: dict[str, Any]) -> tuple[bytes, str]:
    """The body of a good answer, and its boundary."""
    reply = retrieve_study(request, CONTEXT)
    assert reply["statusCode"] == 200, base64.b64decode(reply["body"])
    kind = reply["headers"]["Content-Type"]
    assert kind.startswith("multipart/related;")
    assert 'type="application/dicom"' in kind
    (boundary,) = re.findall(r'boundary="?([^";]+)', kind)
    body = base64.b64decode(reply["body"])
    assert body.startswith(f"--{boundary}\r\n".encode())
    return body, boundary


def test_each_form_of_each_resource_is_served_alike(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    for form in RESOURCES:
        wanted = body_of(asked(form, manifest, [f"{PART}; transfer-syntax=*"]))
        # A frame without a media type is a frame's own: octets, by the standard.
        shapes = {
            name: one for name, one in SHAPES.items() if form != "frames" or PART[:9] in one[0]
        }
        for accept in shapes.values():
            for headers in AROUND.values():
                request = asked(form, manifest, accept, **headers)
                found = body_of(request)
                assert found == wanted
                assert found[1] not in {"**", "myboundary"}, "our own boundary"
                turned = dict(reversed(request["multiValueHeaders"].items()))
                assert body_of({**request, "multiValueHeaders": turned}) == wanted
                lowered = {name.lower(): one for name, one in request["multiValueHeaders"].items()}
                assert body_of({**request, "multiValueHeaders": lowered}) == wanted


def test_a_quality_of_zero_forbids_each_resource(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    for form in RESOURCES:
        for zero in ("0", "0.0", "0.000"):
            request = asked(form, manifest, one_header(ranges(held=zero)))
            assert retrieve_study(request, CONTEXT)["statusCode"] == 406


@pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the network's samples are not here")
def test_the_network_s_own_samples(journey: Journey) -> None:
    manifest = published(journey)
    journey.fill()
    played = 0
    for path in sorted(OFFICIAL.glob("OK_*.txt")):
        first, *lines = path.read_text("utf-8").splitlines()
        headers: dict[str, list[str]] = {}
        for name, _, value in (line.partition(":") for line in lines if line.strip()):
            headers.setdefault(name, []).append(value.strip())
        if "/studies/" not in first:
            # The probe, whose base is a tenant's own here.
            reply = check_health(event("check_health/probe", multiValueHeaders=headers), CONTEXT)
            assert reply["statusCode"] == 200
            continue
        names = re.findall(r"/(studies|series|instances|frames)/[0-9.]+", first)
        request = asked(names[-1], manifest, headers["Accept"])
        given = {**headers, "KOS-SOPInstanceUID": [manifest]}
        wanted = body_of(asked(names[-1], manifest, [f"{PART}; transfer-syntax=*"]))
        assert body_of({**request, "multiValueHeaders": given}) == wanted, path.name
        played += 1
    assert played >= 6
