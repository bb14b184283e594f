"""A tenant: one imaging site, its structures, senders and operators, its PACS and its delays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.certificate import canonical_name
from functions.drimbox.identity.oid import Oid

SLUG: Final = re.compile(r"[a-z][a-z0-9-]{2,40}")
_STRUCTURE: Final = re.compile(r"(1[0-9A-Z]{9}|3[0-9]{14}|4[0-9]{14})")


class SenderPolicy(StrEnum):
    """What becomes of a declared sender's reports; those of undeclared ones are refused."""

    PUBLISH = "publish"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Sender:
    """A program allowed to send reports: MSH-3, MSH-4 and its certificate's subject (RFC 4514).

    ``policy``: a site may send everything and have some of its programs left out here; their
    reports are acknowledged and nothing is published.
    """

    application: str
    facility: str
    certificate_subject: str
    policy: SenderPolicy = SenderPolicy.PUBLISH


class Permission(StrEnum):
    """What an operator may do with publications: one permission for each verb.

    ``view`` also shows the patient's data, ``bulk`` replays a whole cause at once.
    """

    VIEW = "view"
    REPLAY = "replay"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    EXPORT = "export"
    BULK = "bulk"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who looks after a tenant's publications: a program, by its client certificate's subject
    (RFC 4514), or a person, by the ``sub`` of the operators' OpenID provider.
    """

    name: str
    permissions: frozenset[Permission]
    certificate_subject: str = ""
    oidc_subject: str = ""

    @property
    def subject(self) -> str:
        """Who the audit trail names."""
        return self.certificate_subject or self.oidc_subject

    def may(self, permission: Permission) -> bool:
        """True when the tenant's file gives that permission."""
        return permission in self.permissions


class Identification(StrEnum):
    """Who is named and who holds the certificates: the entité géographique (EG), the entité
    juridique (EJ), or the EJ for its EG (DMP, EJ/EG identification)."""

    EG = "EG"
    EJ_EG = "EJ/EG"
    EJ = "EJ"


@dataclass(frozen=True, slots=True)
class Structure:
    """A legal structure for which this tenant publishes: ``id`` is "1" + FINESS or "3" + SIRET.

    ``sector`` is the Secteur_Activite of its VIHF (table …71.4.2.4). ``legal_entity`` is the id of
    the EJ whose certificates serve in mode EJ/EG, "" in the others. Submission sets and VIHF name
    ``id`` in every mode.
    """

    id: str
    name: str
    sector: str
    identification: Identification = Identification.EG
    legal_entity: str = ""

    @property
    def holder(self) -> str:
        """The structure that holds the certificates."""
        return self.legal_entity or self.id


class Kind(StrEnum):
    """What a reconciliation finds: our records, the site's PACS and the DMP do not agree."""

    MISSING_MANIFEST = "missing_manifest"
    ORPHAN_MANIFEST = "orphan_manifest"
    DEAD_REFERENCE = "dead_reference"
    STUDY_CHANGED = "study_changed"


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """When records, PACS and DMP are compared, how much of them at a time, and what is mended by
    itself (decision 0038). ``schedule_hours`` 0: never by itself.
    """

    schedule_hours: int = 24
    studies_per_run: int = 2000
    repair: frozenset[Kind] = frozenset({Kind.STUDY_CHANGED})


