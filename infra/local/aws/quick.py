"""Moto, spared the work that it does again at every call: half of the local platform's time.

Each execution parses its machine's definition and every path anew, and each answer goes through a
serializer that makes up several spellings of each name and guesses the form of each time. Each
request looks for its service among the folders of moto on the disk, and for its operation among
all members of a class.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final

from moto.core import responses, serialize
from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import AttributePickerContext, XFormedAttributePicker
from moto.dynamodb.responses import DynamoResult
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import json_path

_PATHS: Final = 4096
_MACHINES: Final = 64
_HOSTS: Final = 64
_OF_ITEMS: Final = frozenset(
    {
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "Query",
        "Scan",
        "BatchGetItem",
        "TransactGetItems",
    }
)


def install() -> None:
    """From now on, in this process."""
    paths: Any = json_path
    paths.parse = lru_cache(_PATHS)(paths.parse)
    parser: Any = AmazonStateLanguageParser
    parser.parse = staticmethod(_reading_once(parser.parse))
    dispatcher: Any = DomainDispatcherApplication
    dispatcher.get_backend_for_host = lru_cache(_HOSTS)(dispatcher.get_backend_for_host)
    install_answers()


def install_answers() -> None:
    """The part that is about answers alone, whoever asks for them."""
    items: Any = DynamoResult
    items.execute_result = _serialized
    picker: Any = XFormedAttributePicker
    picker.get_possible_keys = _spelling_once(picker.get_possible_keys)
    times: Any = serialize
    times.parse_to_aware_datetime = _reading_iso(times.parse_to_aware_datetime)
    answers: Any = responses
    answers.method_names_from_class = cache(answers.method_names_from_class)


def _reading_once(parse: Callable[[str], tuple[Any, Any]]) -> Callable[[str], tuple[Any, Any]]:
    @lru_cache(_MACHINES)
    def tree(definition: str) -> Any:
        return parse(definition)[1]

    def parsed(definition: str) -> tuple[Any, Any]:
        """Components of its own, which hold the state of one execution, and the shared tree."""
        return Preprocessor().visit(tree(definition)), tree(definition)

    return parsed


def _reading_iso(parse: Callable[[Any], datetime]) -> Callable[[Any], datetime]:
    def moment(value: Any) -> datetime:
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        return parse(value) if found is None or found.tzinfo is None else found

    return moment


def _spelling_once(
    spellings: Callable[[Any, AttributePickerContext], Iterable[str]],
) -> Callable[[Any, AttributePickerContext], Iterable[str]]:
    def kept(self: Any, context: AttributePickerContext) -> Iterable[str]:
        kind = type(context.obj)
        if context.shape is None or hasattr(kind, "Meta"):
            return spellings(self, context)
        # The shape lives as long as the model of its service.
        known = vars(context.shape).setdefault("spellings", {})
        name = (context.key, kind)
        if name not in known:
            known[name] = tuple(spellings(self, context))
        found: tuple[str, ...] = known[name]
        return found

    return kept


def _serialized(self: DynamoResult, context: ActionContext) -> Any:
    """Items have the shape of their JSON already, but for bytes (DynamoDB "AttributeValue")."""
    if context.operation_model.name not in _OF_ITEMS:
        return ActionResult.execute_result(self, context)
    body = json.dumps(self.result, default=_in_base64)
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, body


def _in_base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")
