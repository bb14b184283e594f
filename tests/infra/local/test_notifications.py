"""infra.local.aws.notifications, asked by botocore as a function asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.aws.notifications import NotificationService
from infra.local.aws.web import Request, Response, WebServer

TOPIC = "arn:aws:sns:eu-west-3:123456789012:alarms"


@pytest.fixture
def sns(tmp_path: Path) -> Iterator[Any]:
    service = NotificationService([TOPIC], tmp_path / "alerts.jsonl")

    def application(request: Request) -> Response:
        return service(request, request.body.read(1 << 20))

    server = WebServer(0, application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield boto3.client(
        "sns",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name="eu-west-3",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(retries={"max_attempts": 1, "mode": "standard"}),
    )
    server.shutdown()
    server.server_close()


def test_a_notification_is_a_line_that_a_person_can_read(sns: Any, tmp_path: Path) -> None:
    answer = sns.publish(TopicArn=TOPIC, Subject="demo: opened", Message="Retenu : é\n<&>")
    assert answer["MessageId"]
    (line,) = (tmp_path / "alerts.jsonl").read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["subject"], told["message"]) == ("demo: opened", "Retenu : é\n<&>")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"TopicArn": TOPIC + "x"}, "NotFound"),
        ({"Subject": "x" * 101}, "InvalidParameter"),
        ({"Subject": "é"}, "InvalidParameter"),
        ({"Message": "x" * 262_145}, "InvalidParameter"),
    ],
)
def test_a_notification_that_sns_refuses_is_refused(
    sns: Any, tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        sns.publish(**{"TopicArn": TOPIC, "Subject": "s", "Message": "m", **changes})
    assert refused.value.response["Error"]["Code"] == code
    assert not (tmp_path / "alerts.jsonl").exists()


def test_another_action_is_not_served(sns: Any) -> None:
    with pytest.raises(ClientError, match="InvalidAction"):
        sns.list_topics()
