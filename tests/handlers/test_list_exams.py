"""The states of the sites of a page's exams, for its script and without one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from functions.aws import clients
from functions.aws.clock import SystemClock
from functions.aws.white_lists import DynamoWhiteLists
from functions.drimbox.consultation.outcomes import Asked
from functions.drimbox.dmp.registry import DocumentEntry
from functions.drimbox.dmp.retrieve import Retrieved
from functions.drimbox.identity.session import IDLE, UNATTENDED, form_token
from functions.drimbox.pages.reading.sources_script import NAME, SCRIPT
from functions.list_exams import answers
from functions.list_exams.handler import handler as list_exams
from tests.drimbox.consultation.readers import CALL
from tests.drimbox.consultation.source_scenes import entry, manifest, white_list
from tests.fakes.logs import written
from tests.fakes.world import STRUCTURE
from tests.handlers.conftest import CONTEXT, Outside, audit_records, event, now, stores
from tests.handlers.reader_scenes import BASE, WHO, Psc, asked_with, sign_in
from tests.handlers.session_scenes import text

IP = "93.184.215.14"
CHU, PARC = "1860000011", "1690000022"


@dataclass
class Dmp:
    """The DMP, which gives manifests; ``down`` ones do not come. ``asked`` counts."""

    hosts: dict[str, str] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def retrieve(self, entries: Sequence[DocumentEntry]) -> Retrieved:
        found = {}
        for one in entries:
            self.asked.append(one.unique_id)
            establishment = one.author_institutions[0].split("^")[9]
            number = int(one.unique_id.rpartition(".")[2])
            if one.unique_id not in self.down:
                found[one.unique_id] = manifest(number, self.hosts[establishment])
        return Retrieved(found)


@pytest.fixture
def dmp(monkeypatch: pytest.MonkeyPatch) -> Dmp:
    """The DMP of the tests: CHU is served by db1, PARC by db2."""
    made = Dmp({CHU: "db1.example", PARC: "db2.example"})

    def connect(*arguments: Any) -> Dmp:
        arguments[-1]["structure_id"] = STRUCTURE
        return made

    monkeypatch.setattr(answers, "opened", connect)
    return made


@pytest.fixture
def sites(site: None, outside: Outside) -> Outside:
    """Two sites of the white list, which answer."""
    put_list(white_list("db1.example", "db2.example"))
    outside.addresses = {"db1.example": (IP,), "db2.example": ("93.184.215.15",)}
    for ip in (IP, "93.184.215.15"):
        outside.hosts[ip] = lambda _: httpx.Response(200, json={"status": "ready"})
    return outside


def opened(**changes: Any) -> str:
    """The page of a contextual call."""
    return stores().contexts.open(replace(CALL, **changes))


def put_list(kept: Any) -> None:
    """The list was verified just now."""
    assert DynamoWhiteLists("peers").put(replace(kept, revision=0, checked_at=now()))


def shown(page: str, cookie: str, entries: Sequence[DocumentEntry]) -> str:
    """The page's list showed these exams; its edition."""
    stores().contexts.bind(page, cookie)
    return stores().shown_documents.keep(page, cookie, entries)


KNOWN = {"sha1": "ab" * 20, "size": 9}
EXAMS = (
    entry(1, CHU, "CHU de Poitiers", **KNOWN),
    entry(2, PARC, "Parc", **KNOWN),
    entry(3, STRUCTURE, "Ambroise", **KNOWN),
)


def asked(page: str, cookie: str, edition: str, exams: str = "1 2 3", **more: Any) -> Any:
    """The reply to the page's form."""
    body = urlencode({"token": form_token(cookie), "edition": edition, "exams": exams})
    made = event("list_exams/states", **{"body": body, **more})
    made = {**made, "pathParameters": {"tenant": "demo", "page": page}}
    return list_exams(asked_with(made, cookie), CONTEXT)


