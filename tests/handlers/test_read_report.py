"""The first step of a publication."""

from __future__ import annotations

from typing import Any

import pytest

from functions.aws import clients
from functions.aws.entry import InternalFailure
from functions.drimbox.errors import (
    DrimboxError,
    StorageUnavailable,
)
from functions.hold_publication.handler import handler as hold_publication
from functions.prepare_series.handler import handler as prepare_series
from functions.read_report.handler import handler as read_report
from tests.handlers.conftest import CONTEXT, event
from tests.handlers.journey import STEPS


@pytest.mark.parametrize("function", [*STEPS, hold_publication])
def test_a_change_of_an_unknown_tenant_goes_nowhere(site: None, function: Any) -> None:
    change = {**event("hold_publication/held"), "tenant": "nobody"}
    with pytest.raises(DrimboxError) as raised:
        function(change, CONTEXT)
    assert raised.value.code == "absent"
    assert "Contents" not in clients.s3().list_objects_v2(Bucket="audit")


@pytest.mark.parametrize("function", [*STEPS, hold_publication, prepare_series])
@pytest.mark.parametrize("field", ["tenant", "study_instance_uid"])
def test_a_state_that_lacks_a_field_is_an_internal_failure(
    site: None, function: Any, field: str
) -> None:
    change = event("hold_publication/held")
    del change[field]
    with pytest.raises(InternalFailure, match=r"^KeyError$"):
        function(change, CONTEXT)


def test_a_message_that_is_not_in_the_inbox_is_not_read(site: None) -> None:
    with pytest.raises(StorageUnavailable):
        read_report(event("read_report/change"), CONTEXT)
