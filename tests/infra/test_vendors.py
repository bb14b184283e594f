"""The vendors' page and collection: the message on the page passes, each request has a route."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from functions.drimbox.consultation.call_parameters import PARAMETERS
from functions.drimbox.feed_check.check import check_message
from functions.drimbox.operations.following import ACCEPTED
from infra.routes import of_host
from infra.schemas import SCHEMAS
from simulators.ris.cases import CASES
from simulators.ris.cda import cda
from simulators.ris.messages import message
from tests.fakes.memory import (
    MemoryBlobs,
    MemoryFoundCertificates,
    MemoryRecords,
    VirtualClock,
)
from tests.fakes.world import SUBJECT, TENANT

FOLDER: Final = Path(__file__).parents[2] / "docs/vendors"
PAGE: Final = (FOLDER / "your-message.md").read_text("utf-8")
# Folder of a collection -> the local certificate that it shows.
COLLECTIONS: Final = {"bruno": "ris", "bruno-operations": "operator"}
REQUESTS: Final = sorted(one for name in COLLECTIONS for one in (FOLDER / name).glob("[0-9]*.bru"))


def test_the_message_on_the_page_would_be_accepted() -> None:
    [shown] = re.findall(r"```\n(MSH.*?)```", PAGE, re.DOTALL)
    document = base64.b64encode(cda(CASES["C"])).decode()
    raw = shown.replace("<the CDA in Base64>", document).replace("\n", "\r").encode()
    found = check_message(
        raw,
        SUBJECT,
        tenant=TENANT,
        inbox=MemoryBlobs(),
        records=MemoryRecords(),
        certificates=MemoryFoundCertificates(),
        clock=VirtualClock(),
    )
    assert (found.answer.code, found.faults) == ("AA", ())


def test_the_page_explains_every_state_of_a_followed_message() -> None:
    states = SCHEMAS["Followed"]["properties"]["state"]["enum"]
    assert ACCEPTED in states
    assert [state for state in states if f"`{state}`" not in PAGE] == []


def test_the_page_explains_each_field_of_a_wait() -> None:
    fields = SCHEMAS["Study"]["properties"]["parked"]["properties"]
    assert [name for name in ("parked", *fields) if f"`{name}`" not in PAGE] == []


def test_the_page_names_every_parameter_of_a_contextual_call() -> None:
    assert [one.name for one in PARAMETERS if f"`{one.name}`" not in PAGE] == []


@pytest.mark.parametrize("name", ["C", "G1_MAJ", "I_Depublication"])
def test_the_page_tells_the_status_that_goes_with_each_action(name: str) -> None:
    sent = message(CASES[name], "ORU", control_id="M1", at=datetime(2026, 1, 1, tzinfo=UTC))
    [document] = [line for line in sent.decode().split("\r") if "|ED|" in line]
    assert f"`{document.split('|')[11]}` with `{CASES[name].action}`" in PAGE


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_each_request_of_the_collection_has_a_route(path: Path) -> None:
    text = path.read_text("utf-8")
    [(method, url)] = re.findall(r"^(get|post) \{\n  url: (\S+)", text, re.MULTILINE)
    asked = url.removeprefix("{{in}}").partition("?")[0]
    asked = asked.replace("{{tenant}}", "{tenant}").replace("{{control_id}}", "{message}")
    asked = asked.replace("{{publication}}", "{publication}")
    routes = {(route.method.lower(), route.path): route for route in of_host("in")}
    assert (method, asked) in routes
    given = re.findall(r"params:query \{\n  (\w+):", text)
    assert set(given) <= {one.name for one in routes[method, asked].inputs}
    # A program of the operators is no sender, and a RIS is no operator.
    assert bool(routes[method, asked].permission) is (path.parent.name == "bruno-operations")


def test_each_message_of_the_collection_is_the_file_that_the_script_writes() -> None:
    """A body to paste was sent as it stood: words that are no message."""
    posts = [
        path for path in (FOLDER / "bruno").glob("[0-9]*.bru") if "\npost {" in path.read_text()
    ]
    assert len(posts) == 4
    for path in posts:
        [(file, kind)] = re.findall(
            r"body:file \{\n  file: @file\((\S+)\) @contentType\((\S+)\)\n\}",
            path.read_text("utf-8"),
        )
        assert (path.parent / file).resolve() == FOLDER.parents[1] / ".local/report.hl7"
        assert f"  Content-Type: {kind}\n" in path.read_text("utf-8")


@pytest.mark.parametrize(("name", "whose"), COLLECTIONS.items())
def test_a_collection_is_whole(name: str, whose: str) -> None:
    requests = sorted((FOLDER / name).glob("[0-9]*.bru"))
    assert len(requests) == 5
    variables = (FOLDER / name / "environments/local.bru").read_text("utf-8")
    used = {one for path in requests for one in re.findall(r"{{(\w+)}}", path.read_text("utf-8"))}
    assert used == set(re.findall(r"^  (\w+):", variables, re.MULTILINE))
    assert ".local/pki/ca.pem" in (FOLDER / name / "collection.bru").read_text("utf-8")
    facts = json.loads((FOLDER / name / "bruno.json").read_text("utf-8"))
    [certificate] = facts["clientCertificates"]["certs"]
    assert certificate["domain"] == "127.0.0.1:8441"
    assert certificate["certFilePath"].endswith(f".local/pki/{whose}.pem")
