"""The report cases of the national test plan, as facts: one frozen ``Case`` per letter.

Identity facts (INS, OIDs, IPP, identifiers) are those of the public test identities; every name
of a professional, title and text is our own. ``Case.fresh`` turns any case into a new, distinct
one, so that a program can send as many reports as it wants.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

Action = Literal["NW", "RO", "CA"]

STUDY_ARC: Final = "1.2.250.1.213.4.5.2.1"
CDA_ARC: Final = "1.2.250.1.213.4.5.4"
PLACER_ROOT: Final = "1.2.250.1.748.12345678.12"
ACCESSION_ROOT: Final = "1.2.250.1.925.994044.27"
FORMER_PLACER_ROOT: Final = "1.2.250.1.213.4.5.2.6"
FORMER_ACCESSION_ROOT: Final = "1.2.250.1.213.4.5.2.5"
# Any fixed value: fresh identifiers are name-based UUIDs (RFC 9562 5.5) under it.
_NAMESPACE: Final = uuid.UUID("5d8c3c0e-1c0f-5f5e-9a53-7c5b6c3f0a11")


def _derive(token: str, former: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{token}\x1f{former}")


def _fresh_uid(token: str, former: str) -> str:
    return f"2.25.{_derive(token, former).int}" if former else ""


def _fresh_number(token: str, former: str) -> str:
    """A new order or accession number; 13 characters (SH holds 16)."""
    return former[:3] + _derive(token, former).hex[:10].upper()


@dataclass(frozen=True, slots=True)
class Act:
    """The exam's codes: LOINC act, CCAM procedure, DCM modality, SNOMED CT region; code and
    label.
    """

    loinc: tuple[str, str]
    ccam: tuple[str, str]
    modality: tuple[str, str]
    region: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Traits:
    """Identity traits. ``givens``: every birth given name; ``used_*`` "" when there is none.

    ``birth_date`` is YYYYMMDD, ``birth_place`` the INSEE (COG) code.
    """

    family: str
    given: str
    givens: str
    used_family: str
    used_given: str
    birth_date: str
    sex: str
    birth_place: str
    birth_city: str


@dataclass(frozen=True, slots=True)
class Order:
    """One order: the placer's number and the accession number."""

    placer: str
    accession: str


@dataclass(frozen=True, slots=True)
class Exam:
    """One documentationOf: the Study Instance UIDs that its serviceEvent carries, and its act."""

    studies: tuple[str, ...]
    act: Act


@dataclass(frozen=True, slots=True)
class Flags:
    """The MetaDMPMSS flags (CISIS_CDA_HL7_V2), True for ``Y``."""

    masque_ps: bool = False
    invisible_patient: bool = True
    invisible_rep_legaux: bool = False
    connexion_secrete: bool = False
    modif_conf_code: bool = False
    destdmp: bool = True
    destmssanteps: bool = False
    destmssantepat: bool = False
    ack_reception: bool = False
    ack_lecture_mss: bool = False


