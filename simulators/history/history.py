"""A whole history: the patient, and every document with its entry, ready for the simulated DMP."""

from __future__ import annotations

import base64
import json
import random
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from simulators.history import entries, kos, report
from simulators.history.entries import Facts
from simulators.history.plan import Exam, Plan, Report, State, plan
from simulators.history.showcase import SHOWCASE
from simulators.history.sites import SITES, Site
from simulators.ris.cases import CASES, Case, Traits

_MANIFEST: Final = f'nodeRepresentation="{entries.MANIFEST.type_code[0]}"'
INS_OID: Final = "1.2.250.1.213.1.4.10"
UNTIL: Final = date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Preset:
    """How many exams in how many years."""

    exams: int
    years: int


PRESETS: Final = {"demo": Preset(11, 9), "long": Preset(137, 18), "huge": Preset(1000, 40)}
_FAMILIES: Final = ("VALMONDOIS", "PERRAUDEL", "KERDREUX", "MASSIGNAC", "OULDRICH", "TERRASSIER")
_GIVENS: Final = {
    "F": ("SOLÈNE", "MARGUERITE", "AÏDA", "BRUNE"),
    "M": ("GASPARD", "ANSELME", "IDRIS", "LÉOPOLD"),
}
_TOWNS: Final = (("51215", "DOMPREMY"), ("63220", "MONTPEYROUX"), ("29019", "BREST"))


@dataclass(frozen=True, slots=True)
class Patient:
    """An invented patient with an INS of the test authority."""

    ins: str
    ins_oid: str
    ipp: str
    traits: Traits

    def case(self) -> Case:
        """A report's case of this patient: for the RIS's page and for one more publication."""
        return replace(
            CASES["C"], ins=self.ins, ins_oid=self.ins_oid, ipp=self.ipp, traits=self.traits
        )


@dataclass(frozen=True, slots=True)
class Document:
    """``entry`` is a rim:ExtrinsicObject as XML."""

    entry: str
    content: bytes


@dataclass(frozen=True, slots=True)
class History:
    """``documents`` oldest first, as they were published."""

    patient: Patient
    plan: Plan
    documents: tuple[Document, ...]

    def without(self, studies: Collection[str]) -> History:
        """The history without its manifests in force of these studies."""
        left = tuple(
            one
            for one in self.documents
            if not (_MANIFEST in one.entry and ":Approved" in one.entry)
            or not any(uid in one.entry for uid in studies)
        )
        return replace(self, documents=left)

    def body(self) -> bytes:
        """The body of ``POST /_sim/documents`` of the simulated DMP."""
        told = [
            {"entry": one.entry, "content": base64.b64encode(one.content).decode()}
            for one in self.documents
        ]
        return json.dumps({"documents": told}).encode()


def patient(seed: str) -> Patient:
    """The patient of a seed; an INS is never that of a case of the RIS."""
    chance = random.Random(f"patient/{seed}")  # noqa: S311  # a draw, no secret
    sex = chance.choice("FM")
    given = chance.choice(_GIVENS[sex])
    born = date(chance.randrange(1938, 1985), chance.randrange(1, 13), chance.randrange(1, 28))
    town, city = chance.choice(_TOWNS)
    number = f"{'12'[sex == 'F']}{born:%y%m}{town}{chance.randrange(500, 1000):03}"
    family = chance.choice(_FAMILIES)
    return Patient(
        ins=f"{number}{97 - int(number) % 97:02}",
        ins_oid=INS_OID,
        ipp=f"HIST{chance.randrange(10**8):08}",
        traits=Traits(
            family=family,
            given=given,
            givens=f"{given} {chance.choice(_GIVENS[sex])}",
            used_family=family,
            used_given=given,
            birth_date=f"{born:%Y%m%d}",
            sex=sex,
            birth_place=town,
            birth_city=city,
        ),
    )


def history(
    preset: str,
    seed: str = "",
    *,
    sites: Sequence[Site] = SITES,
    until: date = UNTIL,
    of: Patient | None = None,
) -> History:
    """The history of a preset's name, or of a number of exams; the same for the same arguments.

    ``of`` is the patient, by default the seed's own. Without a seed, some exams are those of the
    demonstration (:mod:`simulators.history.showcase`). ValueError for another name.
    """
    if preset in PRESETS:
        wanted = PRESETS[preset]
    elif preset.isdecimal() and 0 < int(preset) <= 5000:
        wanted = Preset(int(preset), 18)
    else:
        raise ValueError(f"one of {', '.join(PRESETS)}, or a number of exams up to 5000")
    chosen = SHOWCASE.get(preset, {}) if not (seed or of) else {}
    seed = seed or preset
    whose = of or patient(seed)
    planned = plan(f"{seed}/{whose.ins}", wanted.exams, wanted.years, until, sites, chosen=chosen)
    writer = _Writer(whose, random.Random(f"{seed}/{whose.ins}/documents"))  # noqa: S311
    return History(whose, planned, tuple(writer.documents(planned)))


class _Writer:
    """Writes the documents; draws their identifiers in one order."""

    def __init__(self, whose: Patient, chance: random.Random) -> None:
        self._whose = whose
        self._chance = chance

    def documents(self, planned: Plan) -> Iterator[Document]:
        """Exam after exam from the oldest, its manifests, then its report."""
        about = {one.exams[-1].number: one for one in planned.reports}
        for exam in reversed(planned.exams):
            yield from self._manifests(exam)
            if (found := about.get(exam.number)) is not None:
                yield from self._reports(found)

    def _manifests(self, exam: Exam) -> Iterator[Document]:
        whose = self._whose
        for version in range(1, exam.versions + 1):
            facts = Facts(
                entries.MANIFEST,
                self._uuid(),
                self._uid(),
                "Référence d'Objets d'un Examen d'Imagerie",
                exam.started + timedelta(hours=version),
                _state(exam.state, version, exam.versions),
                exam.masking,
                (exam,),
            )
            content = kos.manifest(
                exam,
                whose.ins,
                whose.ins_oid,
                whose.traits,
                uid=facts.unique_id,
                created=facts.created,
            )
            yield self._document(facts, content)

    def _reports(self, about: Report) -> Iterator[Document]:
        whose, exam = self._whose, about.exams[0]
        kind = entries.TEXT_REPORT if about.body == "text" else entries.PDF_REPORT
        for version in range(1, about.versions + 1):
            facts = Facts(
                kind,
                self._uuid(),
                self._uid(),
                report.title(about),
                exam.started + timedelta(hours=version),
                _state(about.state, version, about.versions),
                about.masking,
                about.exams,
            )
            content = report.clinical_document(
                about,
                whose.ins,
                whose.ins_oid,
                whose.ipp,
                whose.traits,
                uid=facts.unique_id,
                version=version,
            )
            yield self._document(facts, content)

    def _document(self, facts: Facts, content: bytes) -> Document:
        whose = self._whose
        return Document(
            entries.entry(facts, whose.ins, whose.ins_oid, whose.ipp, whose.traits), content
        )

    def _uuid(self) -> str:
        return uuid.UUID(int=self._chance.getrandbits(128), version=4).urn

    def _uid(self) -> str:
        return f"2.25.{self._chance.getrandbits(122)}"


def _state(newest: State, version: int, versions: int) -> State:
    return newest if version == versions else "Deprecated"
