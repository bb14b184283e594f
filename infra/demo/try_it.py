"""``.local/try.sh``: one short command for each thing to try on the local stack.

Every address, name and folder in it is the stack's own, or the one that the site's file declares.
"""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import Any, Final

from functions.drimbox.tenants.model import Link
from infra.demo.layout import ROOT

# Stands for the folder of this stack's data, such as ``.local``, until the script is whole.
_HOME: Final = "%home%"
# Of each step: the name, the arguments, and a word on the effect.
_STEPS: Final = (
    ("cases", "", "the cases of report and next, with a word on each"),
    ("report", "[CASE]", "write a new report of a case (C by default): %home%/report.hl7"),
    ("next", "CASE", "the next report on its study: G1_MAJ after G1, I_Depublication after I"),
    ("withdraw", "", "turn %home%/report.hl7 into its withdrawal: ORC-1 CA, OBX-11 D; then send"),
    ("archive", "", "put the study of that report into the PACS"),
    ("check", "", "try %home%/report.hl7: the verdict, every fault; all facts: %home%/check.json"),
    ("call", "[CASE]", "write the contextual call of a case's patient: %home%/call.txt"),
    ("check-call", "", "try %home%/call.txt: the verdict, every fault"),
    ("send", "", "send it as the RIS does (MLLP, to its site's agent); the acknowledgement"),
    ("post", "", "send it over HTTPS to the gateway itself; the Publication-Id comes too"),
    ("follow", "", "its state now: published, or held and why"),
    ("news", "", "the last news that the RIS's own address got: a new state of a message, signed"),
    ("news-down", "", "that address answers 503 until news-up: the news come later"),
    ("news-up", "", "it answers again"),
    ("certificate", "NAME", "a certificate for a RIS of your own, and the lines that declare it"),
    ("agent", "", "the site's agent: its link, jobs and PACS, the messages that wait"),
    ("held", "", "the held publications, as an operator's program"),
    ("find", "TEXT", "publications by patient, accession number, study or MSH-10"),
    ("refused", "", "the messages that were refused"),
    ("dmp-down", "", "the DMP answers 503 until dmp-up"),
    ("dmp-up", "", "the DMP answers again; waiting publications go on within minutes"),
    ("openapi", "", "the OpenAPI document of the host in, and a page: %home%/in.html"),
)
_PYTHON: Final = ".venv/bin/python"
_SHOWN: Final = f"{_PYTHON} -m json.tool --no-ensure-ascii"
# Stands for MSH-10 in an address, whatever its characters.
_ESCAPED: Final = (
    f"{_PYTHON} -c 'import sys, urllib.parse; "
    'print(urllib.parse.quote(sys.stdin.buffer.read().rstrip(b"\\n"), safe=""))\''
)
_KNOWN: Final = (
    f"{_PYTHON} -m simulators.ris list | cut -d' ' -f1"
    ' | grep -xF -- "$case" > /dev/null || '
    'stop "no case $case: sh %home%/try.sh cases lists them"'
)
_NEW_ID: Final = f"{_PYTHON} -c 'import uuid; print(uuid.uuid4().hex)'"
# The document stays as it is: the withdrawal is of that very report. Fields are bytes here.
_WITHDRAWN: Final = (
    "tr '\\r' '\\n' < %home%/report.hl7 | LC_ALL=C sed"
    ' -e "s/^\\(MSH|\\([^|]*|\\)\\{8\\}\\)[^|]*/\\1$(echo "$id" | cut -c1-20)/"'
    " -e 's/^ORC|[^|]*/ORC|CA/'"
    " -e 's/^\\(OBX|[^|]*|ED|\\([^|]*|\\)\\{8\\}\\)[^|]*/\\1D/'"
    " | tr '\\n' '\\r' > %home%/report.new"
)
_HL7: Final = "-H 'Content-Type: application/hl7-v2' --data-binary @%home%/report.hl7"
_WRITE: Final = (
    f'{_PYTHON} -m simulators.ris case "$case" --now --fresh "$(cat %home%/report.seed)" '
    "--sender {sender} > %home%/report.hl7; tr '\\r' '\\n' < %home%/report.hl7 | cut -c1-120"
)


