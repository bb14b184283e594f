"""Custom resources: a function makes each of them, as CloudFormation has it made.

A file remembers those that were made, so that a restart asks for the changes alone: a new one is
created, a changed one updated, and one that is not in the templates any more is deleted.
"""

from __future__ import annotations

import json
import queue
import threading
import uuid
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final, cast

from infra.local.functions.pool import FunctionPool, ThrottledError, UnknownFunctionError
from infra.local.install import write_private
from infra.local.template import Deployment, function_name

KIND: Final = "Custom::"
ANSWER_SECONDS: Final = 60.0


class CustomResourceError(Exception):
    """A function did not make its resource; the message says which and why."""


class CustomResources:
    """Makes what the templates ask for; ``file`` remembers it."""

    def __init__(
        self, file: Path, functions: FunctionPool, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._file = file
        self._functions = functions
        self._answer_seconds = answer_seconds

    def apply(self, deployment: Deployment) -> int:
        """Ask for each change; how many there were.

        Raises:
            CustomResourceError: a function failed, or gave no answer in time.
        """
        made: dict[str, Any] = {}
        if self._file.exists():
            made = json.loads(self._file.read_bytes())
        count = 0
        for request in list(_requests(deployment, made)):
            count += 1
            physical = self._ask(request)
            if request["RequestType"] == "Delete":
                del made[request["Place"]]
            else:
                facts = {name: request[name] for name in ("ResourceType", "ResourceProperties")}
                made[request["Place"]] = {**facts, "PhysicalResourceId": physical}
            write_private(self._file, json.dumps(made).encode())
        return count

    def _ask(self, request: Mapping[str, Any]) -> str:
        """Call the resource's function, and wait for its answer; the resource's physical id."""
        with _Listener() as listener:
            event = {
                **request,
                "ResponseURL": listener.url,
                "RequestId": str(uuid.uuid4()),
                "StackId": f"arn:aws:cloudformation:local:0:stack/{request['Place']}",
                "LogicalResourceId": request["Place"].rpartition("/")[2],
            }
            function = function_name(str(request["ResourceProperties"]["ServiceToken"]))
            try:
                self._functions.invoke(function, json.dumps(event).encode())
                answer = listener.answers.get(timeout=self._answer_seconds)
            except (UnknownFunctionError, ThrottledError, queue.Empty) as error:
                raise CustomResourceError(
                    f"{request['Place']}: {function} gave no answer"
                ) from error
        if answer.get("Status") != "SUCCESS" or answer.get("RequestId") != event["RequestId"]:
            raise CustomResourceError(f"{request['Place']}: {answer.get('Reason')}")
        return str(answer["PhysicalResourceId"])


def _requests(deployment: Deployment, made: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    wanted = {one.place: one for one in deployment.resources if one.type.startswith(KIND)}
    for place, resource in wanted.items():
        former = made.get(place)
        if former is None or former["ResourceProperties"] != dict(resource.properties):
            yield {
                "RequestType": "Update" if former else "Create",
                "Place": place,
                "ResourceType": resource.type,
                "ResourceProperties": dict(resource.properties),
                **({"PhysicalResourceId": former["PhysicalResourceId"]} if former else {}),
            }
    for place in made.keys() - wanted.keys():
        yield {"RequestType": "Delete", "Place": place, **made[place]}


class _Answers(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        taken = cast(_Listener, self.server).takes(body)
        self.send_response(200 if taken else 400)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the outcome is told elsewhere."""


class _Listener(HTTPServer):
    """Where one function answers, in the place of the signed address of the cloud."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.url = f"http://127.0.0.1:{self.server_port}/{uuid.uuid4()}"

    def takes(self, body: bytes) -> bool:
        try:
            answer = json.loads(body)
        except ValueError:
            return False
        if not isinstance(answer, dict):
            return False
        self.answers.put(answer)
        return True

    def __enter__(self) -> _Listener:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
