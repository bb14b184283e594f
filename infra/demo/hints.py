"""The closing hints: addresses to open and commands to try, as lines that work when pasted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.demo.play import Played


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
    return f"{_curl(endpoints, 'ris')} '{operations}?state=held'"


def hints(endpoints: dict[str, Any], played: Played) -> Iterator[str]:
    """The closing lines of ``make run``."""
    base = f"{endpoints['db']}/tenants/{endpoints['tenant']}/dicomweb"
    curl, ris = _curl(endpoints), _curl(endpoints, "ris")
    series = f"{base}/studies/{played.study_instance_uid}/series/{played.series_instance_uid}"
    search = json.dumps({"ins": played.ins, "oid": played.ins_oid})
    yield ""
    yield "== addresses to open"
    yield (
        f"   the operator's page      {endpoints['vi']}/v1/tenants/{endpoints['tenant']}/operations"
        f" (authority: {endpoints['ca']})"
    )
    yield "                            sign in as Camille Exploitante; there is no password here"
    yield f"   the DMP's documents      {endpoints['dmp']}/_sim/ (authority: {endpoints['ca']})"
    yield f"   the PACS (DICOMweb)      {endpoints['pacs']}/studies"
    yield "   addresses for scripts    .local/endpoints.json"
    yield "   logs                     .local/logs/"
    yield ""
    yield "== commands to try, from this folder"
    yield "# is the site ready to serve images?"
    yield f"{curl} {base}"
    yield "# a new report, sent as the RIS does"
    yield (
        ".venv/bin/python -m simulators.ris case A --fresh "
        f"--sender {' '.join(endpoints['sender'])} > .local/report.hl7"
    )
    yield (
        f"{ris} -H 'Content-Type: application/hl7-v2' --data-binary @.local/report.hl7 "
        f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}/hl7v2 | tr '\\r' '\\n'"
    )
    yield "# its study is not in the PACS: the publication is soon held, with the reason"
    yield f"sleep 15; {held(endpoints)}"
    yield "# the patient's exams, as a professional"
    yield (
        f"{curl} -H \"Authorization: Bearer $(make -s token)\" -H 'Content-Type: application/json' "
        f"-d '{search}' {endpoints['vi']}/v1/tenants/{endpoints['tenant']}/exams/search"
    )
    yield "# a whole series, as another DRIMbox: 307 to a signed URL, the token stays behind"
    yield (
        f'{curl} -L -o .local/series.multipart -H "Authorization: Bearer $(make -s token)" '
        f"-H 'KOS-SOPInstanceUID: {played.manifest_id}' "
        "-H 'Accept: multipart/related; type=\"application/dicom\"; transfer-syntax=*' "
        f"{series}"
    )
    yield ""
    yield "== the stack stays up; Ctrl-C here or `make stop` elsewhere stops it"
