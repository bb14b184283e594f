"""``python -m simulators.pacs generate|serve|load``: make studies, serve them, send them."""

from __future__ import annotations

import argparse
import logging
import sys
import uuid
from datetime import datetime
from pathlib import Path

import httpx
from pydicom.config import IGNORE, settings

from simulators.pacs.archive import Archive
from simulators.pacs.load import LoadError, load
from simulators.pacs.orthanc import (
    Dimse,
    OrthancEngine,
    OrthancError,
    OrthancProcess,
    find_dicomweb_plugin,
    find_orthanc,
    free_port,
)
from simulators.pacs.server import BASE, Engine, FolderEngine, port_is_free, serve
from simulators.pacs.studies import (
    FULL_INSTANCES,
    TRANSFER_SYNTAXES,
    Size,
    full_series,
    study_objects,
    write,
)
from simulators.ris.cases import CASES

_HOST = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when done, 1 with a message on stderr when it could not be."""
    options = _parser().parse_args(arguments)
    commands = {"generate": _generate, "serve": _serve, "load": _load}
    return commands[options.command](options)


def _fail(message: str) -> int:
    print(f"pacs: {message}", file=sys.stderr)
    return 1


def _generate(options: argparse.Namespace) -> int:
    case = CASES[options.case]
    if options.fresh is not None:
        case = case.fresh(options.fresh)
    if options.at is not None:
        case = case.dated(options.at)
    size = Size(
        options.instances,
        options.frames,
        options.pixels,
        TRANSFER_SYNTAXES.get(options.transfer_syntax),
    )
    for study in case.archived_studies():
        objects = full_series(study) if options.full else study_objects(study, size)
        paths = write(objects, options.folder)
        total = sum(path.stat().st_size for path in paths)
        print(f"{study.study_instance_uid} {len(paths)} objects, {total} bytes")
    return 0


def _load(options: argparse.Namespace) -> int:
    try:
        count = load(sorted(options.folder.rglob("*.dcm")), options.url)
    except (LoadError, httpx.TransportError) as error:
        return _fail(str(error) or type(error).__name__)
    print(f"{count} objects stored")
    return 0


def _serve(options: argparse.Namespace) -> int:
    # pydicom would write the values that it finds odd to the log.
    logging.getLogger("pydicom").setLevel(logging.ERROR)
    settings.reading_validation_mode = IGNORE
    if not port_is_free(_HOST, options.port):
        return _fail(f"port {options.port} is taken")
    try:
        engine = _engine(options.engine, options.data, options.dimse)
    except OrthancError as error:
        return _fail(str(error))

    def started() -> None:
        print(f"pacs: {engine.name} at http://{_HOST}:{options.port}{BASE}", flush=True)

    serve(engine, _HOST, options.port, started)
    return 0


def _engine(name: str, data: Path, dimse: Dimse | None) -> Engine:
    """The engine asked; "auto" is Orthanc where it is installed. OrthancError when it is not. The
    small server speaks DICOMweb alone.
    """
    executable, plugin = find_orthanc(), find_dicomweb_plugin()
    if name == "folder" or (name == "auto" and not (executable and plugin)):
        return FolderEngine.open(Archive.open(data))
    if not (executable and plugin):
        raise OrthancError("Orthanc or its DICOMweb plugin is not installed")
    process = OrthancProcess(executable, plugin, data / "orthanc", free_port(), dimse=dimse)
    process.start()
    return OrthancEngine(process)


def _dimse(text: str) -> Dimse:
    """``PORT,PEER@PEER_PORT``."""
    port, _, peer = text.partition(",")
    title, _, peer_port = peer.partition("@")
    if not title:
        raise ValueError("not PORT,PEER@PEER_PORT")
    return Dimse(int(port), title, int(peer_port))


def _time(text: str) -> datetime:
    """A time of HL7 with its zone."""
    return datetime.strptime(text, "%Y%m%d%H%M%S%z")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.pacs", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser("generate", help="write a case's studies as Part 10 files")
    generate.add_argument("case", choices=sorted(CASES))
    generate.add_argument("folder", type=Path)
    generate.add_argument("--fresh", metavar="TOKEN", nargs="?", const=uuid.uuid4().hex)
    generate.add_argument(
        "--at", type=_time, metavar="TIME", help="when its report is validated: 20261130101500+0100"
    )
    generate.add_argument("--instances", type=int, default=Size().instances, help="per series")
    generate.add_argument("--frames", type=int, default=Size().frames, help="per XA or NM object")
    generate.add_argument("--pixels", type=int, default=Size().pixels, help="per side")
    generate.add_argument("--transfer-syntax", choices=sorted(TRANSFER_SYNTAXES))
    generate.add_argument(
        "--full", action="store_true", help=f"one CT series of {FULL_INSTANCES} slices, 210 MB"
    )
    server = commands.add_parser("serve", help="serve a folder, by Orthanc where installed")
    server.add_argument("--port", type=int, required=True)
    server.add_argument("--data", type=Path, required=True)
    server.add_argument("--engine", choices=("auto", "orthanc", "folder"), default="auto")
    server.add_argument(
        "--dimse",
        type=_dimse,
        metavar="PORT,PEER@PEER_PORT",
        help="Orthanc speaks DIMSE too: its port, and the one node that may ask: 8460,AGENT@8461",
    )
    loader = commands.add_parser("load", help="send a folder by STOW-RS")
    loader.add_argument("folder", type=Path)
    loader.add_argument("url", help=f"a DICOMweb base, such as http://{_HOST}:8042{BASE}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