def told(reply: Any) -> dict[str, Any]:
    """The JSON of a reply, which nobody keeps."""
    assert reply["statusCode"] == 200, text(reply)
    assert reply["headers"]["Content-Type"] == "application/json"
    assert reply["headers"]["Cache-Control"] == "no-store"
    found: dict[str, Any] = json.loads(base64.b64decode(reply["body"]))
    return found


def states(reply: Any) -> dict[int, str]:
    """The states of the exams by number."""
    return {one["n"]: one["state"] for one in told(reply)["exams"]}


def start(outside: Outside, psc: Psc | None = None) -> tuple[str, str, str]:
    """A page of a signed-in professional, whose list shows the exams: page, cookie, edition."""
    cookie, page = sign_in(outside, psc), opened()
    return page, cookie, shown(page, cookie, EXAMS)


def test_the_states_of_the_sites_are_told_in_words(sites: Outside, dmp: Dmp) -> None:
    with written() as log:
        page, cookie, edition = start(sites)
        sites.asked.clear()
        found = told(asked(page, cookie, edition))
    assert [(one["n"], one["words"], one["keys"]) for one in found["exams"]] == [
        (1, "Disponible", "2 images clés"),
        (2, "Disponible", "2 images clés"),
        (3, "Images dans votre PACS", ""),
    ]
    [calm] = found["notices"]
    assert (calm["words"], found["again"]) == ("Aucun site en difficulté.", 300)
    assert [one["size"] for one in found["exams"]][2] == ""
    assert found["exams"][0]["size"].startswith(" · ")
    assert found["services"][0]["words"].startswith("Pro Santé Connect")
    assert sorted(sites.asked) == [f"GET {IP}/rs", "GET 93.184.215.15/rs"]
    assert sorted(dmp.asked) == ["2.25.1", "2.25.2"]
    [record] = [one for one in audit_records() if one["event"] == "manifests.read"]
    assert (record["result"], record["who"], record["for_ins"]) == ("success", WHO, CALL.ins.value)
    facts = {name: record[f"for_{name}"] for name in ("count", "read", "structure_id")}
    assert facts == {"count": "2", "read": "2", "structure_id": STRUCTURE}
    for secret in (CALL.ins.value, page, "canary-access", "db1.example"):
        assert secret not in log.getvalue()


def test_a_second_look_asks_nobody_again(sites: Outside, dmp: Dmp) -> None:
    page, cookie, edition = start(sites)
    headers = {**event("list_exams/states")["multiValueHeaders"], UNATTENDED: ["1"]}

    def look() -> dict[str, Any]:
        """The answer to the script, but for the time of the look."""
        found = told(asked(page, cookie, edition, multiValueHeaders=headers))
        return {name: fact for name, fact in found.items() if name not in {"at", "seen"}}

    first = look()
    sites.asked.clear()
    assert look() == first
    assert sites.asked == []
    assert len(dmp.asked) == 2


