"""``python -m simulators.history demo|long|huge|N``: put a history into the simulated DMP.

Without ``--dmp`` it prints the body that it would send.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from simulators.history.history import history
from simulators.history.load import NotLoaded, load
from simulators.history.sites import served_at


def main(arguments: Sequence[str]) -> int:
    """Command line; 1 when the DMP does not take the documents."""
    options = _parser().parse_args(arguments)
    try:
        made = history(options.preset, options.seed, sites=served_at(dict(options.images)))
    except (ValueError, KeyError) as error:
        print(error, file=sys.stderr)
        return 1
    if not options.dmp:
        sys.stdout.buffer.write(made.body())
        return 0
    try:
        count = load(made, options.dmp, options.ca)
    except NotLoaded as error:
        print(error, file=sys.stderr)
        return 1
    whose = made.patient
    told = {"ins": whose.ins, "oid": whose.ins_oid, "documents": count, **asdict(whose.traits)}
    print(json.dumps(told, ensure_ascii=False))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.history", description=__doc__)
    parser.add_argument("preset", help="demo (11 exams), long (137), huge (1000), or a number")
    parser.add_argument("--seed", default="", help="another patient with other exams")
    parser.add_argument("--dmp", default="", help="address of the simulated DMP")
    parser.add_argument("--ca", type=Path, help="PEM of the authority of its certificate")
    parser.add_argument(
        "--images",
        action="append",
        default=[],
        type=_pair,
        metavar="SITE=URL",
        help="the base of the RetrieveURLs of one site",
    )
    return parser


def _pair(text: str) -> tuple[str, str]:
    site, equals, url = text.partition("=")
    if not (site and equals and url):
        raise argparse.ArgumentTypeError("SITE=URL is expected")
    return site, url


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
