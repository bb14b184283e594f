"""A site behind an agent, over the whole stack: MLLP in, a manifest out, and its images."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pydicom
import pytest

from simulators.ris.cases import CASES, Case
from simulators.ris.messages import message
from tests.flows.exams import ask, named, parts
from tests.flows.far_site import FarSite, far_site, listening
from tests.flows.neighbours import FAR, FAR_SENDER
from tests.flows.stack import PATIENCE, LocalStack, wait_for


@pytest.fixture
def site(stack: LocalStack, tmp_path: Path) -> Iterator[FarSite]:
    with far_site(stack, tmp_path) as made:
        yield made


def sent(site: FarSite, case: Case) -> None:
    """The RIS sends the report, and hears AA."""
    raw = message(case, control_id=uuid4().hex[:20], at=datetime.now(UTC), sender=FAR_SENDER)
    assert b"MSA|AA" in site.send(raw), site.told


def manifest(stack: LocalStack, site: FarSite, case: Case) -> dict[str, Any]:
    """The study\'s entry in the DMP, once it is there."""
    study = case.studies[0]
    wait_for(lambda: stack.documents(study), PATIENCE, "the manifest", lambda: site.told[-3000:])
    (document,) = stack.documents(study)
    return document


def test_a_site_behind_an_agent_publishes_and_serves(stack: LocalStack, site: FarSite) -> None:
    case = CASES["C"].fresh(uuid4().hex)
    stack.store(case)
    told = site.check()
    for words in ("The gateway knows this agent.", "The clock is right.", "The PACS answers a"):
        assert words in told
    site.start()
    sent(site, case)
    exam = named(stack, case, manifest(stack, site, case))
    for series, objects in exam.series.items():
        answer = ask(stack, exam, series=series, tenant=FAR)
        assert answer.status_code == 200, answer.text
        found = {str(pydicom.dcmread(BytesIO(one)).SOPInstanceUID) for one in parts(answer)}
        assert found == set(objects)
    assert site.process is not None
    # 127.0.0.1, as the kernel writes it: nothing listens to the outside.
    assert listening(site.process.pid) == {"0100007F"}
    site.stop()
    for secret in (case.ipp, case.ins, case.traits.family):
        assert secret not in site.told
