"""The official publications, once un-indented, are read in lenient mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.dmp.dsg import _without_objects
from simulators.dmp.markup import parse
from simulators.dmp.signatures import BadSignature, signing_certificate, verify
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import Reply

OFFICIAL = Path(__file__).parents[4] / "shared" / "data" / "official" / "XDS"
FILES = ("publication.xml", "publication_v2.xml")
CONTENT_TYPE = (
    'multipart/related; boundary=MIMEBoundary_Bound; type="application/xop+xml"; start="<0.1>"'
)
pytestmark = pytest.mark.skipif(not OFFICIAL.is_dir(), reason="the official samples are not here")


def sample(name: str, line_end: bytes = b"\r\n") -> bytes:
    lines = (OFFICIAL / name).read_bytes().splitlines()
    return line_end.join(line.strip() for line in lines)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_lenient_reader_takes_the_official_publication(
    make_bench: Callable[..., Bench], name: str, line_end: bytes
) -> None:
    bench = make_bench(lenient=True)

    answer = bench.registry.submit(sample(name, line_end), CONTENT_TYPE, bench.site.peer)

    assert Reply.of(*answer).success
    manifest, signature = bench.held
    assert manifest["sha1"] == "58408c116b51497c0f2084c90da3c85c7098455a"
    assert manifest["confidentiality_codes"] == ["N"]
    assert signature["type_code"] == "E1762"


@pytest.mark.parametrize("name", FILES)
def test_a_strict_reader_does_not(bench: Bench, name: str) -> None:
    answer = bench.registry.submit(sample(name), CONTENT_TYPE, bench.site.peer)

    assert Reply.of(*answer).fault.startswith("wsse:")
    assert bench.held == []


def test_a_lenient_reader_still_compares_the_manifest_with_its_hash(
    make_bench: Callable[..., Bench],
) -> None:
    bench = make_bench(lenient=True)
    body = sample(FILES[1]).replace(b"58408c11", b"58408c12")

    answer = bench.registry.submit(body, CONTENT_TYPE, bench.site.peer)

    assert Reply.of(*answer).contexts == ["hash is not that of the document"]


@pytest.mark.parametrize("name", FILES)
def test_the_official_signature_verifies(name: str) -> None:
    """Without its indentation; its certificate is in it, and has expired since."""
    raw = (OFFICIAL / name).read_bytes()
    found = re.search(rb"<Signature .*</Signature>", raw, re.DOTALL)
    assert found is not None
    compact = re.sub(rb"\s+/>", b"/>", re.sub(rb">\s+<", b"><", found.group()))
    signature = parse(compact)
    certificate = signing_certificate(signature)

    verify(_without_objects(signature), certificate, "Id")

    other = parse(compact.replace(b"WECMEWtR", b"WECMEWtS"))
    with pytest.raises(BadSignature, match="does not verify"):
        verify(_without_objects(other), certificate, "Id")
