"""The SQS service of the endpoint (AWS JSON protocol 1.0)."""

from __future__ import annotations

import hashlib
import json
import struct
import uuid
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final

from infra.local.aws.endpoint import json_error
from infra.local.aws.web import Request, Response
from infra.local.sqs.queues import Message, MessageStore, Queue

MAX_BATCH: Final = 10
MAX_VISIBILITY_SECONDS: Final = 43_200
MAX_WAIT_SECONDS: Final = 20


class QueueError(Exception):
    """A refusal with its SQS code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


Parameters = Mapping[str, Any]


class QueueService:
    """Answers the operations on the queues of the templates."""

    def __init__(self, queues: Mapping[str, Queue], store: MessageStore) -> None:
        self._by_url = {queue.url: queue for queue in queues.values()}
        self._by_name = {queue.name: queue for queue in queues.values()}
        self._store = store
        self._operations: Mapping[str, Callable[[Parameters], Mapping[str, Any]]] = {
            "ChangeMessageVisibility": self._prolong,
            "ChangeMessageVisibilityBatch": self._put_off,
            "DeleteMessage": self._delete,
            "GetQueueAttributes": self._attributes,
            "ListQueues": self._list,
            "PurgeQueue": self._purge,
            "ReceiveMessage": self._receive,
            "SendMessage": self._send,
        }

    def __call__(self, request: Request, body: bytes) -> Response:
        """Answer one request."""
        name = (request.header("X-Amz-Target") or "").removeprefix("AmazonSQS.")
        operation = self._operations.get(name)
        if operation is None:
            return json_error(400, "UnknownOperationException", "Not served here")
        try:
            parameters = json.loads(body or b"{}")
            answer = operation(parameters)
        except QueueError as error:
            return json_error(400, f"com.amazonaws.sqs#{error.code}", error.message)
        except (KeyError, TypeError, ValueError):
            return json_error(400, "com.amazonaws.sqs#InvalidParameterValue", "Malformed request")
        headers = (
            ("Content-Type", "application/x-amz-json-1.0"),
            ("x-amzn-RequestId", str(uuid.uuid4())),
        )
        return Response(200, headers, json.dumps(answer).encode())

    def _queue(self, parameters: Parameters) -> Queue:
        url = str(parameters["QueueUrl"])
        # A client may reach us under another host name: the path names the queue.
        queue = self._by_url.get(url) or self._by_name.get(url.rpartition("/")[2])
        if queue is None:
            raise QueueError("QueueDoesNotExist", "The specified queue does not exist.")
        return queue

    def _send(self, parameters: Parameters) -> Mapping[str, Any]:
        queue = self._queue(parameters)
        body = str(parameters["MessageBody"])
        attributes = parameters.get("MessageAttributes") or {}
        size = len(body.encode()) + len(json.dumps(attributes) if attributes else "")
        if not body or size > queue.max_message_bytes:
            raise QueueError("InvalidParameterValue", "The message is empty or too long.")
        system = {}
        if parameters.get("MessageGroupId"):
            system["MessageGroupId"] = str(parameters["MessageGroupId"])
        delay = parameters.get("DelaySeconds")
        identifier = self._store.send(
            queue, body, attributes, system, None if delay is None else float(delay)
        )
        answer = {"MessageId": identifier, "MD5OfMessageBody": md5(body.encode())}
        if attributes:
            answer["MD5OfMessageAttributes"] = attributes_md5(attributes)
        return answer

    def _receive(self, parameters: Parameters) -> Mapping[str, Any]:
        queue = self._queue(parameters)
        limit = int(parameters.get("MaxNumberOfMessages", 1))
        wait = parameters.get("WaitTimeSeconds")
        visibility = parameters.get("VisibilityTimeout")
        if not 1 <= limit <= MAX_BATCH or not 0 <= float(wait or 0) <= MAX_WAIT_SECONDS:
            raise QueueError("InvalidParameterValue", "A limit is out of range.")
        messages = self._store.receive(
            queue,
            limit,
            None if visibility is None else _visibility(visibility),
            None if wait is None else float(wait),
        )
        wanted = {
            *(parameters.get("AttributeNames") or ()),
            *(parameters.get("MessageSystemAttributeNames") or ()),
        }
        names = parameters.get("MessageAttributeNames") or ()
        return {"Messages": [_shown(one, wanted, names) for one in messages]} if messages else {}

    def _prolong(self, parameters: Parameters) -> Mapping[str, Any]:
        queue = self._queue(parameters)
        seconds = _visibility(parameters["VisibilityTimeout"])
        if not self._store.put_off(queue, str(parameters["ReceiptHandle"]), seconds):
            raise QueueError("MessageNotInflight", "The message is not in flight.")
        return {}

    def _delete(self, parameters: Parameters) -> Mapping[str, Any]:
        self._store.delete(self._queue(parameters), str(parameters["ReceiptHandle"]))
        return {}

    def _put_off(self, parameters: Parameters) -> Mapping[str, Any]:
        queue = self._queue(parameters)
        entries = parameters["Entries"]
        if not 1 <= len(entries) <= MAX_BATCH:
            raise QueueError("InvalidParameterValue", "A batch has one to ten entries.")
        answer: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        for entry in entries:
            seconds = _visibility(entry["VisibilityTimeout"])
            if self._store.put_off(queue, str(entry["ReceiptHandle"]), seconds):
                answer["Successful"].append({"Id": entry["Id"]})
            else:
                fault = {"Code": "ReceiptHandleIsInvalid", "SenderFault": True}
                answer["Failed"].append({"Id": entry["Id"], **fault})
        return answer

    def _attributes(self, parameters: Parameters) -> Mapping[str, Any]:
        queue = self._queue(parameters)
        visible, flight, delayed = self._store.counts(queue)
        attributes = {
            "ApproximateNumberOfMessages": visible,
            "ApproximateNumberOfMessagesDelayed": delayed,
            "ApproximateNumberOfMessagesNotVisible": flight,
            "DelaySeconds": int(queue.delay),
            "MaximumMessageSize": queue.max_message_bytes,
            "MessageRetentionPeriod": int(queue.retention),
            "QueueArn": queue.arn,
            "ReceiveMessageWaitTimeSeconds": int(queue.wait),
            "VisibilityTimeout": int(queue.visibility),
        }
        if queue.dead_letters is not None:
            attributes["RedrivePolicy"] = json.dumps(
                {"deadLetterTargetArn": queue.dead_letters, "maxReceiveCount": queue.max_receives}
            )
        wanted = set(parameters.get("AttributeNames") or ())
        return {
            "Attributes": {
                name: str(value)
                for name, value in attributes.items()
                if name in wanted or "All" in wanted
            }
        }

    def _list(self, parameters: Parameters) -> Mapping[str, Any]:
        prefix = str(parameters.get("QueueNamePrefix") or "")
        urls = [queue.url for name, queue in self._by_name.items() if name.startswith(prefix)]
        return {"QueueUrls": sorted(urls)}

    def _purge(self, parameters: Parameters) -> Mapping[str, Any]:
        self._store.purge(self._queue(parameters))
        return {}


def _visibility(value: Any) -> float:
    seconds = float(value)
    if not 0 <= seconds <= MAX_VISIBILITY_SECONDS:
        raise QueueError("InvalidParameterValue", "The visibility timeout is out of range.")
    return seconds


def system_attributes(message: Message) -> dict[str, str]:
    """SQS's metadata of a message."""
    return {
        "ApproximateFirstReceiveTimestamp": str(int(message.first_received * 1000)),
        "ApproximateReceiveCount": str(message.received),
        "SenderId": "local",
        "SentTimestamp": str(int(message.sent * 1000)),
        **message.system,
    }


def _shown(message: Message, wanted: set[str], names: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "MD5OfBody": md5(message.body.encode()),
    }
    attributes = {
        name: value
        for name, value in system_attributes(message).items()
        if name in wanted or "All" in wanted
    }
    if attributes:
        shown["Attributes"] = attributes
    own = {
        name: value
        for name, value in message.attributes.items()
        if name in names or "All" in names or ".*" in names
    }
    if own:
        shown["MessageAttributes"] = own
        shown["MD5OfMessageAttributes"] = attributes_md5(own)
    return shown


def attributes_md5(attributes: Mapping[str, Any]) -> str:
    """The MD5 of message attributes ("Calculating the MD5 message digest for attributes")."""
    data = b""
    for name in sorted(attributes):
        kind = str(attributes[name]["DataType"])
        data += _sized(name.encode()) + _sized(kind.encode())
        if kind.startswith("Binary"):
            data += b"\x02" + _sized(b64decode(attributes[name]["BinaryValue"]))
        else:
            data += b"\x01" + _sized(str(attributes[name]["StringValue"]).encode())
    return md5(data)


def _sized(data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + data


def md5(data: bytes) -> str:
    """An MD5 in hexadecimal digits, as SQS shows them."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