FLAG_ORDER: Final = (
    "MASQUE_PS",
    "INVISIBLE_PATIENT",
    "INVISIBLE_REP_LEGAUX",
    "CONNEXION_SECRETE",
    "MODIF_CONF_CODE",
    "DESTDMP",
    "DESTMSSANTEPS",
    "DESTMSSANTEPAT",
    "ACK_RECEPTION",
    "ACK_LECTURE_MSS",
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a sender writes its message, where senders differ.

    ``flag_order``: OBX-3.1 codes in their order. ``flag_table``: OBX-5.3. ``local_id``: how PID-3
    carries the IPP: with its authority's OID, with a name only, or not at all. ``recipients``: the
    message also addresses MSSanté (PRT RCT and REPLY, a second document, a mail body).
    ``double_encoded``: the CDA's UTF-8 was taken for Windows-1252 and encoded again.
    ``birth_place``: PID-11's INSEE code when it is not the CDA's. ``message_time``: MSH-7 when it
    is not a date. ``repetition``: the separator between the two addresses of PID-11.
    """

    flag_order: tuple[str, ...] = FLAG_ORDER
    flag_table: str = "expandedYes-NoIndicator"
    participation_table: str = "participation"
    local_id: Literal["oid", "name", "none"] = "oid"
    recipients: bool = False
    double_encoded: bool = False
    birth_place: str = ""
    message_time: str = ""
    repetition: str = "~"


@dataclass(frozen=True, slots=True)
class ArchivedStudy:
    """A study as the PACS holds it for a case: the attributes that its DICOM objects must carry."""

    study_instance_uid: str
    accession: str
    accession_root: str
    act: Act
    ipp: str
    ipp_root: str
    traits: Traits
    started: str
    key_image_note: bool


@dataclass(frozen=True, slots=True)
class Case:
    """One report: its document, its orders, its exams, its patient and how it is sent.

    ``cda_id`` is an OID alone (the DMP takes no extension). ``archived``: the studies of the PACS,
    "" = those of the exams. ``archived_traits``: the PACS's traits when they contradict the
    report's. ``sender``: MSH-3 and MSH-4 when the case imposes them. ``screening``: one more
    documentationOf, without study, as screening reports have.
    """

    name: str
    cda_id: str
    orders: tuple[Order, ...]
    exams: tuple[Exam, ...]
    traits: Traits
    flags: Flags = field(default_factory=Flags)
    action: Action = "NW"
    set_id: str = "0B8D2C1E-6A42-4B8E-9C55-3F1D7A9E2B60"
    version: int = 1
    replaces: str = ""
    sender: tuple[str, str] | None = None
    archived: tuple[str, ...] = ()
    archived_traits: Traits | None = None
    key_image_note: bool = False
    screening: bool = False
    confidentiality: Literal["N", "R", "V"] = "N"
    ins: str = "279035121518989"
    ins_oid: str = "1.2.250.1.213.1.4.10"
    ins_status: str = "VALI"
    ipp: str = "IPP101"
    ipp_root: str = "1.2.250.1.213.4.5.2.4"
    placer_root: str = PLACER_ROOT
    accession_root: str = ACCESSION_ROOT
    started: str = "20210108102500+0100"
    ended: str = "20210108111700+0100"
    layout: Layout = field(default_factory=Layout)

    @property
    def studies(self) -> tuple[str, ...]:
        """Every Study Instance UID of the report, in the document's order."""
        return tuple(uid for exam in self.exams for uid in exam.studies)

    def archived_studies(self) -> tuple[ArchivedStudy, ...]:
        """The studies of the PACS: the nth study was made for the nth order."""
        acts = [exam.act for exam in self.exams for _ in exam.studies]
        uids = self.archived or self.studies
        return tuple(
            ArchivedStudy(
                study_instance_uid=uid,
                accession=order.accession,
                accession_root=self.accession_root,
                act=act,
                ipp=self.ipp,
                ipp_root=self.ipp_root,
                traits=self.archived_traits or self.traits,
                started=self.started,
                key_image_note=self.key_image_note,
            )
            for uid, order, act in zip(uids, self.orders, acts, strict=True)
        )

    def dated(self, at: datetime) -> Case:
        """The same case, validated at ``at`` (aware), its exam as long before as it was."""
        ended = datetime.strptime(self.ended, "%Y%m%d%H%M%S%z")
        started = at - (ended - datetime.strptime(self.started, "%Y%m%d%H%M%S%z"))
        return replace(self, started=f"{started:%Y%m%d%H%M%S%z}", ended=f"{at:%Y%m%d%H%M%S%z}")

    def fresh(self, token: str) -> Case:
        """A new case: new study UIDs, accession and order numbers, CDA id and set id.

        Everything is derived from ``token`` and the former value, so that the same token keeps
        the links between cases (G1_MAJ replaces G1 and bears on the same study) and two tokens
        never share an identifier. ValueError when ``token`` is empty.
        """
        if not token:
            raise ValueError("a fresh case needs a token")
        return replace(
            self,
            cda_id=_fresh_uid(token, self.cda_id),
            replaces=_fresh_uid(token, self.replaces),
            set_id=str(_derive(token, self.set_id)).upper(),
            orders=tuple(
                Order(_fresh_number(token, o.placer), _fresh_number(token, o.accession))
                for o in self.orders
            ),
            exams=tuple(
                replace(exam, studies=tuple(_fresh_uid(token, uid) for uid in exam.studies))
                for exam in self.exams
            ),
            archived=tuple(_fresh_uid(token, uid) for uid in self.archived),
        )


CT: Final = Act(
    ("24727-0", "CT Head W contrast IV"),
    ("ACQH004", "Scanographie du crâne et de son contenu, avec injection"),
    ("CT", "Tomodensitométrie"),
    ("774007", "structure de la tête et/ou du cou"),
)
NM: Final = Act(
    ("25007-6", "MN glande thyroïde ; incidences avec I-131 IV"),
    ("KCQL003", "Scintigraphie de la glande thyroïde"),
    ("NM", "Médecine nucléaire"),
    ("774007", "structure de la tête et/ou du cou"),
)
MR: Final = Act(
    ("24802-1", "RM genou"),
    ("NZQN001", "Remnographie [IRM] de segment du membre inférieur, sans injection"),
    ("MR", "Résonance magnétique"),
    ("61685007", "membre inférieur"),
)
XA: Final = Act(
    ("37174-0", "angiographie par fluoroscopie artères coronaires"),
    ("DDQH006", "Artériographie coronaire"),
    ("XA", "Angiographie par rayons X"),
    ("113257007", "appareil cardiovasculaire"),
)

PAT_TROIS: Final = Traits(
    family="PAT-TROIS",
    given="DOMINIQUE",
    givens="DOMINIQUE",
    used_family="PAT-TROIS",
    used_given="DOMINIQUE",
    birth_date="19790328",
    sex="F",
    birth_place="51215",
    birth_city="DOMPREMY",
)
OTHER_TRAITS: Final = replace(
    PAT_TROIS,
    family="ANS-DRIM",
    given="PatientBis",
    givens="PatientBis",
    used_family="ANS-DRIM",
    used_given="PatientBis",
    birth_date="20120125",
    sex="M",
)

SENDER_A: Final = ("ANS_HL7v2_Application_A", "ANS_HL7v2_Facility_A")
SENDER_B: Final = ("ANS_HL7v2_Application_B", "ANS_HL7v2_Facility_B")


def _nominal(name: str, number: int, act: Act) -> Case:
    """The nominal report on study …``number``: document …4NN of study …1NN."""
    return Case(
        name=name,
        cda_id=f"{CDA_ARC}.{number + 300}",
        orders=(Order(f"OPN{number}", f"ACN{number}"),),
        exams=(Exam((f"{STUDY_ARC}.{number}",), act),),
        traits=PAT_TROIS,
    )


_LETTERS: Final = {
    "A": (101, CT),
    "B": (102, MR),
    "C": (103, CT),
    "D": (104, MR),
    "E": (105, NM),
    "H": (109, CT),
    "I": (110, NM),
    "J": (111, CT),
    "K": (112, CT),
    "L": (113, CT),
    "M": (114, NM),
    "N": (115, XA),
    "O": (116, CT),
    "P": (117, CT),
    "Q": (118, MR),
    "R": (119, CT),
    "S": (120, CT),
    "T": (121, NM),
    "U": (122, CT),
    "V": (123, CT),
    "W": (124, CT),
    "X": (125, CT),
    "Y": (126, CT),
    "Z": (127, CT),
}


def _lettered() -> dict[str, Case]:
    cases = {name: _nominal(name, number, act) for name, (number, act) in _LETTERS.items()}
    cases["A"] = replace(cases["A"], key_image_note=True)
    for name, sender in {"J": SENDER_B, "K": SENDER_A, "L": SENDER_B, "S": SENDER_A}.items():
        cases[name] = replace(cases[name], sender=sender)
    # The images were made under the qualified traits; the report contradicts them.
    cases["M"] = replace(cases["M"], traits=OTHER_TRAITS, archived_traits=PAT_TROIS)
    for name in "VX":
        cases[name] = replace(cases[name], flags=Flags(ack_reception=True))
    return cases


def _two_studies() -> Case:
    """F: two orders, one serviceEvent with two ids: one report on two studies."""
    return replace(
        _nominal("F", 106, MR),
        orders=(Order("OPN107", "ACN106"), Order("OPN107", "ACN107")),
        exams=(Exam((f"{STUDY_ARC}.106", f"{STUDY_ARC}.107"), MR),),
    )


def _updates() -> dict[str, Case]:
    first = replace(_nominal("G1", 108, XA), cda_id=f"{CDA_ARC}.407")
    withdrawn = _nominal("I", 110, NM)
    return {
        "G1": first,
        "G1_MAJ": replace(
            first,
            name="G1_MAJ",
            cda_id=f"{CDA_ARC}.4072",
            version=2,
            replaces=first.cda_id,
            action="RO",
            flags=Flags(invisible_patient=False, modif_conf_code=True),
        ),
        # The order is G1's, but the report names a study that no PACS holds.
        "G2": replace(
            first,
            name="G2",
            cda_id=f"{CDA_ARC}.408",
            exams=(Exam(("1.2.3.4.5.6.7.8.9",), XA),),
            archived=first.studies,
        ),
        "I_Depublication": replace(
            withdrawn,
            name="I_Depublication",
            action="CA",
            layout=Layout(birth_place="63220"),
        ),
    }


def _variants() -> dict[str, Case]:
    """Ways of writing that other senders were seen to have; each on studies of its own."""
    masked = Flags(
        masque_ps=True,
        invisible_rep_legaux=True,
        destmssanteps=True,
        destmssantepat=True,
        ack_reception=True,
        ack_lecture_mss=True,
    )
    return {
        "MASQUE": replace(
            _nominal("MASQUE", 131, MR),
            flags=masked,
            layout=Layout(
                flag_order=(*FLAG_ORDER[3:6], *reversed(FLAG_ORDER[:3]), *FLAG_ORDER[6:]),
                flag_table="HL70136",
                participation_table="HL70912",
                local_id="name",
                recipients=True,
                repetition="\u02dc",
            ),
        ),
        "PFI": replace(
            _nominal("PFI", 132, CT),
            layout=Layout(local_id="none", message_time="Date/Time of Message"),
        ),
        "DOUBLE_UTF8": replace(
            _nominal("DOUBLE_UTF8", 133, CT),
            placer_root=FORMER_PLACER_ROOT,
            accession_root=FORMER_ACCESSION_ROOT,
            layout=Layout(double_encoded=True),
        ),
        "THREE_EXAMS": replace(
            _nominal("THREE_EXAMS", 134, CT),
            orders=tuple(Order(f"OPN{n}", f"ACN{n}") for n in (134, 135, 136)),
            exams=tuple(
                Exam((f"{STUDY_ARC}.{n}",), act) for n, act in ((134, CT), (135, MR), (136, XA))
            ),
            screening=True,
        ),
    } | {
        f"NAMES_{suffix}": replace(
            _nominal(f"NAMES_{suffix}", number, CT),
            traits=replace(PAT_TROIS, used_family=family, used_given=given),
        )
        for suffix, number, family, given in (
            ("NONE", 141, "", ""),
            ("FAMILY", 142, "PAT-TROIS", ""),
            ("GIVEN", 143, "", "DOMINIQUE"),
            ("BOTH", 144, "PAT-TROIS", "DOMINIQUE"),
        )
    }


CASES: Final[dict[str, Case]] = dict(
    sorted((_lettered() | {"F": _two_studies()} | _updates() | _variants()).items())
)

_ABOUT: Final[dict[str, str]] = {
    "A": "the PACS also holds a key image note on the study",
    "F": "one report on two studies",
    "G1": "the first version, which G1_MAJ corrects",
    "G1_MAJ": "the correction of G1: version 2, shown to the patient",
    "G2": "the report names a study that no PACS holds: it is held",
    "I": "the report that I_Depublication withdraws",
    "I_Depublication": "the withdrawal of I",
    "M": "the report's traits are not those of the images",
    "V": "acknowledgement of receipt asked for",
    "X": "acknowledgement of receipt asked for",
    "MASQUE": "masked to professionals, with MSSanté recipients",
    "PFI": "no local identifier (IPP), and MSH-7 is no date",
    "DOUBLE_UTF8": "the document's UTF-8 was encoded twice",
    "THREE_EXAMS": "one report on three exams, and a screening",
    "NAMES_NONE": "no used name",
    "NAMES_FAMILY": "a used family name alone",
    "NAMES_GIVEN": "a used given name alone",
    "NAMES_BOTH": "both used names",
}


def about(case: Case) -> str:
    """A word on the case: its difference from the others, else its modality."""
    sender = f"; sender {case.sender[0]} unless --sender is given" if case.sender else ""
    return (
        _ABOUT.get(case.name, f"a report on one study ({case.exams[0].act.modality[0]})") + sender
    )
