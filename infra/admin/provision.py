"""Put the platform's and the tenants' secrets where the functions read them.

Certificates, private keys and the DMP registration never stand in a template. This program puts
them in place from a folder of PEM files: the platform's in Secrets Manager, those of tenants in the
bucket ``secrets``, under the tenant's own key (decision 0083)::

    .venv/bin/python -m infra.admin.provision \\
        --from FOLDER --tenant TENANT --structure STRUCTURE … [--tenant-alone] [--forget-former]

The platform's files are needed once, and when one changes: with ``--tenant-alone`` they stay where
they are kept, its private keys too, and the tenant's are judged by the authorities in place.

====================================  =====================================================
file                                  secret
====================================  =====================================================
``ca-<peer>.pem``                     ``drimbox/platform/trust-anchors``: the authorities that
                                      vouch for one peer of the platform: ``psc``, ``dmp``,
                                      ``operators`` (their provider), ``structures`` (those
                                      that issued the structures' certificates), ``white_list``
                                      (its publisher's host), ``white_list_signer`` (those of
                                      its signature: root and intermediates), ``peers`` (those
                                      of the other DRIMboxes' servers)
``ca-<peer>.pem``                     ``<tenant>/trust-anchors``: the same for the
                                      tenant's ``clients`` (its senders and operators'
                                      programs), and ``webhook`` (the address that its news go
                                      to), which may be left out
``ca-pacs.pem``, ``pacs-access.json`` ``<tenant>/pacs``: the authorities that vouch for the
                                      tenant's PACS, and our credential there: ``kind`` is
                                      ``none``, ``basic`` (``user``, ``password``), ``bearer``
                                      (``token``) or ``certificate``; both files are left out
                                      where an agent asks the PACS
``pacs-client.pem`` ``.key``          the certificate of the kind ``certificate``
``psc-client.pem`` ``.key``           ``drimbox/platform/psc-client``
``peers-client.pem`` ``.key``         ``drimbox/platform/peers-client``: ours, at the other
                                      DRIMboxes, whose subject the white list gives
``lps.json``                          ``drimbox/platform/lps``: id, name, version,
                                      homologation, device_id, vendor
``oidc-client.json``                  ``drimbox/platform/oidc-client``: client_secret, at the
                                      operators' provider; "" for a public client
``auth-<structure>.pem`` ``.key``     ``<tenant>/structures/<structure>/auth``
``sign-<structure>.pem`` ``.key``     ``<tenant>/structures/<structure>/sign``
``pacs-credential``                   ``<tenant>/pacs-credential``: the SHA-256 of each line, a
                                      random credential of the site's PACS; may be left out
``webhook-key``                       ``<tenant>/webhook``: the key that signs the news of the
                                      tenant's messages, or two, separated by a blank; may be left
                                      out
none                                  ``<tenant>/traits``, ``<tenant>/sessions``,
                                      ``<tenant>/webhook``: random, made here once and never
                                      replaced here
====================================  =====================================================

A certificate that could not serve (another structure's, without its key, expired…) is refused.
A secret that already holds the same value is left alone, so it may be run again at any time. A new
certificate stands beside the one that it replaces, which serves until the new one's date. After a
leak of the former key, ``--forget-former`` leaves the new one alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

import boto3
from cryptography import x509

from functions.aws import tenant_secrets
from functions.aws.secrets import Peer
from functions.aws.tenant_secrets import TenantPeer
from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.certificate_choice import judge
from functions.drimbox.identity.certificate_findings import Fault, Use
from functions.drimbox.identity.pacs_access import read_access
from functions.drimbox.identity.pacs_credential import MIN_CHARACTERS, digest_of
from functions.drimbox.tenants.model import SLUG
from functions.drimbox.tls import TlsIdentity
from functions.drimbox.webhook.signature import read_keys
from functions.drimbox.wording.certificates import FAULTS
from infra.admin.secret_stores import PLATFORM, SecretRefused, Stores
from infra.shared.deployment import Deployment, context_of_project
from infra.shared.names import bucket_name

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_CREDENTIAL: Final = "pacs-credential"
_ACCESS: Final = "pacs-access.json"
_OF_CLIENT: Final = ("pacs-client.pem", "pacs-client.key")
_NEWS_KEY: Final = "webhook-key"
_ANCHORS: Final = f"{PLATFORM}trust-anchors"
LPS_FIELDS: Final = ("id", "name", "version", "homologation", "device_id", "vendor")
# The peers of a secret with one bundle of authorities each.
PLATFORM_PEERS: Final[tuple[Peer, ...]] = get_args(Peer)
TENANT_PEERS: Final[tuple[TenantPeer, ...]] = get_args(TenantPeer)
# Of a tenant that declares an address for its news: the bundle may be left out.
_OPTIONAL: Final = frozenset({"webhook"})
# File -> the fields, all texts, that it must have.
_REGISTRATIONS: Final = {"lps.json": LPS_FIELDS, "oidc-client.json": ("client_secret",)}


class WrongFiles(ValueError):
    """The folder is not what it must be; the message names every file and field, no content."""


def secrets_of(
    folder: Path, tenant: str, structures: list[str], *, platform: bool = True
) -> dict[str, str]:
    """Name -> value of every secret, the platform's or not, read from ``folder``; WrongFiles names
    all that is wrong.
    """
    clients = ("psc-client", "peers-client") if platform else ()
    identities = {f"{PLATFORM}{one}": one for one in clients} | {
        _of_structure(tenant, structure, use): f"{use}-{structure}"
        for structure in structures
        for use in ("auth", "sign")
    }
    names = [f"{stem}.{kind}" for stem in identities.values() for kind in ("pem", "key")]
    registrations = _REGISTRATIONS if platform else {}
    peers = tuple(
        one for one in TENANT_PEERS if one not in _OPTIONAL or (folder / _bundle(one)).exists()
    )
    bundles = [_bundle(one) for one in (*(PLATFORM_PEERS if platform else ()), *peers)]
    texts, faults = _read(folder, [*bundles, *registrations, *names])
    faults += [
        f"{name} holds no certificate in PEM"
        for name in bundles
        if name in texts and not _has_certificates(texts[name])
    ]
    pacs = {**_pacs(folder, tenant, faults), **_access(folder, tenant, faults)}
    webhook = _webhook(folder, tenant, faults)
    registered = {
        name: _registration(name, texts[name], wanted, faults)
        for name, wanted in registrations.items()
        if name in texts
    }
    if faults:
        raise WrongFiles(f"{folder}: {'; '.join(faults)}")
    return {
        **({_ANCHORS: _anchors(texts, PLATFORM_PEERS)} if platform else {}),
        f"{tenant}/{tenant_secrets.ANCHORS}": _anchors(texts, peers),
        **{
            f"{PLATFORM}{name.removesuffix('.json')}": json.dumps(facts)
            for name, facts in registered.items()
        },
        **pacs,
        **webhook,
        **{
            name: json.dumps(
                {"certificate": texts[f"{stem}.pem"], "private_key": texts[f"{stem}.key"]}
            )
            for name, stem in identities.items()
        },
    }


def _of_structure(tenant: str, structure: str, use: str) -> str:
    return f"{tenant}/{tenant_secrets.of_structure(structure, use)}"


def _bundle(peer: str) -> str:
    return f"ca-{peer}.pem"


def _has_certificates(text: str) -> bool:
    try:
        return bool(x509.load_pem_x509_certificates(text.encode()))
    except ValueError:
        return False


def _anchors(texts: dict[str, str], peers: tuple[str, ...]) -> str:
    return json.dumps({peer: texts[_bundle(peer)] for peer in peers})


def _pacs(folder: Path, tenant: str, faults: list[str]) -> dict[str, str]:
    """The secret of a PACS that sends rejection notes, none where there is no such file."""
    if not (folder / _CREDENTIAL).exists():
        return {}
    texts, unread = _read(folder, [_CREDENTIAL])
    lines = texts.get(_CREDENTIAL, "").split()
    if unread or not lines or any(len(line) < MIN_CHARACTERS for line in lines):
        faults.append(f"{_CREDENTIAL} is not made of {MIN_CHARACTERS} characters or more a line")
        return {}
    digests = [digest_of(line) for line in lines]
    return {f"{tenant}/{tenant_secrets.PACS}": json.dumps({"sha256": digests})}


def _access(folder: Path, tenant: str, faults: list[str]) -> dict[str, str]:
    """The secret of our access to the PACS, none where the folder has no file of it. That nothing
    is asked for is a declaration too: without it a forgotten file would be one."""
    bundle = _bundle("pacs")
    if not any((folder / one).exists() for one in (_ACCESS, bundle)):
        return {}
    texts, unread = _read(folder, [_ACCESS, bundle])
    credential = _registration(_ACCESS, texts.get(_ACCESS, "{}"), (), unread)
    if credential.get("kind") == "certificate":
        pair, missing = _read(folder, [*_OF_CLIENT])
        names = zip(("certificate", "private_key"), _OF_CLIENT, strict=True)
        credential = {**credential, **{field: pair.get(name, "") for field, name in names}}
        unread += missing
    anchors = texts.get(bundle, "")
    if bundle in texts and not _has_certificates(anchors):
        unread.append(f"{bundle} holds no certificate in PEM")
    value = json.dumps({"anchors": anchors, "credential": credential})
    try:
        if not unread:
            read_access(value).context()
    except ConfigurationError as error:
        unread.append(f"{_ACCESS}: {error.detail}")
    faults.extend(unread)
    return {f"{tenant}/{tenant_secrets.PACS_ACCESS}": value}


def _webhook(folder: Path, tenant: str, faults: list[str]) -> dict[str, str]:
    """The key that signs the tenant's news, or two; none where there is no such file."""
    if not (folder / _NEWS_KEY).exists():
        return {}
    texts, unread = _read(folder, [_NEWS_KEY])
    try:
        read_keys(texts.get(_NEWS_KEY, ""))
    except ConfigurationError as error:
        faults.extend(unread or [f"{_NEWS_KEY}: {error.detail}"])
        return {}
    return {f"{tenant}/{tenant_secrets.WEBHOOK}": texts[_NEWS_KEY].strip()}


