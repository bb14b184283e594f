"""A study of a message has another state: the site's own address is told of it (decision 0086).

A ring says which message, and nothing of its state: the teller reads the state when it tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.tenants.model import Tenant


class News(Protocol):
    """The queue of the messages that have news."""

    def ring(self, message_id: str) -> None:
        """Queue the message; a second ring does no harm. Raises StorageUnavailable."""
        ...


def ring(site: Site, message_id: str) -> None:
    """Ring for a message whose new state is stored, where the site wants to be told.

    The caller is a step that is tried again when it dies: it rings again then, also where it finds
    that the state was stored before. Raises StorageUnavailable.
    """
    ring_for(site.tenant, site.news, message_id)


def ring_for(tenant: Tenant, news: News, message_id: str) -> None:
    """The same, for callers that have no site."""
    if tenant.webhook_url:
        news.ring(message_id)
