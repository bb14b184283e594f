"""Write a case's message or document: ``python -m simulators.ris case C --form ORU > file``; or the
page of patients: ``python -m simulators.ris page https://vi…/tenants/demo/context > file``; or the
body of a contextual call: ``python -m simulators.ris call C > file``; or
take the news of its messages: ``python -m simulators.ris receive --port …``; or send a message over
MLLP: ``python -m simulators.ris send mllp://127.0.0.1:8458 FILE``.
"""

from __future__ import annotations

import argparse
import sys
import uuid
from datetime import datetime
from pathlib import Path
from urllib.parse import SplitResult, urlencode, urlsplit

from simulators.ris import mllp
from simulators.ris.cases import CASES, about
from simulators.ris.cda import cda
from simulators.ris.messages import CHARSETS, DEFAULT_SENDER, FORMS, message
from simulators.ris.page import call, render
from simulators.ris.pdf import FULL_SIZE

_LINE_ENDS = {"cr": "\r", "lf": "\n", "crlf": "\r\n"}


def main(arguments: list[str] | None = None) -> int:
    """Write the asked message, document or list of cases to stdout; 0 when done."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        for name, case in CASES.items():
            print(name, case.action, ",".join(case.studies), "", about(case))
        return 0
    if options.command == "page":
        sys.stdout.buffer.write(render(options.address).encode())
        return 0
    if options.command == "call":
        sys.stdout.write(urlencode(call(CASES[options.name])))
        return 0
    if options.command == "receive":
        from simulators.ris.receiver import serve  # noqa: PLC0415  # the others need no server

        serve(options.port, options.key_file, options.server_cert, options.server_key)
        return 0
    if options.command == "send":
        return _send(options.to, options.file)
    case = CASES[options.name]
    if options.fresh is not None:
        case = case.fresh(options.fresh)
    if options.now:
        case = case.dated(datetime.now().astimezone())
    size = FULL_SIZE if options.full_size else 0
    if options.command == "cda":
        written = cda(case, pdf_size=size)
    else:
        written = message(
            case,
            options.form,
            control_id=options.control_id or uuid.uuid4().hex[:20],
            at=datetime.now().astimezone(),
            sender=tuple(options.sender) if options.sender else None,
            line_end=_LINE_ENDS[options.line_end],
            charset=options.charset,
            pdf_size=size,
        )
    sys.stdout.buffer.write(written)
    return 0


def _send(to: SplitResult, file: Path) -> int:
    """Write the acknowledgement to stdout; 1 where there is none, told on stderr."""
    try:
        ack = mllp.send(to.hostname or "", to.port or 0, file.read_bytes())
    except (OSError, mllp.NoAcknowledgement) as error:
        print(f"ris: not acknowledged: {error}", file=sys.stderr)
        return 1
    sys.stdout.buffer.write(ack)
    return 0


def _mllp(text: str) -> SplitResult:
    """``mllp://host:port``."""
    parts = urlsplit(text)
    if parts.scheme != "mllp" or not parts.hostname or not parts.port:
        raise ValueError("not mllp://host:port")
    return parts


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.ris", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every case, its ORC-1, its studies, a word on it")
    patients = commands.add_parser("page", help="the list of patients, with contextual calls")
    patients.add_argument("address", help="the address that takes the calls")
    one = commands.add_parser("call", help="the body of a contextual call, as a browser posts it")
    one.add_argument("name", choices=sorted(CASES))
    news = commands.add_parser("receive", help="take the news of messages (HTTPS), and stay")
    news.add_argument("--port", type=int, required=True)
    news.add_argument("--key-file", type=Path, required=True, help="the key that signs: whsec_…")
    news.add_argument("--server-cert", type=Path, required=True, help="PEM")
    news.add_argument("--server-key", type=Path, required=True, help="PEM")
    sender = commands.add_parser("send", help="send a message over MLLP; the acknowledgement")
    sender.add_argument("to", type=_mllp, metavar="mllp://HOST:PORT")
    sender.add_argument("file", type=Path, help="the message")
    report = commands.add_parser("case", help="an HL7 v2 message")
    document = commands.add_parser("cda", help="the clinical document alone")
    for command in (report, document):
        command.add_argument("name", choices=sorted(CASES))
        command.add_argument(
            "--fresh",
            metavar="TOKEN",
            nargs="?",
            const=uuid.uuid4().hex,
            help="new identifiers; the same token gives the same ones",
        )
        command.add_argument("--now", action="store_true", help="validated now, not in 2021")
        command.add_argument("--full-size", action="store_true", help="a 324 kB message")
    report.add_argument("--form", choices=FORMS, default="ORU")
    report.add_argument(
        "--sender",
        nargs=2,
        metavar=("APPLICATION", "FACILITY"),
        help=f"MSH-3 and MSH-4 (the case's own, else {' '.join(DEFAULT_SENDER)})",
    )
    report.add_argument("--control-id", metavar="ID", help="MSH-10 (a new one)")
    report.add_argument("--line-end", choices=sorted(_LINE_ENDS), default="cr")
    report.add_argument("--charset", choices=sorted(CHARSETS), default="UNICODE UTF-8")
    return parser


if __name__ == "__main__":
    sys.exit(main())
