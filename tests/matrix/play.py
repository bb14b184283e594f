"""One cell as a request, and the judgement of its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from functions.drimbox.identity.session import form_token
from functions.drimbox.pages.reading.sources_script import NAME
from simulators.ris.cases import CASES
from simulators.ris.page import call
from tests.matrix.oracle import NO_ANSWER, Cell, Expected
from tests.matrix.scene import OTHER, Acts, Images, Scene, Site, Subject
from tests.matrix.table import BY_NAME, OF_FORMS, SITES, A, Host, Row

# A month of publications is one of the sites' own clocks.
SITES_CLOCK: Final = ZoneInfo("Europe/Paris")
ANY_DICOM: Final = 'multipart/related; type="application/dicom"; transfer-syntax=*'
_METADATA: Final = ("study_metadata", "series_metadata", "instance_metadata")
_SEARCHES: Final = ("find_study", "find_series", "find_instances", "find_series_instances")
_ACCEPTED: Final = {
    **dict.fromkeys((*_METADATA, *_SEARCHES), "application/dicom+json"),
    "frames": ANY_DICOM.replace("dicom", "octet-stream"),
}
NOBODY_S: Final = Images("2.25.7", "2.25.7.1", "2.25.7.1.1")
NOBODY_S_PUBLICATION: Final = "f" * 32
NOBODY_S_JOB: Final = f"index-{'0' * 64}"
REASON: Final = "study_not_found"
# The types of a refusal. The gateway itself says "application/json" on vi (decision 0063).
REFUSAL_TYPES: Final = frozenset({"application/problem+json", "text/html", "application/json"})
# The results of an audit record that says that somebody was refused.
REFUSALS: Final = frozenset(
    {
        "absent",
        "agent_not_enrolled",
        "bad_request",
        "foreign_application",
        "no_activity_here",
        "not_an_operator",
        "not_permitted",
        "revocation_unknown",
        "revoked_certificate",
        "undeclared_certificate",
        "undeclared_issuer",
    }
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request for a front: ``path`` has its query, the headers keep their order."""

    host: Host
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    certificate: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer; its status is NO_ANSWER where the connection was ended."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name]


# A link of a report that nobody made: the page that it leads to checks it after the sign-in.
_LINK: Final = {
    "requestType": "STUDY",
    "studyUID": "2.25.99",
    "Accessionnumber": "2.25.98.ACN1",
    "idCDA": "2.25.97",
}


def request(cell: Cell, scene: Scene) -> Request:
    """The request of ``cell``."""
    row = BY_NAME[cell.row]
    content_type, body = _body(row, cell, scene)
    headers = [
        *(("Authorization", one) for one in scene.authorization.get(cell.credential, ())),
        *(("Cookie", one) for one in _cookies(cell, scene)),
        *(("KOS-SOPInstanceUID", one) for one in _manifests(row, cell, scene)),
        *([("Accept", _ACCEPTED.get(row.name.removesuffix("_head"), ANY_DICOM))] * row.images),
        *([("Content-Type", content_type)] if content_type else []),
        *([("Origin", one) for one in _origins(row, cell, scene)]),
    ]
    path = row.path.format_map({"tenant": cell.tenant, "reason": REASON, **_named(cell, scene)})
    query = _query(cell, scene)
    return Request(
        cell.host,
        cell.method,
        path + (f"?{query}" if query else ""),
        tuple(headers),
        body,
        cell.certificate,
    )


def _site(cell: Cell, scene: Scene) -> Site:
    """The tenant whose resources the request is about."""
    owner = cell.owner if cell.owner in SITES else cell.tenant
    return scene.sites[owner if owner in SITES else A]


def _images(cell: Cell, scene: Scene) -> Images:
    site = _site(cell, scene)
    if cell.owner == "nobody":
        return NOBODY_S
    return site.withdrawn_images if cell.owner == "withdrawn" else site.images


