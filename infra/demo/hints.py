"""The closing hints: addresses to open and commands to try, as lines that work when pasted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from functions.drimbox.tenants.model import Link
from infra.demo.exams import FIRST_EXAM
from infra.demo.layout import ROOT
from infra.demo.play import Played
from simulators.history.history import History

_PYTHON: Final = ".venv/bin/python"


def _curl(endpoints: dict[str, Any], identity: str = "") -> str:
    """curl without a progress meter; it trusts the local authority and presents ``identity``, if
    any.
    """
    curl = f"curl -sS --cacert {endpoints['ca']}"
    if not identity:
        return curl
    return f"{curl} --cert {endpoints[f'{identity}_cert']} --key {endpoints[f'{identity}_key']}"


def held(endpoints: dict[str, Any]) -> str:
    """The command that lists the held publications."""
    operations = f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/operations/publications"
    return f"{_curl(endpoints, 'operator')} '{operations}?state=held'"


def hints(endpoints: dict[str, Any], played: Played, made: History) -> Iterator[str]:
    """The closing lines of ``make run``; ``made`` is the history of the journey at their end."""
    base = f"{endpoints['db']}/tenants/{endpoints['tenant']}/dicomweb"
    curl, ris, home = _curl(endpoints), _curl(endpoints, "ris"), endpoints["home"]
    series = f"{base}/studies/{played.study_instance_uid}/series/{played.series_instance_uid}"
    search = json.dumps({"ins": played.ins, "oid": played.ins_oid})
    yield ""
    yield "== addresses to open"
    yield (
        f"   the operator's page      {endpoints['vi']}/v1/tenants/{endpoints['tenant']}/operations"
        f" (authority: {endpoints['ca']})"
    )
    yield "                            sign in as Camille Exploitante; there is no password here"
    yield (
        f"   the professional's page  {endpoints['vi']}/v1/tenants/{endpoints['tenant']}/reading"
        f" (authority: {endpoints['ca']})"
    )
    yield "                            sign in as any of the simulator's people; no password either"
    yield f"   the DMP's documents      {endpoints['dmp']}/_sim/ (authority: {endpoints['ca']})"
    if _by_agent(endpoints):
        yield f"   the site's agent         {endpoints['agent']}/ (the RIS's: {endpoints['mllp']})"
    yield f"   the PACS (DICOMweb)      {endpoints['store']}/studies"
    yield (
        f"   the national white list  {endpoints['whitelist']}/liste-blanche.xml"
        f" (authority: {endpoints['ca']})"
    )
    if endpoints["news"].startswith(f"{endpoints['ris']}/"):
        yield f"   the RIS's news           {endpoints['ris']}/ (authority: {endpoints['ca']})"
    elif endpoints["news"]:
        yield f"   the RIS's news           {endpoints['news']} (of the site's file)"
    yield f"   addresses for scripts    {home}/endpoints.json"
    yield f"   logs                     {home}/logs/"
    yield ""
    yield f"== commands to try, from this folder; sh {home}/try.sh lists short ones"
    yield "# is the site ready to serve images?"
    yield f"{curl} {base}"
    yield from _agent(endpoints)
    yield "# a new report, sent as the RIS does"
    yield (
        f"{_PYTHON} -m simulators.ris case A --fresh --now "
        f"--sender {' '.join(endpoints['sender'])} > {home}/new-report.hl7"
    )
    posted = (
        f"{ris} -H 'Content-Type: application/hl7-v2' --data-binary @{home}/new-report.hl7 "
        f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/hl7v2 | tr '\\r' '\\n'"
    )
    if _by_agent(endpoints):
        sent = f"{_PYTHON} -m simulators.ris send {endpoints['mllp']} {home}/new-report.hl7"
        yield f"{sent} | tr '\\r' '\\n'"
        yield "# the same one over HTTPS, as a RIS that needs no agent: it counts once"
    yield posted
    yield "# its study is not in the PACS: the publication is soon held, with the reason"
    yield f"sleep 15; {held(endpoints)}"
    yield "# the patient's exams, as a professional"
    yield (
        f"{curl} -H \"Authorization: Bearer $(make -s token)\" -H 'Content-Type: application/json' "
        f"-d '{search}' {endpoints['vi']}/v1/tenants/{endpoints['tenant']}/exams/search"
    )
    if endpoints["front"]:
        yield "# a whole series, as another DRIMbox: the front follows the redirect, one 200"
    else:
        yield "# a whole series, as another DRIMbox: 307 to a signed URL, the token stays behind"
    yield (
        f'{curl} -L -o {home}/series.multipart -H "Authorization: Bearer $(make -s token)" '
        f"-H 'KOS-SOPInstanceUID: {played.manifest_id}' "
        "-H 'Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*' "
        f"{series}"
    )
    yield ""
    yield from _journey(endpoints, made)
    yield ""
    yield "== the stack stays up; Ctrl-C here or `make stop` elsewhere stops it"


def _by_agent(endpoints: dict[str, Any]) -> bool:
    return bool(endpoints["link"] == Link.AGENT)


def _agent(endpoints: dict[str, Any]) -> Iterator[str]:
    if _by_agent(endpoints):
        home = endpoints["home"]
        yield "# the site's agent dies, and is started again; no acknowledged message is lost"
        yield f"pkill -9 -f 'agent run --config .*{home}/agent/agent.yaml'"


def _journey(endpoints: dict[str, Any], made: History) -> Iterator[str]:
    """From the RIS to the exams, for a person with a browser."""
    traits = made.patient.traits
    home = endpoints["home"]
    page = ROOT / home / "ris.html"
    yield "== a professional's journey: open this page of the RIS in a browser"
    yield f"   {page.as_uri()}"
    yield f"   1. press the button of {traits.family} {traits.given}, the first patient"
    yield "      (the browser warns at each of two servers, the page's and Pro Santé Connect's:"
    yield f"      it does not know the local authority, {endpoints['ca']})"
    yield "   2. sign in as Camille ESSAI, the radiologist, at the local Pro Santé Connect;"
    yield "      there is no password"
    yield (
        f"   3. {len(made.plan.exams)} exams of five sites, some hidden at first (masked, "
        "withdrawn): one site is down, one is in no white list"
    )
    yield "      (the second patient has 137 exams; the third one has authorised nobody yet)"
    yield "      the images of sixty exams are made meanwhile, this patient's first:"
    yield f"      {home}/logs/exams.log tells of each; beside a dead « Ouvrir » stands the reason"
    first = next(one for one in made.plan.exams if one.number == FIRST_EXAM)
    yield (
        f"   4. press « Ouvrir » beside the {first.act.ccam[1]} of {first.started:%d/%m/%Y} of "
        f"{first.site.name}:"
    )
    yield "      its images come from the other site, over mTLS, onto the screen; Esc leads back"
    yield "      (if the site is said not to answer, this machine was busy: press « Réessayer »)"
    yield "      then « Comparer », above the list: an exam beside its prior, with linked scroll"
    yield "      « Importer dans le PACS », above the images of the other site, compares identities"
    yield f"      and stores them in this site's PACS under the local patient ({made.patient.ipp})"
    yield "   5. sign out, press the button again and sign in as Claude MODELE, the nurse: the exam"
    yield "      that is masked to professionals is not there; the DMP shows it to its author (the"
    yield "      radiologist) and to the treating doctor (Dominique EXEMPLE)"
    yield "   6. once more as Dominique EXEMPLE, who works in two structures of this site: the page"
    yield "      asks in which one, then lists the exams"
    yield "# a site that answers goes down, and comes back"
    down = f"{endpoints['peer']}/_sim/sites"
    yield f'{_curl(endpoints)} -X PUT -d \'{{"health": "not_ready"}}\' {down}/meridien'
    yield f"{_curl(endpoints)} -X DELETE {down}"
    yield "# its images are another patient's at the next request; other plays: …/_sim/state"
    play = '{"images": "other_patient", "count": 1}'
    yield f"{_curl(endpoints)} -X PUT -d '{play}' {down}/meridien"
    yield f"# the site's manifests of this month as an XDM archive, {home}/archive.zip: the page"
    yield "# of a patient reads it while the DMP is away"
    month, place = '{\\"month\\": \\"$(date +%Y-%m)\\"}', "['archives'][0]['url']"
    yield (
        f'{_curl(endpoints, "operator")} -d "{month}" '
        f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/operations/archives"
        f' | .venv/bin/python -c "import json, sys; print(json.load(sys.stdin){place})"'
        f" | xargs curl -sS -o {home}/archive.zip"
    )
    yield "# the DMP goes down, and comes back; its process goes on; while it is away the patient's"
    yield "# page offers to read a file: a manifest (KOS), or an XDM archive"
    faults = f"{endpoints['dmp']}/_sim/faults"
    yield f'{_curl(endpoints)} -d \'{{"kind": "unavailable", "count": null}}\' {faults}'
    yield f"{_curl(endpoints)} -X DELETE {faults}"
