"""The ground of a professional's journey: histories in the DMP, and the RIS's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from infra.demo.aws import invoke
from infra.demo.elsewhere import Elsewhere
from infra.demo.layout import TENANT, Layout
from simulators.history.history import History, history
from simulators.history.load import load
from simulators.history.sites import served_at
from simulators.ris.cases import CASES
from simulators.ris.page import render

# Preset, seed and authorisation to consult. The first one is the journey's: eleven exams, one site
# down. The second one is long; the patient of the third one has authorised nobody yet.
HISTORIES: Final = (("demo", "", "valid"), ("long", "", "valid"), ("5", "accord", "absent"))
_NOTES: Final = (
    "{count} examens de cinq sites ; l'un est en panne, un autre n'est pas sur la liste blanche",
    "{count} examens",
    "{count} examens ; ce patient n'a encore autorisé personne",
)
_NATIONAL_TEST_IDENTITY: Final = "identité nationale de test ; les examens que ce RIS publie"
# Dominique EXEMPLE of the simulated Pro Santé Connect. The DMP shows a document that is masked to
# professionals to this doctor and to its author, the radiologist; not to the nurse.
TREATING_DOCTOR: Final = "810090010025"
# These come every hour, and at the start: pages would tell of nothing for an hour.
_HOURLY: Final[dict[str, dict[str, Any]]] = {
    "drimbox-refresh-white-list": {"at_once": True},
    "drimbox-check-certificates": {},
}


def first_hour(layout: Layout) -> None:
    """Fetch the white list and check the certificates: the front asks the first, pages tell of
    both."""
    for function, payload in _HOURLY.items():
        invoke(layout.home, layout.url("aws"), function, payload)


def lay_out(layout: Layout) -> History:
    """Load the histories, write the RIS's page; the history of the journey.

    Raises NotLoaded when the DMP takes no history. A second time
    changes nothing but an authorisation that was given meanwhile.
    """
    made = histories(layout)
    for one, (_, _, authorization) in zip(made, HISTORIES, strict=True):
        load(
            one.without(Elsewhere(layout).published(one)),
            layout.url("dmp"),
            layout.pki / "ca.pem",
            authorization=authorization,
            treating_doctor=TREATING_DOCTOR,
        )
    write_patients(layout, made)
    return made[0]


def histories(layout: Layout) -> tuple[History, ...]:
    """The histories of the demonstration, whose images are at this stack's own addresses."""
    sites = served_at(layout.sites())
    return tuple(history(preset, seed, sites=sites) for preset, seed, _ in HISTORIES)


def write_patients(layout: Layout, made: tuple[History, ...]) -> Path:
    """Write the simulated RIS's page, whose buttons open the professional's pages: first the
    patients of the histories.
    """
    cases = [*(one.patient.case() for one in made), *CASES.values()]
    notes = {
        one.patient.ins: note.format(count=len(one.plan.exams))
        for one, note in zip(made, _NOTES, strict=True)
    }
    notes.setdefault(CASES["C"].ins, _NATIONAL_TEST_IDENTITY)
    path = layout.home / "ris.html"
    page = render(f"{layout.url('vi')}/tenants/{TENANT}/context", cases, notes)
    path.write_text(page, encoding="utf-8")
    return path
