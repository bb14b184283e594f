"""The patient whom a document names, compared with the patient of the page.

A document is anybody's, of any year, so that it is read more leniently than those that we publish;
the comparison is strict. One trait that differs, or a document that does not say who its patient
is, and nothing of it is shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from functions.drimbox.identity.ins import is_ins_oid
from functions.drimbox.identity.traits import plain_name
from functions.drimbox.report.cda_xml import V3
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml import etree

    from functions.drimbox.dmp.registry import DocumentEntry
    from functions.drimbox.identity.ins import Ins

# Without these nobody can tell whose document it is.
NEEDED: Final = ("birth_family", "birth_given", "birth_date")
_DATE: Final = re.compile(r"[0-9]{8}")
# HL7 AdministrativeGender; UN (undifferentiated) is DICOM's O, U is unknown and says nothing.
_SEXES: Final = {"M": "M", "F": "F", "UN": "O", "O": "O"}
# Two given names are apart where a blank is, never at a hyphen: MARIE is not MARIE-CLAIRE.
_HYPHEN: Final = re.compile(r"\s*[-\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d]\s*")
_PID: Final = re.compile(r"PID-([0-9]{1,2})\|(.*)", re.DOTALL)


class KnownPatient(Protocol):
    """The patient whom the reader means, as :class:`.context.CallContext` tells one."""

    @property
    def ins(self) -> Ins:
        """The matricule and its OID."""
        ...

    @property
    def birth_family(self) -> str:
        """The birth name."""
        ...

    @property
    def birth_given(self) -> str:
        """The first birth given name."""
        ...

    @property
    def birth_date(self) -> str:
        """YYYYMMDD."""
        ...

    @property
    def sex(self) -> str:
        """M, F, O or U."""
        ...

    @property
    def birth_place(self) -> str:
        """An INSEE (COG) code, "" where nobody told it."""
        ...


@frozen
class DocumentPatient:
    """The traits that a document gives; "" or empty for one that it does not have.

    ``ins`` are the matricules with their OIDs, ``birth_families`` the birth names,
    ``birth_givens`` the birth given names, each as one text.
    """

    ins: frozenset[tuple[str, str]] = frozenset()
    birth_families: tuple[str, ...] = ()
    birth_givens: tuple[str, ...] = ()
    birth_date: str = ""
    sex: str = ""
    birth_place: str = ""

    def __repr__(self) -> str:
        return "DocumentPatient(…)"


@frozen
class Comparison:
    """``different`` are the traits that contradict the page's patient; ``untold`` those that the
    document does not give."""

    different: tuple[str, ...]
    untold: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the document may be shown."""
        return not self.different and not set(NEEDED).intersection(self.untold)


def compare(document: DocumentPatient, context: KnownPatient) -> Comparison:
    """The document's patient beside the reader's, trait by trait."""
    family, given = plain_name(context.birth_family), plain_name(context.birth_given)
    ours = (context.ins.value, str(context.ins.oid))
    same_ins = document.ins == {ours} if document.ins else None
    sexes = {document.sex, context.sex} - {"", "U"}
    agreed: dict[str, bool | None] = {
        "ins": same_ins,
        "birth_family": _all(plain_name(one) == family for one in document.birth_families),
        "birth_given": _all(_is_first(one, given, same_ins) for one in document.birth_givens),
        "birth_date": document.birth_date == context.birth_date if document.birth_date else None,
        "sex": len(sexes) == 1 if document.sex else None,
        "birth_place": document.birth_place == context.birth_place.upper()
        if document.birth_place and context.birth_place
        else None,
    }
    return Comparison(
        tuple(trait for trait, same in agreed.items() if same is False),
        tuple(trait for trait, same in agreed.items() if same is None),
    )


def split(
    entries: Iterable[DocumentEntry], context: KnownPatient
) -> tuple[tuple[DocumentEntry, ...], int]:
    """The entries that do not contradict the page's patient, and the number of those that do.

    An entry without traits contradicts nobody: the DMP gave it under the patient's INS.
    """
    listed = list(entries)
    # The entries of one author say the same: each wording is compared once.
    contradicts = {
        told: bool(compare(of_entry(told), context).different)
        for told in {one.source_patient_info for one in listed}
    }
    own = tuple(one for one in listed if not contradicts[one.source_patient_info])
    return own, len(listed) - len(own)


def _all(agreed: Iterable[bool]) -> bool | None:
    """None for nothing to compare."""
    listed = list(agreed)
    return all(listed) if listed else None


def _is_first(names: str, first: str, same_ins: bool | None) -> bool:
    """Whether ``names`` are the first given name; some documents write all of them in one element,
    the first one first.

    Twins may be MARIE and MARIE CLAIRE: without an INS to tell them apart, the whole is compared.
    """
    if same_ins is None:
        return plain_name(names) == first
    apart = _HYPHEN.sub("-", names).split()
    return any(plain_name(" ".join(apart[:end])) == first for end in range(1, len(apart) + 1))


def of_cda(root: etree._Element) -> DocumentPatient:
    """The patient of a ClinicalDocument; without any trait where it has not exactly one."""
    roles = root.findall(_path("recordTarget", "patientRole"))
    if len(roles) != 1:
        return DocumentPatient()
    role = roles[0]
    identifiers = (
        (one.get("extension", "").strip(), one.get("root", "").strip())
        for one in role.iterfind(_path("id"))
    )
    person = _path("patient")
    birth = role.find(f"{person}/{_path('birthTime')}")
    gender = role.find(f"{person}/{_path('administrativeGenderCode')}")
    place = role.findtext(f"{person}/{_path('birthplace', 'place', 'addr', 'county')}")
    return DocumentPatient(
        ins=frozenset((value, oid) for value, oid in identifiers if is_ins_oid(oid)),
        birth_families=tuple(_names(role, "family")),
        birth_givens=tuple(_names(role, "given"))[:1],
        birth_date=_date("" if birth is None else birth.get("value", "")),
        sex=_SEXES.get("" if gender is None else gender.get("code", ""), ""),
        birth_place=(place or "").strip().upper(),
    )


def _names(role: etree._Element, part: str) -> Iterator[str]:
    """The parts qualified as those of birth (BR); without any, those without qualifier."""
    found = [
        (one.get("qualifier", "").split(), (one.text or "").strip())
        for one in role.iterfind(_path("patient", "name", part))
    ]
    for wanted in (["BR"], []):
        chosen = [
            text
            for qualifiers, text in found
            if text and (set(wanted) <= set(qualifiers) if wanted else not qualifiers)
        ]
        if chosen:
            yield from chosen
            return


def of_entry(source_patient_info: Iterable[str]) -> DocumentPatient:
    """The patient of a document that holds no traits itself, from its entry (PID segments)."""
    told = {found[1]: found[2] for line in source_patient_info if (found := _PID.fullmatch(line))}
    names = [[*one.split("^"), *[""] * 7] for one in told.get("5", "").split("~")]
    # The name of birth is of type L (HL7 table 0200), wherever it stands beside a used one (D).
    name = next((one for one in names if one[6].strip() == "L"), names[0])
    return DocumentPatient(
        birth_families=(name[0],) if name[0].strip() else (),
        birth_givens=(name[1],) if name[1].strip() else (),
        birth_date=_date(told.get("7", "")),
        sex=_SEXES.get(told.get("8", ""), ""),
    )


def _date(value: str) -> str:
    found = _DATE.match(value.strip())
    return found[0] if found else ""


def _path(*names: str) -> str:
    return "/".join(f"{{{V3}}}{name}" for name in names)