def _named(cell: Cell, scene: Scene) -> dict[str, str]:
    """The names that the path may hold."""
    images, site = _images(cell, scene), _site(cell, scene)
    nobody = cell.owner == "nobody"
    return {
        "study": images.study,
        "series": images.series,
        "instance": images.instance,
        "frames": "1",
        "upload": str(UUID(int=7)) if nobody else site.upload,
        "file": NAME,
        "page": "n" * 43 if nobody else scene.pages.get(cell.owner, ""),
        "message": NOBODY_S_PUBLICATION if nobody else site.publication,
        "job": NOBODY_S_JOB if nobody else _job(cell, site),
        "publication": NOBODY_S_PUBLICATION if nobody else _publication(cell, site),
    }


def _job(cell: Cell, site: Site) -> str:
    """An answered job has ended: each agent has one of its own to answer."""
    own = site.jobs.get(f"{cell.row}/{cell.certificate}")
    return own or site.jobs.get(cell.row, NOBODY_S_JOB)


def _acts(cell: Cell, site: Site) -> Acts:
    return site.acts[BY_NAME[cell.row].host]


# The publications that an act changes; the others are about the one that is published.
_CHANGED: Final[dict[str, Callable[[Acts], Subject]]] = {
    "pacs": lambda acts: acts.held,
    "override": lambda acts: acts.held,
    "replay": lambda acts: acts.held,
    "identity": lambda acts: acts.contested,
    "release": lambda acts: acts.imported,
    "withdraw": lambda acts: acts.withdrawable,
    "traits": lambda acts: acts.divergent,
}


def _publication(cell: Cell, site: Site) -> str:
    changed = _CHANGED.get(cell.row.removesuffix("_form"))
    return site.publication if changed is None else changed(_acts(cell, site)).publication


def _cookies(cell: Cell, scene: Scene) -> list[str]:
    """The cookies have the names that the path's tenant reads, whoever's they are: an operator's
    value is shown as a professional's too, and the reverse.
    """
    if cell.credential in scene.attempts:
        value = scene.attempts[cell.credential][0]
        return [f"__Host-signin-{cell.tenant}={value}; __Host-psc-{cell.tenant}={value}"]
    name = cell.credential.removesuffix("_twice")
    if name not in scene.sessions:
        return []
    value = scene.sessions[name]
    pair = f"__Host-operator-{cell.tenant}={value}; __Host-reader-{cell.tenant}={value}"
    return [f"{pair}; {pair}" if cell.credential.endswith("_twice") else pair]


def _query(cell: Cell, scene: Scene) -> str:
    if cell.credential == "psc_in_the_query":
        return urlencode({"access_token": scene.authorization["psc"][0].partition(" ")[2]})
    if cell.row.removesuffix("_head") == "find_study":
        return urlencode({"StudyInstanceUID": _images(cell, scene).study})
    if cell.row == "open_link":
        return urlencode(_LINK)
    if cell.row in {"return", "reading_return"}:
        return scene.attempts.get(cell.credential, ("", "state=s&code=c"))[1]
    return ""


def _manifests(row: Row, cell: Cell, scene: Scene) -> tuple[str, ...]:
    """The values of KOS-SOPInstanceUID."""
    if not row.images:
        return ()
    site = _site(cell, scene)
    owner = cell.owner if cell.owner in SITES else cell.tenant
    values = {
        "current": (site.current,),
        "former": (site.former,),
        "withdrawn": (site.withdrawn,),
        "others": (scene.sites[OTHER.get(owner, A)].current,),
        "unknown": ("2.25.99",),
        "malformed": ("not a UID",),
        "missing": (),
        "twice": (site.current, site.current),
    }
    return values[cell.manifest]


def _origins(row: Row, cell: Cell, scene: Scene) -> tuple[str, ...]:
    if row.guard not in OF_FORMS or cell.form == "without_origin":
        return ()
    return ("https://elsewhere.example",) if cell.form == "of_another_site" else (scene.vi_url,)


def _body(row: Row, cell: Cell, scene: Scene) -> tuple[str, bytes]:
    """The body's media type, and the body; both empty for a request without one."""
    if row.method != "POST":
        return "", b""
    if row.guard in OF_FORMS:
        fields = _fields(cell, scene)
        form = "application/x-www-form-urlencoded", urlencode(fields).encode()
        given = UPLOAD, _upload(fields.get("token", ""))
        return given if row.name == "patient_give" else form
    if row.guard == "pacs":
        return 'multipart/related; type="application/dicom"; boundary=note', _site(cell, scene).note
    if row.name == "open_context":
        return "application/x-www-form-urlencoded", urlencode(call(CASES["A"])).encode()
    if row.name in {"message", "check"}:
        return "application/hl7-v2", scene.message(cell.certificate)
    return "application/json", json.dumps(_facts(row, cell, scene)).encode()


