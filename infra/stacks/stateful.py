"""Resources that outlive every deployment: keys, buckets, tables, queues, platform secrets."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.shared.deployment import Deployment
from infra.shared.keys import Keys
from infra.shared.names import PLATFORM_SECRETS
from infra.shared.queue import (
    AGENT_LETTERS_TIMEOUT_SECONDS,
    CONSUMER_TIMEOUT_SECONDS,
    FILL_TIMEOUT_SECONDS,
    NEWS_TIMEOUT_SECONDS,
    TICK_TIMEOUT_SECONDS,
    UPLOAD_TIMEOUT_SECONDS,
    MessageQueue,
)
from infra.shared.secrets import placeholder_secret
from infra.shared.storage import Buckets
from infra.shared.tables import Tables


class StatefulStack(Stack):
    """Kept when the stack is deleted; every other stack can be made anew over it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, termination_protection=True, **props)
        self.keys = Keys(self)
        self.buckets = Buckets(self, deployment, self.keys.data, audit_key=self.keys.audit)
        self.tables = Tables(self, self.keys.data)
        self.messages = MessageQueue(self, "messages", self.keys.data, CONSUMER_TIMEOUT_SECONDS)
        self.uploads = MessageQueue(self, "uploads", self.keys.data, UPLOAD_TIMEOUT_SECONDS)
        self.fill_jobs = MessageQueue(self, "fill_jobs", self.keys.data, FILL_TIMEOUT_SECONDS)
        self.ticks = MessageQueue(self, "ticks", self.keys.data, TICK_TIMEOUT_SECONDS)
        self.news = MessageQueue(self, "news", self.keys.data, NEWS_TIMEOUT_SECONDS)
        self.agent_letters = MessageQueue(
            self, "agent_letters", self.keys.data, AGENT_LETTERS_TIMEOUT_SECONDS
        )
        self.secrets = {
            name: placeholder_secret(self, name, self.keys.data) for name in PLATFORM_SECRETS
        }
