"""The white list of a test's deployment."""

from __future__ import annotations

from dataclasses import replace

from functions.aws.white_lists import DynamoWhiteLists
from tests.drimbox.consultation.source_scenes import white_list
from tests.handlers.conftest import now


def put_list(*hosts: str) -> None:
    """A list that names these hosts was verified just now."""
    kept = replace(white_list(*hosts), revision=0, checked_at=now())
    assert DynamoWhiteLists("peers").put(kept)