UPLOAD: Final = "multipart/form-data; boundary=matrix"


def _upload(token: str) -> bytes:
    """A form with a file, as a browser sends it."""
    start = "--matrix\r\nContent-Disposition: form-data; name="
    told = f'{start}"token"\r\n\r\n{token}\r\n{start}"file"; filename="kos.dcm"\r\n\r\nx\r\n'
    return f"{told}--matrix--\r\n".encode()


def _facts(row: Row, cell: Cell, scene: Scene) -> dict[str, Any]:
    site = _site(cell, scene)
    acts = _acts(cell, site) if row.host == "in" else None
    if acts is None:
        return {"ins": scene.ins[0], "oid": scene.ins[1]}
    facts: dict[str, dict[str, Any]] = {
        "ask_upload": {"size": 5_000_000, "sha256": "0" * 64},
        "find": {"text": "matrix"},
        "keep_filter": {"name": "matrix", "filter": {"reason": REASON}},
        "archives": {"month": f"{datetime.now(SITES_CLOCK):%Y-%m}"},
        "override": {"studies": {acts.held.study: "2.25.8"}},
        "identity": {
            "study_instance_uid": acts.contested.study,
            "reason": "Checked",
            "confirm": True,
        },
        "release": {
            "study_instance_uid": acts.imported.study,
            "reason": "Checked",
            "confirm": True,
        },
        "withdraw": {"study_instance_uid": acts.withdrawable.study},
        "traits": {
            "keep": "these",
            "revision": acts.revision,
            "reason": "Checked",
            "confirm": True,
        },
        "loan": {
            "version": "1.0.0",
            "protocols": [1],
            "credentials": True,
            "health": {
                "at": datetime.now(UTC).isoformat(),
                "pacs": "unreachable",
                "spool": {"messages": 0, "oldest_at": None},
                "disk_free_bytes": 1,
            },
        },
        "answer": {
            "protocol": 1,
            "attempt": 1,
            "outcome": "answered",
            "answer": {"found": False},
        },
    }
    return facts.get(row.name, {})


def _fields(cell: Cell, scene: Scene) -> dict[str, str]:
    site = _site(cell, scene)
    acts = _acts(cell, site)
    session = scene.sessions.get(cell.credential.removesuffix("_twice"), "")
    other = scene.sessions["session_b" if cell.credential != "session_b" else "session_a"]
    token = form_token(other if cell.form == "of_another_session" else session)
    verb = cell.row.removesuffix("_form")
    pasted = scene.message("ris_a").decode() if verb == "check" else ""
    fields: dict[str, dict[str, str]] = {
        "check": {"sender": "DRIM_RIS|AMBROISE", "message": pasted},
        "find": {"text": "matrix"},
        "filter": {"verb": "keep_filter", "name": "matrix", "reason": REASON},
        "export": {"verb": "export"},
        "message": {"verb": "show_message"},
        "pacs": {"study": acts.held.study},
        "override": {"verb": "override", "named-0": acts.held.study, "study-0": "2.25.8"},
        "replay": {"verb": "replay"},
        "identity": {
            "verb": "confirm_identity",
            "study": acts.contested.study,
            "reason": "Checked",
            "confirm": "yes",
        },
        "release": {
            "verb": "release_import",
            "study": acts.imported.study,
            "reason": "Checked",
            "confirm": "yes",
        },
        "withdraw": {
            "verb": "withdraw",
            "study": acts.withdrawable.study,
            "reason": "Checked",
            "confirm": "yes",
        },
        "traits": {
            "verb": "decide_traits",
            "keep": "these",
            "revision": str(acts.revision),
            "reason": "Checked",
            "confirm": "yes",
        },
        "cause": {"verb": "replay_cause", "reason": REASON},
        "invite_agent": {"verb": "invite_agent", "name": "matrix"},
        "remove_agent": {"verb": "remove_agent", "name": "nobody", "confirm": "yes"},
        "patient_filters": {"order": "oldest"},
        "patient_report": {"verb": "report", "edition": "e" * 11, "number": "1"},
        "patient_open": {"verb": "open", "edition": "e" * 11, "exams": "1"},
        "patient_progress": {"verb": "progress", "edition": "e" * 11, "exams": "1"},
        "patient_import": {"verb": "start", "edition": "e" * 11, "exams": "1"},
        "patient_sources": {"edition": "e" * 11, "exams": "1"},
        "reading_situation": {"verb": "situation", "situation": "0"},
        "reading_sign_out": {"verb": "sign_out"},
        "authorize_patient": {"verb": "authorize", "consent": "yes"},
    }
    shown = {} if cell.form == "without_token" else {"token": token}
    return {**shown, **fields.get(verb, {})}