def test_a_person_s_look_asks_again_and_the_script_s_own_does_not(
    sites: Outside, dmp: Dmp, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, cookie, edition = start(sites)
    told(asked(page, cookie, edition))
    sites.asked.clear()
    later = SystemClock().now() + timedelta(seconds=11)
    monkeypatch.setattr(SystemClock, "now", lambda _: later)
    headers = {**event("list_exams/states")["multiValueHeaders"], UNATTENDED: ["1"]}
    told(asked(page, cookie, edition, multiValueHeaders=headers))
    assert sites.asked == []
    told(asked(page, cookie, edition))
    assert len(sites.asked) == 2
    assert len(dmp.asked) == 2


def test_a_look_of_the_script_is_no_use_of_the_session(sites: Outside, dmp: Dmp) -> None:
    page, cookie, edition = start(sites)
    [item] = [
        one for one in clients.dynamodb().scan(TableName="sessions")["Items"] if "used_at" in one
    ]
    before = (now() - IDLE / 2).isoformat()
    clients.dynamodb().put_item(TableName="sessions", Item={**item, "used_at": {"S": before}})

    def used_at() -> str:
        key = {name: item[name] for name in ("tenant", "session")}
        return str(
            clients.dynamodb().get_item(TableName="sessions", Key=key)["Item"]["used_at"]["S"]
        )

    headers = {**event("list_exams/states")["multiValueHeaders"], UNATTENDED: ["1"]}
    told(asked(page, cookie, edition, multiValueHeaders=headers))
    assert used_at() == before
    told(asked(page, cookie, edition))
    assert used_at() > before


def test_without_a_script_the_form_leads_back_to_the_page(sites: Outside, dmp: Dmp) -> None:
    page, cookie, edition = start(sites)
    sample = event("list_exams/states")
    headers = {**sample["multiValueHeaders"], "Accept": ["text/html,application/xhtml+xml"]}
    reply = asked(page, cookie, edition, multiValueHeaders=headers)
    assert (reply["statusCode"], reply["headers"]["Location"]) == (303, f"{BASE}/{page}")
    assert len(dmp.asked) == 2
    fields = {"token": form_token(cookie), "edition": edition, "exams": "1"}
    for part, query in (("2", "?part=2"), ("1", ""), ("x", ""), ("2&lang=en", "")):
        body = urlencode({**fields, "part": part})
        reply = asked(page, cookie, edition, multiValueHeaders=headers, body=body)
        assert reply["headers"]["Location"] == f"{BASE}/{page}{query}"


def test_an_answer_of_the_dmp_is_noted(sites: Outside, dmp: Dmp) -> None:
    stores().outcomes.note(Asked.DMP, answered=False)
    page, cookie, edition = start(sites)
    told(asked(page, cookie, edition))
    last = stores().outcomes.last(Asked.DMP)
    assert last is not None
    assert last.answered


def silent(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectTimeout("late")


def garbled(_: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("SSH-2.0")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (silent, "silent", "CHU de Poitiers ne répond pas depuis "),
        (lambda _: httpx.Response(503), "not_ready", "CHU de Poitiers répond, mais ne peut pas "),
        (
            lambda _: httpx.Response(302, headers={"Location": "https://evil.example/"}),
            "odd",
            "CHU de Poitiers répond de façon inattendue depuis ",
        ),
        (garbled, "odd", "CHU de Poitiers répond de façon inattendue depuis "),
        (lambda _: httpx.Response(200, html="<h1>"), "odd", "CHU de Poitiers répond de façon "),
    ],
)
def test_a_site_in_trouble_leaves_the_others_alone(
    sites: Outside,
    dmp: Dmp,
    answer: Callable[[httpx.Request], httpx.Response],
    state: str,
    words: str,
) -> None:
    sites.hosts[IP] = answer
    page, cookie, edition = start(sites)
    found = told(asked(page, cookie, edition))
    assert [one["state"] for one in found["exams"]] == [state, "ready", "own"]
    [notice] = found["notices"]
    assert notice["words"].startswith(words)
    assert "comptes rendus restent lisibles" in notice["words"]
    assert (found["again"], found["button"]) == (60, "Réessayer")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1"])
def test_a_listed_name_at_a_private_address_is_not_asked(
    sites: Outside, dmp: Dmp, address: str
) -> None:
    sites.addresses["db1.example"] = (IP, address)
    page, cookie, edition = start(sites)
    sites.asked.clear()
    assert states(asked(page, cookie, edition)) == {1: "odd", 2: "ready", 3: "own"}
    assert sites.asked == ["GET 93.184.215.15/rs"]


def test_a_host_that_the_list_does_not_name_is_not_asked(sites: Outside, dmp: Dmp) -> None:
    dmp.hosts[CHU] = "evil.example"
    sites.addresses["evil.example"] = (IP,)
    page, cookie, edition = start(sites)
    sites.asked.clear()
    assert states(asked(page, cookie, edition)) == {1: "unlisted", 2: "ready", 3: "own"}
    assert sites.asked == ["GET 93.184.215.15/rs"]


def test_without_a_verified_list_nobody_is_asked_and_the_page_says_so(
    site: None, outside: Outside, dmp: Dmp
) -> None:
    page, cookie, edition = start(outside)
    outside.asked.clear()
    found = told(asked(page, cookie, edition))
    assert [one["state"] for one in found["exams"]] == ["untrusted", "untrusted", "own"]
    assert "aucun autre site n'est interrogé" in found["notices"][0]["words"]
    assert (outside.asked, dmp.asked) == ([], [])
    assert [one["event"] for one in audit_records() if one["event"] == "manifests.read"] == []


def test_a_manifest_that_the_dmp_does_not_give_leaves_its_site_unknown(
    sites: Outside, dmp: Dmp
) -> None:
    dmp.down = {"2.25.1"}
    page, cookie, edition = start(sites)
    assert states(asked(page, cookie, edition)) == {1: "unread", 2: "ready", 3: "own"}
    [record] = [one for one in audit_records() if one["event"] == "manifests.read"]
    assert (record["for_count"], record["for_read"]) == ("2", "1")


def test_only_the_numbers_of_this_session_s_list_are_told(sites: Outside, dmp: Dmp) -> None:
    page, cookie, edition = start(sites)
    assert states(asked(page, cookie, edition, "2 99")) == {2: "ready"}
    assert told(asked(page, cookie, "x" * 11))["exams"] == []
    other_page, other, _ = start(sites, Psc(who="899000000002"))
    assert told(asked(other_page, other, edition))["exams"] == []
    assert asked(page, other, edition)["statusCode"] == 404
    assert dmp.asked == ["2.25.2"]


@pytest.mark.parametrize("exams", ["0", "1 1", "a", "1,2", "-1", "1  2", "123456"])
def test_other_numbers_are_no_request(sites: Outside, dmp: Dmp, exams: str) -> None:
    page, cookie, edition = start(sites)
    assert asked(page, cookie, edition, exams)["statusCode"] == 400
    assert asked(page, cookie, edition, " ".join(map(str, range(1, 104))))["statusCode"] == 400
    assert dmp.asked == []


def test_a_form_of_another_session_or_site_is_refused(sites: Outside, dmp: Dmp) -> None:
    page, cookie, edition = start(sites)
    body = urlencode({"token": form_token("x" * 43), "edition": edition, "exams": "1"})
    assert asked(page, cookie, edition, body=body)["statusCode"] == 403
    sample = event("list_exams/states")["multiValueHeaders"]
    foreign = {**sample, "Origin": ["https://evil.example"]}
    assert asked(page, cookie, edition, multiValueHeaders=foreign)["statusCode"] == 403
    assert asked(page, "", edition)["statusCode"] == 403
    assert dmp.asked == []


def test_nothing_is_asked_where_the_dmp_was_not(sites: Outside, dmp: Dmp) -> None:
    """Without the patient's consent, or a situation, the page showed no list."""
    cookie = sign_in(sites)
    for page in (opened(consent=False), opened(situation="1750899999")):
        edition = shown(page, cookie, EXAMS)
        assert asked(page, cookie, edition)["statusCode"] == 404
    assert dmp.asked == []


def test_the_script_is_given_to_a_signed_in_professional_for_ever(
    site: None, outside: Outside
) -> None:
    def file(name: str, cookie: str) -> Any:
        made = event("list_exams/asset", pathParameters={"tenant": "demo", "file": name})
        return list_exams(asked_with(made, cookie), CONTEXT)

    cookie = sign_in(outside)
    reply = file(NAME, cookie)
    assert base64.b64decode(reply["body"]).decode() == SCRIPT
    assert reply["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert reply["headers"]["Cache-Control"] == "private, max-age=31536000, immutable"
    assert reply["headers"]["X-Content-Type-Options"] == "nosniff"
    assert file("sources-0000000000000000.js", cookie)["statusCode"] == 404
    assert file(NAME, "")["statusCode"] == 403
