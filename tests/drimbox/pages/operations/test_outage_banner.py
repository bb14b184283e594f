"""The banner: a sentence for each outage, the number that waits, and that nothing is to do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from functions.drimbox.operations.counting import MOST_COUNTED
from functions.drimbox.operations.outages import Needed, Outage
from functions.drimbox.pages.kit.layout import Layout
from functions.drimbox.pages.operations.area import OPERATIONS
from functions.drimbox.pages.operations.outage_banner import outage_banner
from tests.fakes.world import TENANT

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LAYOUT = Layout(OPERATIONS, "site", "Site", "fr")


def banner(*outages: Outage, waiting: int = 2) -> str:
    return outage_banner(LAYOUT, outages, waiting, TENANT.time_zone)


def test_without_outage_there_is_no_banner() -> None:
    assert banner() == ""


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        (0, None),
        (1, "1 publication en cours"),
        (2, "2 publications en cours ; rien à faire : elles repartiront seules."),
        (MOST_COUNTED + 1, "99+ publications en cours"),
    ],
)
def test_the_number_that_waits_is_told(waiting: int, told: str | None) -> None:
    shown = banner(Outage(Needed.DMP, AT), waiting=waiting)
    told_since = "Le DMP ne répond pas depuis le 24/11/2026 10:00."
    document: Any = html.fromstring(shown)
    assert told_since in document.text_content()
    assert 'datetime="2026-11-24T09:00:00+00:00"' in shown
    assert (told in shown) if told else ("en cours" not in shown)


def test_the_banner_leads_to_the_services() -> None:
    shown = banner(Outage(Needed.PACS, AT), waiting=0)
    assert 'href="/v1/tenants/site/operations/services"' in shown


def test_a_refused_identity_names_its_structure_as_text() -> None:
    shown = banner(Outage(Needed.IDENTITY, AT, "<b>"))
    assert "identité de &lt;b&gt;" in shown
