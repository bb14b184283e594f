"""SNS: a notification goes to a file that a person can read, and to nobody else."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from infra.local.aws.query_answers import QueryAnswers
from infra.local.aws.web import Request, Response

NAMESPACE: Final = "http://sns.amazonaws.com/doc/2010-03-31/"
_ANSWERS: Final = QueryAnswers(NAMESPACE)
SUBJECT_CHARACTERS: Final = 100
MESSAGE_BYTES: Final = 256 * 1024


class NotificationService:
    """Answers ``Publish`` on the topics of the templates; each notification is a line of JSON."""

    def __init__(self, topics: Collection[str], path: Path) -> None:
        self._topics = frozenset(topics)
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, _: Request, body: bytes) -> Response:
        """Answer one request of the query protocol."""
        asked = dict(parse_qsl(body.decode(), keep_blank_values=True))
        subject, message = asked.get("Subject", ""), asked.get("Message", "")
        if asked.get("Action") != "Publish":
            return _ANSWERS.error(400, "InvalidAction", "not served here")
        if asked.get("TopicArn") not in self._topics:
            return _ANSWERS.error(404, "NotFound", "Topic does not exist")
        plain = subject.isascii() and subject.isprintable() and len(subject) <= SUBJECT_CHARACTERS
        if not plain or not message or len(message.encode()) > MESSAGE_BYTES:
            return _ANSWERS.error(400, "InvalidParameter", "Invalid parameter: Subject or Message")
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "topic": asked["TopicArn"],
            "subject": subject,
            "message": message,
        }
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        found = f"<PublishResult><MessageId>{uuid.uuid4()}</MessageId></PublishResult>"
        return _ANSWERS.document(200, "PublishResponse", found)
