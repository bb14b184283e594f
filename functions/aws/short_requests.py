"""Requests of AWS whose parameters go as they are: into JSON, or into the headers of an object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(slots=True)
class ShortSerializer:
    """Stands before botocore's serializer, ``whole``, for the operations ``short``."""

    whole: Any
    short: frozenset[str]
    _known: dict[str, _Json | _Object] = field(default_factory=dict)

    def serialize_to_request(self, params: Mapping[str, Any], model: Any) -> dict[str, Any]:
        """The request as botocore describes it to itself; its own, where ours is not sure."""
        if model.name in self.short:
            if model.name not in self._known:
                self._known[model.name] = self._form(model)
            request = self._known[model.name].request(params)
            if request is not None:
                return request
        whole: dict[str, Any] = self.whole.serialize_to_request(params, model)
        return whole

    def _form(self, model: Any) -> _Json | _Object:
        if model.service_model.resolved_protocol == "json":
            return _Json(self.whole.serialize_to_request({}, model))
        return _Object(model)


class _Json:
    """An operation whose body is its parameters.

    botocore looks at each value by its model, and makes another of times and bytes alone. Those are
    no JSON.
    """

    def __init__(self, empty: dict[str, Any]) -> None:
        self._empty = empty

    def request(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        try:
            body = json.dumps(params).encode()
        except TypeError:
            return None
        return {**self._empty, "headers": dict(self._empty["headers"]), "body": body}


class _Object:
    """An operation on one object of S3: texts in headers, and a body."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._headers = {
            name: member.serialization["name"]
            for name, member in model.input_shape.members.items()
            if member.serialization.get("location") == "header" and member.type_name == "string"
        }

    def request(self, params: Mapping[str, Any]) -> dict[str, Any] | None:
        texts = {name: value for name, value in params.items() if name not in _PLACES}
        # botocore takes the bucket out of the model's path: the address has it.
        is_known = self._model.http["requestUri"] == "/{Key+}" and params.get("Key")
        if not is_known or not texts.keys() <= self._headers.keys() or None in params.values():
            return None
        return {
            "url_path": "/" + quote(params["Key"].encode(), safe="/~"),
            "query_string": {},
            "method": self._model.http["method"],
            "headers": {self._headers[name]: value for name, value in texts.items()},
            "body": params.get("Body", b""),
        }


_PLACES: Final = frozenset({"Bucket", "Key", "Body"})
