"""The requests that the gateway itself sends to a site, for the OpenAPI document of ``in``."""

from __future__ import annotations

from typing import Any, Final

from infra.examples import examples
from infra.schemas import TEXT, ref

NEWS: Final = "News"
# Standard Webhooks 1.0.0.
_HEADERS: Final = {
    "webhook-id": "The event's name: the same at each attempt. A known one is answered 2xx again.",
    "webhook-timestamp": "Seconds since 1970 at this attempt: refuse one far from your clock.",
    "webhook-signature": "One signature for each key in force, separated by a blank: `v1,` and the "
    "base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`.",
}
_ANSWERS: Final = {
    "2XX": "The site has stored the event.",
    "default": "Anything else, no answer within five seconds, or a redirect: the same event comes "
    "again, after pauses that grow up to a quarter of an hour, for three days.",
}


def webhooks() -> dict[str, Any]:
    """The section ``webhooks`` of the document (OpenAPI 3.1)."""
    return {
        "publication.changed": {
            "post": {
                "operationId": "publication_changed",
                "tags": ["webhooks"],
                "summary": "Tell the site's own address that a message has another state.",
                "description": "The site's file names the address (`webhook_url`). A state is told "
                "as it is when the event is made; `sequence` numbers the states of one message.",
                "parameters": [
                    {
                        "name": name,
                        "in": "header",
                        "required": True,
                        "description": meaning,
                        "schema": TEXT,
                    }
                    for name, meaning in _HEADERS.items()
                ],
                "requestBody": {
                    "required": True,
                    "description": "The state of one message; no patient data.",
                    "content": {
                        "application/json": {
                            "schema": ref(NEWS),
                            "examples": examples(NEWS),
                        }
                    },
                },
                "responses": {
                    status: {"description": meaning} for status, meaning in _ANSWERS.items()
                },
                "security": [],
            }
        }
    }
