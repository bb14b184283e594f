"""The objects that the agents of one tenant have put into the cache, as a sweep sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from functions.aws import clients
from functions.aws.faults import code_of, storage
from functions.drimbox.agents.incoming import Body
from functions.drimbox.images.cache_keys import DAYS_TAG

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GONE: Final = frozenset({"404", "NoSuchKey"})
# S3 deletes so many at once.
_AT_ONCE: Final = 1000


class S3Incoming:
    """Implements ``agents.incoming.Place``."""

    def __init__(self, bucket: str, tenant: str, folder: str) -> None:
        self._bucket = bucket
        self._prefix = f"{tenant}/{folder}"

    def all(self) -> Iterator[Body]:
        """Page after page of a thousand objects."""
        pages = clients.s3().get_paginator("list_objects_v2")
        with storage("incoming list"):
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for one in page.get("Contents", []):
                    yield Body(one["Key"], one["Size"], one["LastModified"])

    def is_kept(self, key: str) -> bool:
        """Whether it has the tag that a worker gives to an object of the cache."""
        with storage("incoming tags"):
            try:
                found = clients.s3().get_object_tagging(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if code_of(error) in _GONE:
                    return True
                raise
        return any(one["Key"] == DAYS_TAG for one in found["TagSet"])

    def erase(self, keys: Sequence[str]) -> None:
        """Delete them, a thousand at a time."""
        with storage("incoming delete"):
            for first in range(0, len(keys), _AT_ONCE):
                clients.s3().delete_objects(
                    Bucket=self._bucket,
                    Delete={
                        "Objects": [{"Key": one} for one in keys[first : first + _AT_ONCE]],
                        "Quiet": True,
                    },
                )