@dataclass(frozen=True, slots=True)
class Tenant:
    """``tenant`` is an opaque slug, never reused. ``source_id`` is the OID of XDS sourceId.

    ``study_wait``: how long a report waits for its study once the PACS has answered that it does
    not know it, at most three days. ``outage_patience``: how long it waits for a PACS or DMP that
    does not answer, from the message's arrival, at most four days. More would be more attempts than
    an execution's history holds.
    ``publication_objective``: within what time of its validation a report should be published.
    ``time_zone`` is the site's, for KOS and XDS local times. ``masking_cumulation`` is the DMP's
    parameter ``cumul-invisible_patient-masque_ps`` (EX_2.1-1050): whether a document may be hidden
    from the patient and from professionals at once. ``legal_entity_alone`` forces what the DMP
    advises against and will switch off: a structure identified as an EJ without its EG.
    """

    tenant: str
    name: str
    source_id: Oid
    structures: tuple[Structure, ...]
    senders: tuple[Sender, ...]
    pacs_url: str
    manufacturer: str
    study_wait: timedelta
    outage_patience: timedelta
    cache_on_publication: bool
    time_zone: ZoneInfo
    masking_cumulation: bool = True
    operators: tuple[Operator, ...] = ()
    publication_objective: timedelta | None = None
    legal_entity_alone: bool = False

    def operator_by_certificate(self, subject: str) -> Operator | None:
        """The operator whose program shows a certificate of that subject (RFC 4514)."""
        wanted = canonical_name(subject)
        return next(
            (
                one
                for one in self.operators
                if one.certificate_subject and canonical_name(one.certificate_subject) == wanted
            ),
            None,
        )

    def operator_by_oidc(self, subject: str) -> Operator | None:
        """The operator whom the operators' OpenID provider names so (``sub``)."""
        return next(
            (one for one in self.operators if one.oidc_subject and one.oidc_subject == subject),
            None,
        )

    reconciliation: Reconciliation = Reconciliation()

    def sender(self, application: str, facility: str) -> Sender | None:
        """The declared sender of MSH-3 and MSH-4."""
        wanted = (application, facility)
        return next((s for s in self.senders if (s.application, s.facility) == wanted), None)

    def structure(self, structure_id: str) -> Structure | None:
        """The declared structure of that id; a nine-digit FINESS means "1" + FINESS."""
        wanted = structure_id if len(structure_id) != 9 else "1" + structure_id
        return next((s for s in self.structures if s.id == wanted), None)

    @classmethod
    def from_mapping(cls, facts: Mapping[str, Any]) -> Tenant:
        """Check a tenant's file (parsed YAML or JSON) and build it.

        Raises ConfigurationError naming every field that is missing, unknown or ill-formed.
        """
        return _read(facts)


_FIELDS: Final = {
    "tenant": str,
    "name": str,
    "source_id": str,
    "structures": list,
    "senders": list,
    "pacs_url": str,
    "manufacturer": str,
    "study_wait_seconds": int,
    "outage_patience_seconds": int,
    "cache_on_publication": bool,
    "time_zone": str,
}


# What a file may leave out.
_OPTIONAL: Final = {
    "masking_cumulation": bool,
    "legal_entity_alone": bool,
    "operators": list,
    "reconciliation": dict,
    "publication_objective_seconds": int,
}


