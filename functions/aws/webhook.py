"""The news of a tenant's messages: how far they were told (DynamoDB), the keys, the receiver."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from functions.aws import logging, metrics, tenant_secrets
from functions.aws.missed_news import DynamoMissedNews
from functions.aws.refused_messages import DynamoRefusedMessages
from functions.aws.resolving import resolve
from functions.aws.revisions import put_over, read_item
from functions.drimbox.tls import tls_context
from functions.drimbox.transport import open_client
from functions.drimbox.webhook.receiver import Receiver
from functions.drimbox.webhook.signature import read_keys
from functions.drimbox.webhook.teller import Teller
from functions.drimbox.webhook.telling import Publishers, Telling

if TYPE_CHECKING:
    import ssl

    import httpx

    from functions.aws.settings_protocols import NamesTelling
    from functions.aws.stores import TenantStores
    from functions.drimbox.oid import Uid


class DynamoTellings:
    """Implements ``webhook.telling.Tellings`` for one tenant."""

    def __init__(self, table: str, tenant: str) -> None:
        self._table = table
        self._tenant = tenant

    def get(self, message_id: str) -> Telling:
        """Read consistently; one of revision 0 when nothing was told yet."""
        item = read_item(self._table, self._key(f"message#{message_id}"), "news")
        if item is None:
            return Telling(message_id)
        return Telling(
            message_id=message_id,
            revision=int(item["revision"]["N"]),
            sequence=int(item["sequence"]["N"]),
            digest=item["digest"]["S"],
            since=datetime.fromisoformat(item["since"]["S"]),
            ended=item["ended"]["BOOL"],
            # The former release kept none.
            missed_at=datetime.fromisoformat(item["missed_at"]["S"])
            if "missed_at" in item
            else None,
        )

    def put(self, telling: Telling) -> bool:
        """Store it unless another writer was faster. ValueError for one that has no state yet."""
        if telling.since is None:
            raise ValueError("nothing to tell")
        item: dict[str, Any] = {
            **self._key(f"message#{telling.message_id}"),
            "sequence": {"N": str(telling.sequence)},
            "digest": {"S": telling.digest},
            "since": {"S": telling.since.isoformat()},
            "ended": {"BOOL": telling.ended},
        }
        if telling.missed_at is not None:
            item["missed_at"] = {"S": telling.missed_at.isoformat()}
        return put_over(self._table, item, telling.revision, "news")

    def publishers(self, study: Uid) -> Publishers:
        """Read consistently; of revision 0 when no message joined yet."""
        item = read_item(self._table, self._key(f"study#{study}"), "news")
        if item is None:
            return Publishers(study)
        names = tuple(one["S"] for one in item["messages"]["L"])
        return Publishers(study, int(item["revision"]["N"]), names)

    def put_publishers(self, publishers: Publishers) -> bool:
        """Store them unless another writer was faster."""
        item = {
            **self._key(f"study#{publishers.study}"),
            "messages": {"L": [{"S": one} for one in publishers.messages]},
        }
        return put_over(self._table, item, publishers.revision, "news")

    def _key(self, item: str) -> dict[str, Any]:
        return {"tenant": {"S": self._tenant}, "item": {"S": item}}


def open_teller(stores: TenantStores[NamesTelling]) -> Teller:
    """Everything that tells the news of one tenant's messages."""
    settings, tenant = stores.settings, stores.slug
    return Teller(
        site=stores.site,
        refused=DynamoRefusedMessages(settings.lookups_table, tenant),
        tellings=DynamoTellings(settings.news_table, tenant),
        receiver=Receiver(
            lambda: _client(settings.tenant_anchors_secrets, tenant),
            resolve,
            tuple(settings.private_peers.split()),
        ),
        keys=lambda: read_keys(
            tenant_secrets.text(settings.webhook_secrets, tenant, tenant_secrets.WEBHOOK)
        ),
        missed=DynamoMissedNews(settings.news_table, tenant),
        untold=lambda message_id: _untold(tenant, message_id),
        in_url=settings.in_url,
        vi_url=settings.vi_url,
    )


def _untold(tenant: str, message_id: str) -> None:
    logging.warning("news given up", tenant=tenant, message_id=message_id)
    metrics.count("UntoldNews", tenant)


def _client(anchors_secrets: str, tenant: str) -> httpx.Client:
    """A client of its own for each request: it shows no certificate, and trusts the authorities
    that the site declares for its address."""
    return open_client(_trusting(tenant_secrets.anchors(anchors_secrets, tenant, "webhook")))


@lru_cache(maxsize=64)
def _trusting(anchors: str) -> ssl.SSLContext:
    """Kept: to read the authorities costs a quarter of a request, and each request has its own
    connection all the same."""
    return tls_context(anchors)
