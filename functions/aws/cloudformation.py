"""The answer of a custom resource's function to CloudFormation ("Custom resource response")."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from functions.drimbox.errors import ConfigurationError, StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS: Final = 5
_TRIES: Final = 3


def answer(event: Mapping[str, Any], physical_id: str, *, fault: str = "") -> None:
    """Tell CloudFormation that the resource ``physical_id`` is as it asks, or the ``fault`` why it
    is not. Until then the deployment waits. Raises StorageUnavailable where nobody takes it.
    """
    url = str(event["ResponseURL"])
    if urlsplit(url).scheme not in {"https", "http"}:
        raise ConfigurationError("the answer's address")
    said = {
        "Status": "FAILED" if fault else "SUCCESS",
        "Reason": fault,
        "PhysicalResourceId": physical_id,
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The address is signed without a type.
    request = Request(url, json.dumps(said).encode(), {"Content-Type": ""}, method="PUT")  # noqa: S310
    for _ in range(_TRIES):
        try:
            with urlopen(request, timeout=_SECONDS):  # noqa: S310  # its scheme is one of the two
                return
        except (OSError, HTTPException):
            continue
    raise StorageUnavailable("the answer to CloudFormation")
