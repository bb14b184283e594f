"""Verify one tenant's audit against its seals, and say in words what differs.

Every record of the days is read and hashed again; nothing is written::

    .venv/bin/python -m infra.admin.verify_audit --tenant TENANT --from DAY --to DAY

The caller needs ``s3:ListBucketVersions`` and ``s3:GetObjectVersion`` on the two buckets, and
``kms:Decrypt`` with the audit's key. The local stack is asked with ``AWS_ENDPOINT_URL`` and
``AWS_SHARED_CREDENTIALS_FILE``. Exit status: 0, all is as it was sealed; 1, something differs, or
no seal was there to verify; 2, the check could not be made.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from datetime import UTC, date, datetime
from typing import Final

from functions.aws.audit_trail import S3Seals, S3Trail
from functions.drimbox.audit_seals.verifying import Fault, Finding, Verification, Verifier
from functions.drimbox.errors import DrimboxError
from functions.drimbox.tenants.model import SLUG
from infra.shared.deployment import Deployment, context_of_project
from infra.shared.names import bucket_name

# The statement of each finding about its object.
WORDS: Final = {
    Fault.NO_SEAL: "is not there: the day has no seal",
    Fault.UNREADABLE: "is no seal: its bytes are not in the form of one",
    Fault.OTHER_SEAL: "is the seal of another tenant or day",
    Fault.BROKEN_CHAIN: "does not name the seal of the day before by its SHA-256",
    Fault.SEAL_REPLACED: "has a second version: somebody wrote over the seal",
    Fault.SEAL_DELETED: "has a delete marker: somebody deleted the seal, whose bytes stay",
    Fault.STRANGE_SEAL: "stands among the seals and is the seal of no closed day",
    Fault.NOT_EXPECTED: "is not the seal whose SHA-256 was kept",
    Fault.MISSING: "is missing: its seal holds it, the audit does not",
    Fault.CHANGED: "is changed: its bytes are not those that were sealed",
    Fault.ADDED: "was added: no seal holds it",
    Fault.LATE: "is late: it appeared after its day was sealed, and a later seal reports it",
    Fault.REPLACED: "has a second version: somebody wrote over the record",
    Fault.DELETED: "has a delete marker: somebody deleted the record, whose bytes stay",
    Fault.OUTSIDE: "stands on no day that a seal covers",
}


def sentence(finding: Finding) -> str:
    """One line for a person."""
    version = f" (version {finding.version})" if finding.version else ""
    # A key may be anybody's text: nothing of it controls the terminal.
    return f"{finding.key!a}{version} {WORDS[finding.fault]}"


def report(done: Verification, tenant: str) -> list[str]:
    """The lines for a person: every finding, then the result."""
    lines = [sentence(one) for one in done.findings]
    if not done.seals:
        return [*lines, f"tenant {tenant}: no seal of these days was there, nothing is proved"]
    lines.append(
        f"tenant {tenant}, {done.first} to {done.last}: {done.seals} seals and {done.records} "
        f"records were read; "
        + (f"{len(done.findings)} findings" if done.findings else "all is as it was sealed")
    )
    lines.append(
        f"the last seal is {done.head}: keep it outside of this account, and give it to a later "
        f"verification as --expect {done.last}:{done.head}"
    )
    return lines


def _expected(text: str) -> tuple[date, str]:
    day, _, digest = text.partition(":")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise ValueError("not DAY:SHA256")
    return date.fromisoformat(day), digest


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("not a slug")
    return text


def main(arguments: list[str]) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.admin.verify_audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    day = date.fromisoformat
    parser.add_argument("--tenant", type=_slug, required=True, help="its slug")
    parser.add_argument(
        "--from", dest="first", type=day, help="the first UTC day; the first sealed"
    )
    parser.add_argument("--to", dest="last", type=day, help="the last one; the last that is due")
    parser.add_argument(
        "--expect",
        type=_expected,
        action="append",
        default=[],
        metavar="DAY:SHA256",
        help="a seal that was kept elsewhere; may be repeated",
    )
    options = parser.parse_args(arguments)
    if options.first and options.last and options.last < options.first:
        parser.error("--to is before --from")
    expected = dict(options.expect)
    if len(expected) != len(options.expect):
        parser.error("--expect names a day twice")
    deployment = Deployment.read(context_of_project())
    os.environ.setdefault("AWS_DEFAULT_REGION", deployment.region)
    verifier = Verifier(
        options.tenant,
        S3Trail(bucket_name("audit", deployment), options.tenant),
        S3Seals(bucket_name("seals", deployment), options.tenant),
    )
    try:
        done = verifier.verify(datetime.now(UTC), options.first, options.last, expected)
    except DrimboxError as error:
        print(f"the check could not be made: {error.detail}", file=sys.stderr)
        return 2
    print("\n".join(report(done, options.tenant)))
    return 1 if done.findings or not done.seals else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
