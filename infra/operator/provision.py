"""Put the operator's and the tenants' secrets where the functions read them.

The templates create every secret without a value: certificates, private keys and the DMP
registration never stand in a template. This program fills them from a folder of PEM files::

    python -m infra.operator.provision --from FOLDER --tenant TENANT --structure STRUCTURE …

====================================  =====================================================
file                                  secret
====================================  =====================================================
``ca.pem``                            ``drimbox/operator/trust-anchors`` (whom we trust)
``psc-client.pem`` ``.key``           ``drimbox/operator/psc-client``
``lps.json``                          ``drimbox/operator/lps``: id, name, version,
                                      homologation, device_id, vendor
``auth-<structure>.pem`` ``.key``     ``drimbox/tenants/<t>/structures/<s>/auth``
``sign-<structure>.pem`` ``.key``     ``drimbox/tenants/<t>/structures/<s>/sign``
====================================  =====================================================

A secret that already holds the same value is left alone, so it may be run again at any time.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import boto3

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LPS_FIELDS: Final = ("id", "name", "version", "homologation", "device_id", "vendor")


def secrets_of(folder: Path, tenant: str, structures: list[str]) -> dict[str, str]:
    """Name -> value of every secret, read from ``folder``; FileNotFoundError names the file."""
    lps = json.loads((folder / "lps.json").read_text())
    missing = [field for field in LPS_FIELDS if not isinstance(lps.get(field), str)]
    if missing:
        raise ValueError(f"lps.json lacks {', '.join(missing)}")
    found = {
        "drimbox/operator/trust-anchors": (folder / "ca.pem").read_text(),
        "drimbox/operator/psc-client": _identity(folder, "psc-client"),
        "drimbox/operator/lps": json.dumps(lps),
    }
    for structure in structures:
        for use in ("auth", "sign"):
            name = f"drimbox/tenants/{tenant}/structures/{structure}/{use}"
            found[name] = _identity(folder, f"{use}-{structure}")
    return found


def _identity(folder: Path, name: str) -> str:
    return json.dumps(
        {
            "certificate": (folder / f"{name}.pem").read_text(),
            "private_key": (folder / f"{name}.key").read_text(),
        }
    )


def put(client: SecretsManagerClient, secrets: dict[str, str]) -> list[str]:
    """Store what changed; the names that were written."""
    written = []
    for name, value in secrets.items():
        if client.get_secret_value(SecretId=name).get("SecretString") != value:
            client.put_secret_value(SecretId=name, SecretString=value)
            written.append(name)
    return written


def main(arguments: list[str]) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="infra.operator.provision", description=__doc__)
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--structure", action="append", required=True)
    options = parser.parse_args(arguments)
    secrets = secrets_of(options.folder, options.tenant, options.structure)
    for name in put(boto3.client("secretsmanager"), secrets):
        print(f"written: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