# The name of the secret part of a loan.
SESSION_TOKEN: Final = "session_token"

# A word of the data that an open cell of the row gives, by the scene; "" where it gives none.
_GIVEN: Final[dict[str, Callable[[Site, Scene], str]]] = {
    **dict.fromkeys(("study", "series", "instance"), lambda *_: "DICM"),
    "frames": lambda *_: "application/octet-stream",
    **dict.fromkeys(_METADATA, lambda site, _: f'"{site.images.series}"'),
    **dict.fromkeys(_SEARCHES, lambda site, _: f'"{site.images.study}"'),
    "message": lambda *_: "MSA|AA",
    "ask_upload": lambda *_: "X-Amz-Signature",
    **dict.fromkeys(
        ("publication", "publication_page", "patient_page"), lambda _, scene: scene.canaries[0]
    ),
    "archives": lambda *_: "X-Amz-Signature",
    **dict.fromkeys(("export", "export_form", "follow"), lambda site, _: site.publication),
    "search": lambda site, _: site.current,
    "loan": lambda *_: SESSION_TOKEN,
    "job": lambda site, _: site.jobs["job"],
    "answer": lambda *_: '"state":"answered"',
    "invite_agent_form": lambda *_: "drimbox-agent enrol",
    "reading_file": lambda *_: "use strict",
}


def faults(cell: Cell, answer: Answer, wanted: Expected, scene: Scene) -> list[str]:
    """The faults of ``answer`` in words; none where the oracle agrees."""
    found = []
    if answer.status != wanted.status:
        found.append(f"status {answer.status}, not {wanted.status}")
    text = answer.body.decode("latin-1") + "".join(f"{k}: {v}\n" for k, v in answer.headers)
    if wanted.open:
        give = _GIVEN.get(cell.row)
        given = "" if give is None else give(_site(cell, scene), scene)
        return [*found, *([] if given in text else [f"{given!r} is not given"])]
    # The link to the sign-in leads back to the page that was asked, whether it exists or not.
    text = re.sub(r"page=%2Fpublications%2F[A-Za-z0-9_-]+", "", text)
    shown = [
        one for one in (*scene.canaries, "DICM", "X-Amz-Signature", SESSION_TOKEN) if one in text
    ]
    found += [f"{one!r} is shown" for one in shown]
    if answer.values("location") or answer.values("set-cookie"):
        found.append("it leads somewhere, or sets a cookie")
    kinds = {one.partition(";")[0] for one in answer.values("content-type")}
    if answer.status != NO_ANSWER and not kinds <= REFUSAL_TYPES:
        found.append(f"{kinds} is no refusal")
    return found


def report(cells: Sequence[Cell], wanted: Callable[[Cell], Expected]) -> str:
    """The counts: cells, those that are open, and the refusals of each status."""
    outcomes = [wanted(cell) for cell in cells]
    refused: dict[str, int] = {}
    for one in outcomes:
        if not one.open:
            name = "no TLS session" if one.status == NO_ANSWER else str(one.status)
            name = "200 (how to sign in)" if name == "200" else name
            refused[name] = refused.get(name, 0) + 1
    told = ", ".join(f"{name}: {count}" for name, count in sorted(refused.items()))
    opened = sum(one.open for one in outcomes)
    return f"{len(cells)} cells: {opened} open, {len(cells) - opened} refused ({told})"