def _read(facts: Mapping[str, Any]) -> Tenant:
    wrong = sorted(str(name) for name in set(facts) - set(_FIELDS) - set(_OPTIONAL))
    wrong += [name for name, kind in _FIELDS.items() if type(facts.get(name)) is not kind]
    wrong += [
        name for name, kind in _OPTIONAL.items() if name in facts and type(facts[name]) is not kind
    ]
    if wrong:
        raise ConfigurationError(f"tenant fields missing, unknown or ill-typed: {', '.join(wrong)}")
    checks = {
        "tenant": bool(SLUG.fullmatch(facts["tenant"])),
        "structures": _all(
            facts["structures"], {"id", "name", "sector"}, {"identification", "legal_entity"}
        )
        and all(
            _is_structure(s, alone=facts.get("legal_entity_alone", False))
            for s in facts["structures"]
        ),
        "senders": _all(facts["senders"], _SENDER, {"policy"})
        and all(_is_name(s["certificate_subject"]) for s in facts["senders"])
        and all(s.get("policy", "publish") in set(SenderPolicy) for s in facts["senders"]),
        "operators": _are_operators(facts.get("operators", [])),
        "reconciliation": _is_reconciliation(facts.get("reconciliation", {})),
        "publication_objective_seconds": facts.get("publication_objective_seconds", 1) > 0,
        "pacs_url": facts["pacs_url"].startswith(("https://", "http://127.0.0.1:")),
        "study_wait_seconds": 0 < facts["study_wait_seconds"] <= 3 * 86400,
        "outage_patience_seconds": 0 < facts["outage_patience_seconds"] <= 4 * 86400,
    }
    wrong = [name for name, good in checks.items() if not good]
    try:
        source_id = Oid(facts["source_id"])
    except ValueError:
        wrong.append("source_id")
    try:
        zone = ZoneInfo(facts["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        wrong.append("time_zone")
    if wrong:
        raise ConfigurationError(f"tenant fields ill-formed: {', '.join(sorted(wrong))}")
    return Tenant(
        tenant=facts["tenant"],
        name=facts["name"],
        source_id=source_id,
        structures=tuple(_structure(s) for s in facts["structures"]),
        senders=tuple(
            Sender(**{**s, "policy": SenderPolicy(s.get("policy", SenderPolicy.PUBLISH))})
            for s in facts["senders"]
        ),
        pacs_url=facts["pacs_url"].rstrip("/"),
        manufacturer=facts["manufacturer"],
        study_wait=timedelta(seconds=facts["study_wait_seconds"]),
        outage_patience=timedelta(seconds=facts["outage_patience_seconds"]),
        cache_on_publication=facts["cache_on_publication"],
        time_zone=zone,
        masking_cumulation=facts.get("masking_cumulation", True),
        publication_objective=timedelta(seconds=facts["publication_objective_seconds"])
        if "publication_objective_seconds" in facts
        else None,
        operators=tuple(
            Operator(**{**o, "permissions": frozenset(map(Permission, o["permissions"]))})
            for o in facts.get("operators", [])
        ),
        legal_entity_alone=facts.get("legal_entity_alone", False),
        reconciliation=_reconciliation(facts.get("reconciliation", {})),
    )


# Its fields and their limits: a week, and what one run can do before the next one.
_RECONCILIATION: Final = {"schedule_hours": (0, 168), "studies_per_run": (1, 50_000)}
# An orphan is in no record: nothing of ours could withdraw it (decision 0038).
_MENDABLE: Final = frozenset(Kind) - {Kind.ORPHAN_MANIFEST}


def _is_reconciliation(facts: Mapping[str, Any]) -> bool:
    numbers = {name: value for name, value in facts.items() if name != "repair"}
    repair = facts.get("repair", [])
    return (
        numbers.keys() <= _RECONCILIATION.keys()
        and all(
            type(value) is int and _RECONCILIATION[name][0] <= value <= _RECONCILIATION[name][1]
            for name, value in numbers.items()
        )
        and isinstance(repair, list)
        and all(isinstance(kind, str) and kind in _MENDABLE for kind in repair)
    )


def _reconciliation(facts: Mapping[str, Any]) -> Reconciliation:
    repair = {"repair": frozenset(map(Kind, facts["repair"]))} if "repair" in facts else {}
    return Reconciliation(**{**facts, **repair})


def _structure(facts: Mapping[str, str]) -> Structure:
    return Structure(
        facts["id"],
        facts["name"],
        facts["sector"],
        Identification(facts.get("identification", Identification.EG)),
        facts.get("legal_entity", ""),
    )


def _is_structure(facts: Mapping[str, str], *, alone: bool) -> bool:
    """A legal entity is named exactly where it lends its certificates; an EJ only if forced."""
    mode, entity = facts.get("identification", Identification.EG), facts.get("legal_entity")
    if mode not in set(Identification) or not _STRUCTURE.fullmatch(facts["id"]):
        return False
    if mode == Identification.EJ_EG:
        return entity is not None and entity != facts["id"] and bool(_STRUCTURE.fullmatch(entity))
    return entity is None and (mode == Identification.EG or alone)


_SENDER: Final = {"application", "facility", "certificate_subject"}


def _all(items: list[Any], keys: set[str], optional: Iterable[str] = ()) -> bool:
    return bool(items) and all(
        isinstance(item, dict)
        and keys <= set(item) <= keys | set(optional)
        and all(isinstance(value, str) and value for value in item.values())
        for item in items
    )


_SUBJECTS: Final = ("certificate_subject", "oidc_subject")


def _are_operators(items: list[Any]) -> bool:
    """Each has a name, permissions and exactly one subject; no subject stands for two."""
    if not all(isinstance(item, dict) and _is_operator(item) for item in items):
        return False
    subjects = [
        canonical_name(item["certificate_subject"])
        if "certificate_subject" in item
        else item["oidc_subject"]
        for item in items
    ]
    return len(set(subjects)) == len(subjects)


def _is_operator(item: dict[str, Any]) -> bool:
    subjects = set(_SUBJECTS) & set(item)
    if len(subjects) != 1 or set(item) != {"name", "permissions", *subjects}:
        return False
    if not all(isinstance(item[name], str) and item[name] for name in ("name", *subjects)):
        return False
    given = item["permissions"]
    known = isinstance(given, list) and bool(given) and all(one in _PERMISSIONS for one in given)
    return known and ("oidc_subject" in item or _is_name(item["certificate_subject"]))


_PERMISSIONS: Final = tuple(str(permission) for permission in Permission)


def _is_name(text: str) -> bool:
    try:
        canonical_name(text)
    except ValueError:
        return False
    return True
