"""A RIS's list of patients as a web page: a button on each line opens the DRIMbox for the patient.

The page is one file, to be opened from the disk; each button posts a contextual call (DRIMbox
specification 4.6.1) from the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Final

from simulators.ris.cases import CASES, Case

_HEAD: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>RIS simulé</title><style>
body{font:15px/1.4 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}
th,td{border:1px solid #bbb;padding:.3rem .6rem;text-align:left}th{background:#eef}form{margin:0}
main{overflow-x:auto}
</style></head><body><main><h1>RIS simulé : patients du jour</h1>
<p>Chaque bouton fait l'appel contextuel de la DRIMbox.</p>
"""
_COLUMNS: Final = ("IPP", "INS", "Nom", "Prénom", "Naissance", "Sexe", "DRIMbox")
_FOOT: Final = "</main></body></html>\n"


def call(case: Case) -> dict[str, str]:
    """The parameters of the contextual call for the patient of ``case``."""
    traits = case.traits
    return {
        "Patient.identifier.value": case.ins,
        "Patient.identifier.system": case.ins_oid,
        "Patient.name.family": traits.family,
        "Patient.name.given": traits.given,
        "Patient.gender": traits.sex,
        "Patient.birthDate": traits.birth_date,
        "Address.district": traits.birth_place,
        "InformationEtConsentement": "true",
        "PatientID": case.ipp,
        "PatientIDIssuer": f"&{case.ipp_root}&ISO",
    }


def render(address: str, cases: Iterable[Case] = tuple(CASES.values())) -> str:
    """The page, with one line for each patient of ``cases``; ``address`` takes the calls."""
    patients = {(case.ins, case.traits): case for case in cases}
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in _COLUMNS)
    rows = "".join(_row(address, case) for case in patients.values())
    return f"{_HEAD}<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>{_FOOT}"


def _row(address: str, case: Case) -> str:
    traits = case.traits
    shown = (case.ipp, case.ins, traits.family, traits.given, traits.birth_date, traits.sex)
    cells = "".join(f"<td>{escape(text)}</td>" for text in shown)
    fields = "".join(_fields(call(case)))
    label = escape(f"Ouvrir les examens de {traits.family} {traits.given}")
    form = (
        f'<form method="post" action="{escape(address)}" target="_blank" accept-charset="utf-8">'
        f'{fields}<button aria-label="{label}">Ouvrir</button></form>'
    )
    return f"<tr>{cells}<td>{form}</td></tr>\n"


def _fields(parameters: Mapping[str, str]) -> Iterator[str]:
    for name, value in parameters.items():
        yield f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
