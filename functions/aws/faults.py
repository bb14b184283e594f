"""AWS errors as the library's errors: nothing of botocore crosses this border."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.drimbox.errors import StorageUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator


def code_of(error: ClientError) -> str:
    """The service's own error code (``NoSuchKey``, ``ConditionalCheckFailedException``…)."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def storage(what: str) -> Iterator[None]:
    """Turn any AWS error of the block into StorageUnavailable; ``what`` names the call."""
    try:
        yield
    except ClientError as error:
        raise StorageUnavailable(f"{what}: {code_of(error)}") from None
    except BotoCoreError as error:
        raise StorageUnavailable(f"{what}: {type(error).__name__}") from None
