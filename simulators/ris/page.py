"""A RIS's list of patients as a web page: a button on each line opens the DRIMbox for the patient.

The page is one file, to be opened from the disk; each button posts a contextual call (DRIMbox
specification 4.6.1) from the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Final

from simulators.ris.cases import CASES, Case

# Below 45rem each patient is a block of named lines; above, a line of the table.
_HEAD: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>RIS simulé</title><style>
*{box-sizing:border-box}
body{font:1rem/1.45 system-ui,sans-serif;margin:0;color:#1b1f24;background:#f4f6f8}
main{max-width:76rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;margin:0 0 .25rem}p{margin:0 0 1.25rem}
table{width:100%;border-collapse:collapse;background:#fff}
th,td{border:1px solid #c9d0d8;padding:.55rem .75rem;text-align:left;vertical-align:middle}
thead th{background:#e6ebf2}tbody th{font-weight:600}
small{display:block;font-weight:400;color:#4a5560}
form{margin:0}td:last-child{width:1%}
button{font:inherit;min-height:2.75rem;padding:.4rem 1.1rem;border:0;border-radius:.3rem;
color:#fff;background:#0b4f8a;cursor:pointer}
button:hover{background:#083d6b}button:focus-visible{outline:3px solid #f2a900;outline-offset:2px}
td[data-name="INS"],td[data-name="IPP"],td[data-name="Naissance"]{white-space:nowrap}
@media(max-width:45rem){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody{display:block;background:none}
tr{display:block;background:#fff;border:1px solid #c9d0d8;margin:0 0 1rem}
tbody th,td,td:last-child{display:block;width:auto;border:0;padding:.3rem .9rem}
tbody th{font-size:1.15rem;padding-top:.75rem}
td[data-name]:not([data-name=""])::before{content:attr(data-name) " : ";color:#4a5560}
td:last-child{padding-bottom:.9rem}button{width:100%}}
</style></head><body><main><h1>RIS simulé : patients du jour</h1>
<p>Chaque bouton fait l'appel contextuel de la DRIMbox : il ouvre, dans un nouvel onglet, la page du
professionnel avec ce patient.</p>
"""
_COLUMNS: Final = ("Patient", "Naissance", "Sexe", "INS", "IPP", "DRIMbox")
_FOOT: Final = "</main></body></html>\n"
_CONTRADICTS: Final = "autres traits sous l'INS d'un patient de cette liste"


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


def render(
    address: str,
    cases: Iterable[Case] = tuple(CASES.values()),
    notes: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The page, with one line for each patient of ``cases``; ``address`` takes the calls.

    Cases of one INS with the same strict traits are one patient: the names in use do not count.
    ``notes``: by INS, some words about the patient.
    """
    patients: dict[tuple[str, ...], Case] = {}
    for case in cases:
        patients.setdefault(_identity(case), case)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in _COLUMNS)
    rows, seen = [], set()
    for case in patients.values():
        known = case.ins in seen
        rows.append(_row(address, case, _CONTRADICTS if known else notes.get(case.ins, "")))
        seen.add(case.ins)
    return (
        f"{_HEAD}<table><thead><tr>{heads}</tr></thead><tbody>\n{''.join(rows)}</tbody></table>"
        f"{_FOOT}"
    )


def _identity(case: Case) -> tuple[str, ...]:
    """The INS and the strict traits."""
    traits = case.traits
    return (
        *(case.ins, case.ins_oid, traits.family, traits.givens),
        *(traits.birth_date, traits.sex, traits.birth_place),
    )


def _row(address: str, case: Case, note: str) -> str:
    traits = case.traits
    who = f"{traits.family} {traits.given}"
    born = traits.birth_date
    shown = (f"{born[6:]}/{born[4:6]}/{born[:4]}", traits.sex, case.ins, case.ipp)
    cells = "".join(
        f'<td data-name="{escape(name)}">{escape(text)}</td>'
        for name, text in zip(_COLUMNS[1:-1], shown, strict=True)
    )
    told = f"<small>{escape(note)}</small>" if note else ""
    fields = "".join(_fields(call(case)))
    label = escape(f"Ouvrir les examens de {who}")
    form = (
        f'<form method="post" action="{escape(address)}" target="_blank" accept-charset="utf-8">'
        f'{fields}<button aria-label="{label}">Ouvrir</button></form>'
    )
    return f'<tr><th scope="row">{escape(who)}{told}</th>{cells}<td data-name="">{form}</td></tr>\n'


def _fields(parameters: Mapping[str, str]) -> Iterator[str]:
    for name, value in parameters.items():
        yield f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
