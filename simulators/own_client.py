"""A certificate of the local authority for a RIS of one's own:
``python -m simulators.own_client .local/pki NAME``.

The RIS shows it when it sends, and at an own address on this machine, where it is told of its
messages. The command prints the lines that declare the RIS as a sender in a tenant's file.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from simulators import pki

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
# The files of the folder that are somebody else's.
_TAKEN: Final = re.compile(r"(auth|sign)-.*|ca(-.*)?|common|neighbour-ca")


class WrongName(ValueError):
    """No name for a certificate; the message says why, for a person."""


def make(folder: Path, name: str, now: datetime) -> pki.Issued:
    """The pair ``NAME.pem`` and ``NAME.key`` of ``folder``; made unless it is there already.

    Raises WrongName; FileNotFoundError where the folder has no authority.
    """
    if not _NAME.fullmatch(name):
        raise WrongName("a name is made of a-z, 0-9 and hyphens, 40 at most, and begins with a-z")
    if _TAKEN.fullmatch(name) or name in {one.name for one in pki.COMMON}:
        raise WrongName(f"{name} is a name of the local stack: choose another one")
    subject = f"CN={name},OU=RIS,O=Essai local,C=FR"
    wanted = pki.Wanted(name, subject, pki.PROGRAM, pki.SERVER_NAMES)
    pki.have(folder, wanted, pki.load_authority(folder), now)
    return pki.load_issued(folder, name)


def declaration(folder: Path, name: str, issued: pki.Issued) -> str:
    """The lines to paste, and where."""
    certificate = issued.certificate
    return "\n".join(
        (
            f"# {folder / name}.pem and .key are this program's certificate and key, for its",
            "# requests and for an address of its own at 127.0.0.1. Under `senders:` of",
            "# infra/tenants/demo.yaml, then `make stop` and `make run`:",
            "  - application: MY_RIS",
            "    facility: MY_SITE",
            f"    certificate_subject: {certificate.subject.rfc4514_string()}",
            f"    certificate_issuer: {certificate.issuer.rfc4514_string()}",
        )
    )


def main(arguments: Sequence[str]) -> int:
    """Command line; 2 for a wrong name or folder, told in one line."""
    parser = argparse.ArgumentParser(prog="python -m simulators.own_client", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the local authority is: .local/pki")
    parser.add_argument("name", help="of the RIS: my-ris")
    options = parser.parse_args(arguments)
    try:
        made = make(options.folder, options.name, datetime.now(UTC))
    except (WrongName, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 2
    print(declaration(options.folder, options.name, made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