def require_usable(
    secrets: dict[str, str], tenant: str, structures: list[str], at: datetime
) -> None:
    """WrongFiles naming each certificate of a structure that could not serve, and why; ``secrets``
    hold the platform's authorities too.

    One that waits for its date may be put in place: the former one serves until then.
    """
    faults = []
    anchors = json.loads(secrets[_ANCHORS])["structures"]
    for structure in structures:
        for use in Use:
            pair = json.loads(secrets[_of_structure(tenant, structure, use)])
            fault = judge(
                TlsIdentity(pair["certificate"], pair["private_key"]),
                holder=structure,
                use=use,
                trust_anchors=anchors,
                at=at,
            ).fault
            if fault not in {None, Fault.NOT_YET_VALID}:
                faults.append(f"{use}-{structure}.pem: {FAULTS[fault].en} {FAULTS[fault].todo.en}")
    if faults:
        raise WrongFiles(" ".join(faults))


def _read(folder: Path, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """The text of every readable file, and a message for each of the others."""
    texts: dict[str, str] = {}
    missing: list[str] = []
    faults: list[str] = []
    for name in names:
        try:
            texts[name] = (folder / name).read_text("utf-8")
        except FileNotFoundError:
            missing.append(name)
        except (OSError, UnicodeDecodeError):
            faults.append(f"{name} cannot be read as text")
    return texts, ([f"missing: {', '.join(missing)}"] if missing else []) + faults


def _registration(
    name: str, text: str, wanted: tuple[str, ...], faults: list[str]
) -> dict[str, str]:
    """The facts of the file ``name``; adds their faults to ``faults``."""
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        faults.append(f"{name} is not a JSON object")
        return {}
    lacks = [field for field in wanted if not isinstance(facts.get(field), str)]
    if lacks:
        faults.append(f"{name} lacks {', '.join(lacks)}")
    return facts


def _authorities_in_place(client: SecretsManagerClient) -> dict[str, str]:
    """The platform's authorities as they are stored; WrongFiles where there are none yet."""
    stored = client.get_secret_value(SecretId=_ANCHORS).get("SecretString", "")
    if not stored.startswith("{"):
        raise WrongFiles("the platform has no authorities yet: leave out --tenant-alone")
    return {_ANCHORS: stored}


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("not a slug")
    return text


def main(arguments: list[str]) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.admin.provision",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from", dest="folder", type=Path, required=True, help="of the files")
    parser.add_argument("--tenant", type=_slug, required=True, help="its slug")
    parser.add_argument(
        "--structure",
        action="append",
        required=True,
        help='"1" + FINESS or "3" + SIRET; may be repeated',
    )
    parser.add_argument(
        "--tenant-alone", action="store_true", help="without the files of the platform"
    )
    parser.add_argument(
        "--forget-former",
        action="store_true",
        help="keep no former value of the tenant's secrets: its key has leaked",
    )
    options = parser.parse_args(arguments)
    deployment = Deployment.read(context_of_project())
    region = deployment.region
    stores = Stores(
        boto3.client("secretsmanager", region_name=region),
        boto3.client("s3", region_name=region),
        bucket_name("secrets", deployment),
    )
    alone, whose = options.tenant_alone, (options.tenant, options.structure)
    try:
        secrets = secrets_of(options.folder, *whose, platform=not alone)
        known = _authorities_in_place(stores.manager) if alone else {}
        require_usable({**secrets, **known}, *whose, datetime.now(UTC))
        made = stores.make(options.tenant)
    except (WrongFiles, ConfigurationError, SecretRefused) as error:
        print(f"nothing is written: {error}", file=sys.stderr)
        return 1
    try:
        put = stores.put(secrets, forget_former=options.forget_former)
    except SecretRefused as error:
        print(f"not all is written: {error}", file=sys.stderr)
        return 1
    for name in [*put, *made]:
        print(f"written: {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
