"""The VIHF of a publication speaks in the legal authenticator's name, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.drimbox.errors import (
    Held,
)
from functions.drimbox.publication.change import Change
from functions.drimbox.publication.steps.submission import Submission
from functions.drimbox.publication.vihf_facts import vihf_facts
from tests.fakes.world import LPS, TENANT, World


def test_an_author_whose_profession_is_not_said_cannot_speak(world: World, change: Change) -> None:
    report = Submission.begin(world.site, change).report
    document = report.document
    author = replace(document.legal_authenticator, profession="")
    silent = replace(report, document=replace(document, legal_authenticator=author))
    assert vihf_facts(report, TENANT.structures[0], LPS).mode.value
    with pytest.raises(Held) as raised:
        vihf_facts(silent, TENANT.structures[0], LPS)
    assert (raised.value.code, raised.value.detail) == (
        "incomplete_report",
        "profession is missing",
    )
