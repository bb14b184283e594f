"""The tenants' files: one YAML file each, checked by the code that will read them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.peers.reachable import is_private_literal
from functions.drimbox.tenants.model import Link, Tenant
from functions.drimbox.tenants.reading import read_tenant
from infra.shared.deployment import Deployment

# Where a tenant's key's alias is: prefix, then slug.
KEY_ALIASES: Final = "alias/drimbox/tenants/"
# Every function that works for a tenant reads its file: two kilobytes are usual.
_FILE_BYTES: Final = 8192


@dataclass(frozen=True, slots=True)
class TenantFile:
    """A checked tenant and the JSON text that the table of tenants holds."""

    tenant: Tenant
    text: str


def load(deployment: Deployment) -> tuple[TenantFile, ...]:
    """Every tenant of ``deployment.tenants``, by slug.

    Raises ConfigurationError naming the file and the fields that are wrong, a file not named by
    its slug, a text that is too long, or a folder without any tenant; and, where the deployment
    leaves this machine, a PACS of the Internet at a private address.
    """
    files = sorted(deployment.tenants.glob("*.yaml"))
    if not files:
        raise ConfigurationError("no tenant: the tenants' folder holds no YAML file")
    tenants = tuple(_load(path, deployment) for path in files)
    for one in tenants:
        _require_address(one.tenant, deployment)
    return tenants


def _load(path: Path, deployment: Deployment) -> TenantFile:
    try:
        facts = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: not YAML in UTF-8") from error
    if not isinstance(facts, dict) or not all(isinstance(name, str) for name in facts):
        raise ConfigurationError(f"{path.name}: not a mapping of fields")
    placed = _placed(facts, deployment)
    try:
        tenant = read_tenant(placed)
    except ConfigurationError as error:
        raise ConfigurationError(f"{path.name}: {error.detail}") from error
    if tenant.tenant != path.stem:
        raise ConfigurationError(f"{path.name}: the file's name must be the tenant's slug")
    text = json.dumps(placed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if len(text.encode()) > _FILE_BYTES:
        raise ConfigurationError(f"{path.name}: longer than {_FILE_BYTES} bytes as JSON")
    return TenantFile(tenant, text)


def _require_address(tenant: Tenant, deployment: Deployment) -> None:
    private = [] if tenant.link is Link.VPN else list(_private_urls(tenant))
    if private and not deployment.stays_here():
        raise ConfigurationError(
            f"{tenant.tenant}.yaml: {private[0]} is a private address, which the link `public` "
            "does not reach: remove the file or set `tenants` in cdk.json to a folder of your own"
        )


def _private_urls(tenant: Tenant) -> Iterator[str]:
    """The fields whose host is an address of this machine or of a private network."""
    for name in ("pacs_url", "pacs_store_url"):
        try:
            host = urlsplit(getattr(tenant, name)).hostname or ""
        except ValueError as error:
            raise ConfigurationError(f"{tenant.tenant}.yaml: {name}") from error
        if is_private_literal(host):
            yield name


def _placed(facts: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The file's facts, with the deployment's where it leaves one out or is overruled."""
    pacs_url = deployment.tenant_pacs_url
    elsewhere = {"pacs_url": pacs_url} if pacs_url and "pacs_url" in facts else {}
    return {"cache_days": deployment.cache_days, **facts, **elsewhere}
