"""Other DRIMboxes in this process: exactly those get images whose certificate, token and manifest
are good, whatever way their request came."""

from __future__ import annotations

import base64
from collections import Counter
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives import hashes

from functions.authorize_professional.settings import Settings
from functions.aws import calling_peers, clients
from functions.drimbox.peers.calling_peer import HEADER
from simulators.pki import CLIENT, SERVER, Authority, Issued
from tests.handlers.conftest import now
from tests.handlers.journey import Journey
from tests.handlers.white_lists import put_list
from tests.matrix import in_process
from tests.matrix.in_process import build, read_templates
from tests.matrix.oracle import Cell, Expected
from tests.matrix.peers import DEMANDS, LISTS, TOKENS, PeerCell, chosen, expected
from tests.matrix.play import faults, request
from tests.matrix.scene import Scene
from tests.matrix.table import BY_NAME, A

HOST: Final = "db1.example"


def issued() -> dict[str, Issued]:
    """The certificates of peers; the front has looked at their chains."""
    since = now() - timedelta(days=2)
    authority = Authority.create(since)
    listed = f"CN={HOST},O=Essai,C=FR"
    return {
        "listed": authority.issue(listed, CLIENT, since),
        "another": authority.issue(listed, CLIENT, since),
        "unlisted": authority.issue("CN=db2.example,O=Essai,C=FR", CLIENT, since),
        "ended": authority.issue(listed, CLIENT, since, life=timedelta(days=1)),
        "of_a_server": authority.issue(listed, SERVER, since),
    }


def values_of(shown: str, made: dict[str, Issued]) -> list[str]:
    """The values of the front's header."""
    if shown in made:
        return [quote(made[shown].certificate_pem)]
    pem = made["listed"].certificate_pem
    return {
        "none": [],
        "listed_as_it_is": [pem],
        "two": [quote(pem), quote(made["another"].certificate_pem)],
        "empty": [""],
        "garbage": ["-----BEGIN CERTIFICATE-----"],
        "too_long": [quote(pem) + "%20" * 100_000],
    }[shown]


def confirmations(made: dict[str, Issued]) -> dict[str, dict[str, Any]]:
    """Token -> how its declaration differs from that of an active one."""

    def thumbprint(name: str) -> str:
        digest = made[name].certificate.fingerprint(hashes.SHA256())
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    bound = {one: {"x5t#S256": thumbprint(one)} for one in ("listed", "another")}
    bound["otherwise"] = {"jkt": thumbprint("listed")}
    found = {name: {"cnf": bound[to]} if to else {} for name, to in TOKENS.items()}
    return {**found, "ended": {"active": False}}


def asked(cell: PeerCell, scene: Scene, made: dict[str, Issued]) -> Any:
    row = BY_NAME[cell.row]
    base = request(as_cell(cell), scene)
    given = [one for one in base.headers if one[0] != "Authorization"]
    if cell.token != "none":
        given.append(("Authorization", f"Bearer {cell.token}"))
    given += [(HEADER, one) for one in values_of(cell.shown, made)]
    assert row.host == base.host == "db"
    way = "front" if cell.way == "front" else "none"
    return type(base)(base.host, base.method, base.path, tuple(given), base.body, way)


def as_cell(cell: PeerCell) -> Cell:
    row = BY_NAME[cell.row]
    return Cell(row.name, row.host, row.method, A, credential="psc", manifest=cell.manifest)


def test_exactly_the_right_peers_get_images(
    journey: Journey,
    assembly_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    front, scene = build(journey, read_templates(assembly_folder, tmp_path / "install"))
    made = issued()
    front.demanding = frozenset({"in", "db"})
    front.certificates["front"] = made["another"].certificate_pem
    for name, changes in confirmations(made).items():
        monkeypatch.setitem(in_process.TOKENS, name, changes)
    name, cells = chosen()
    outcomes = Counter(map(expected, cells))
    with capsys.disabled():
        told = ", ".join(f"{status}: {count}" for status, count in sorted(outcomes.items()))
        print(f"\npeers, {name}: {len(cells)} cells; {told}")
    assert set(outcomes) == {200, 401, 403, 404, 503}
    wrong: dict[PeerCell, list[str]] = {}
    for (demand, white_list), some in groupby(cells, lambda one: (one.demand, one.white_list)):
        assert (demand, white_list) in {(d, one) for d in DEMANDS for one in LISTS}
        monkeypatch.setenv("PEER_CERTIFICATES", demand)
        Settings.current.cache_clear()
        _keep(white_list)
        for cell in some:
            status = expected(cell)
            answer = front.ask(asked(cell, scene, made))
            wanted = Expected(status == 200, status)
            if found := faults(as_cell(cell), answer, wanted, scene):
                wrong[cell] = found
    Settings.current.cache_clear()
    front.close()
    assert not wrong, "\n".join(f"{cell}: {'; '.join(told)}" for cell, told in wrong.items())


def _keep(white_list: str) -> None:
    """A fresh list, or none."""
    calling_peers._read.clear()
    key = {"tenant": {"S": "*"}, "item": {"S": "white_list"}}
    clients.dynamodb().delete_item(TableName="peers", Key=key)
    if white_list == "fresh":
        put_list(HOST)