def script(endpoints: dict[str, Any]) -> str:
    """The script for POSIX sh; ``endpoints`` are those of
    :func:`tenants.endpoints`."""
    base = f"{endpoints['in']}/v1/tenants/{endpoints['tenant']}"
    sender = " ".join(quote(one) for one in endpoints["sender"])
    faults = f"{endpoints['dmp']}/_sim/faults"
    spoil = f"{endpoints['ris']}/_sim/faults"
    pki = str(Path(endpoints["ca"]).parent)
    write = _WRITE.format(sender=sender)
    by_agent = endpoints["link"] == Link.AGENT
    over_https = f"ask -D - {_HL7} '{base}/hl7v2'"
    over_mllp = f"{_PYTHON} -m simulators.ris send {endpoints['mllp']} %home%/report.hl7"
    to_simulator = _to_simulator(endpoints)
    bodies = {
        "cases": (f"{_PYTHON} -m simulators.ris list",),
        "report": (
            "case=${2:-C}",
            _KNOWN,
            'echo "$case" > %home%/report.case',
            f"{_NEW_ID} > %home%/report.seed",
            "date +%Y%m%d%H%M%S%z > %home%/report.at",
            write,
        ),
        "next": (
            'case=$(given next CASE "${2:-}")',
            _KNOWN,
            "has report.at",
            write,
        ),
        "withdraw": (
            "has report.hl7",
            f"id=$({_NEW_ID})",
            _WITHDRAWN,
            "mv %home%/report.new %home%/report.hl7",
            "tr '\\r' '\\n' < %home%/report.hl7 | cut -c1-120",
        ),
        "archive": (
            "has report.at",
            "rm -rf %home%/report.study",
            (
                f'{_PYTHON} -m simulators.pacs generate "$(cat %home%/report.case)" '
                '%home%/report.study --fresh "$(cat %home%/report.seed)"'
                ' --at "$(cat %home%/report.at)"'
            ),
            f"{_PYTHON} -m simulators.pacs load %home%/report.study {endpoints['store']}",
        ),
        "check": (
            "has report.hl7",
            f"ask {_HL7} '{base}/hl7v2/check' > %home%/check.json",
            f"{_PYTHON} -m infra.demo.verdict %home%/check.json",
        ),
        "call": (
            "case=${2:-C}",
            _KNOWN,
            f'{_PYTHON} -m simulators.ris call "$case" > %home%/call.txt',
            "tr '&' '\\n' < %home%/call.txt; echo",
        ),
        "check-call": (
            '[ -f %home%/call.txt ] || stop "write a call first: sh %home%/try.sh call"',
            f"ask --data-binary @%home%/call.txt '{base}/check/context' > %home%/call.json",
            f"{_PYTHON} -m infra.demo.verdict %home%/call.json",
        ),
        "send": ("has report.hl7", f"{over_mllp if by_agent else over_https} | tr -s '\\r' '\\n'"),
        "post": ("has report.hl7", f"{over_https} | tr -s '\\r' '\\n'"),
        "agent": (f"curl -sS {endpoints['agent']}/status.json | {_SHOWN}",),
        "follow": (
            "has report.hl7",
            (f"id=$(tr '\\r' '\\n' < %home%/report.hl7 | head -n 1 | cut -d'|' -f10 | {_ESCAPED})"),
            f'ask "{base}/hl7v2/messages/$id" | {_SHOWN}',
        ),
        "news": (
            *to_simulator,
            f"ask '{endpoints['ris']}/_sim/news?last=3' | {_SHOWN}",
            f"echo 'The last three; a page shows the last state of each: {endpoints['ris']}/'",
        ),
        "news-down": (
            *to_simulator,
            f'ask -o /dev/null -d \'{{"kind": "unavailable", "count": null}}\' {spoil}',
            "echo 'The address answers 503.'",
        ),
        "news-up": (
            *to_simulator,
            f"ask -X DELETE {spoil}",
            "echo 'The address takes news again.'",
        ),
        "certificate": (
            'name=$(given certificate NAME "${2:-}")',
            f'{_PYTHON} -m simulators.own_client {quote(pki)} "$name"',
        ),
        "held": (f"operate '{base}/operations/publications?state=held' | {_SHOWN}",),
        "find": (
            'text=$(given find TEXT "${2:-}")',
            (
                f"text=$({_PYTHON} -c 'import json, sys; "
                'print(json.dumps({"text": sys.argv[1]}))\' "$text")'
            ),
            f"operate -d \"$text\" '{base}/operations/search' | {_SHOWN}",
        ),
        "refused": (f"operate '{base}/operations/refused' | {_SHOWN}",),
        "dmp-down": (
            f'ask -o /dev/null -d \'{{"kind": "unavailable", "count": null}}\' {faults}',
            (
                "echo 'The DMP answers 503. The page of the services tells it at the first report"
                " that meets it, a banner of every page at the third.'"
            ),
        ),
        "dmp-up": (
            f"ask -X DELETE {faults}",
            (
                "echo 'Waiting publications are tried again within two minutes of a short outage,'"
                " 'within ten of a long one; a replay starts one at once.'"
            ),
        ),
        "openapi": (
            f"{_PYTHON} -m infra.openapi in --server {endpoints['in']} --html > %home%/in.html",
            f"{_PYTHON} -m infra.openapi in --server {endpoints['in']}",
        ),
    }
    certs = {
        who: f"--cert {endpoints[f'{who}_cert']} --key {endpoints[f'{who}_key']}"
        for who in ("ris", "operator")
    }
    curl = f"curl -sS --cacert {endpoints['ca']}"
    cases = (f"{name})\n    " + "\n    ".join(bodies[name]) + "\n    ;;" for name, _, _ in _STEPS)
    told = (f"  {f'{name} {given}'.strip():<17} {what}" for name, given, what in _STEPS)
    lines = (
        "#!/bin/sh",
        "# Written by make run.",
        "set -eu",
        f'cd "$(dirname "$0")/{_project(endpoints["home"])}"',
        f'ask() {{ {curl} {certs["ris"]} "$@"; }}',
        f'operate() {{ {curl} {certs["operator"]} "$@"; }}',
        'stop() { echo "try.sh: $1" >&2; exit 2; }',
        'has() { [ -f "%home%/$1" ] || stop "write a report first: sh %home%/try.sh report"; }',
        'given() { [ -n "$3" ] || stop "$1 needs a $2"; printf "%s\\n" "$3"; }',
        'case "${1:-help}" in',
        *cases,
        "*)",
        "    cat <<'STEPS'",
        "sh %home%/try.sh STEP, of these:",
        *told,
        "STEPS",
        '    [ "${1:-help}" = help ] || stop "no step $1: those above are all"',
        "    ;;",
        "esac",
    )
    return ("\n".join(lines) + "\n").replace(_HOME, endpoints["home"])


def _project(home: str) -> str:
    """The way from the folder of the data to the project."""
    return Path(os.path.relpath(ROOT, ROOT / home)).as_posix()


def _to_simulator(endpoints: dict[str, Any]) -> tuple[str, ...]:
    """Nothing where the simulated RIS gets the news; else the step stops, and says who does."""
    news = endpoints["news"]
    if news.startswith(f"{endpoints['ris']}/"):
        return ()
    if not news:
        return ('stop "the site\'s file names no webhook_url: nobody is told of messages"',)
    told = f"the site's file sends the news to {news}, and not to the simulated RIS: look there"
    return (f"stop {quote(told)}",)


def write_script(endpoints: dict[str, Any], home: Path) -> Path:
    """The script in ``home``; its path."""
    path = home / "try.sh"
    path.write_text(script(endpoints), "utf-8")
    path.chmod(0o755)
    return path
