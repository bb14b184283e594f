"""The rights that a request for objects needs where a loan asks: each header may need its own.

("Required permissions for Amazon S3 API operations"; "Actions, resources, and condition keys for
Amazon S3".)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from infra.local.aws.web import Request
from infra.local.s3.headers import TAGGING

COPY_SOURCE: Final = "x-amz-copy-source"
_ENCRYPTION: Final = "x-amz-server-side-encryption"
_KEY: Final = f"{_ENCRYPTION}-aws-kms-key-id"
# Headers that do more to an object than to write it.
_OF_HEADERS: Final[Mapping[str, str]] = {
    TAGGING: "s3:PutObjectTagging",
    "x-amz-acl": "s3:PutObjectAcl",
    **{
        f"x-amz-grant-{one}": "s3:PutObjectAcl"
        for one in ("full-control", "read", "read-acp", "write", "write-acp")
    },
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-retain-until-date": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
    "x-amz-bypass-governance-retention": "s3:BypassGovernanceRetention",
}


class Need(NamedTuple):
    """A right: the action, the ARN of its resource, and the alias where that is a key."""

    action: str
    resource: str
    alias: str = ""


def needs(request: Request, action: str, resource: str, *, encrypts: bool) -> Iterator[Need]:
    """The rights for ``action`` on ``resource``, asked so. ``encrypts``: the request names the key
    of a new object.
    """
    yield Need(action, resource)
    for name, more in _OF_HEADERS.items():
        if request.header(name) is not None:
            yield Need(more, resource)
    source = request.header(COPY_SOURCE)
    if source is not None:
        place = unquote(source.partition("?")[0]).removeprefix("/")
        yield Need("s3:GetObject", f"arn:aws:s3:::{place}")
    if encrypts:
        yield _of_key(request)


def _of_key(request: Request) -> Need:
    """Without a name the bucket's own key encrypts, which is no tenant's."""
    named = request.header(_KEY) if request.header(_ENCRYPTION) == "aws:kms" else None
    place, _, alias = (named or "none").partition(":alias/")
    if not alias:
        return Need("kms:GenerateDataKey", place)
    return Need("kms:GenerateDataKey", f"{place}:key/of-alias", f"alias/{alias}")
