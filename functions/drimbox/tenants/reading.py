"""A tenant's file (parsed YAML or JSON), checked field by field and read."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.identity.agent_names import (
    AGENT_NAME,
    AUTHORITY,
    has_agent_form,
    is_own_agent,
)
from functions.drimbox.identity.distinguished_name import canonical_name
from functions.drimbox.oid import Oid, Uid
from functions.drimbox.tenants.address import (
    is_elsewhere,
    read_gateway,
    read_https,
    read_pacs,
    read_range,
)
from functions.drimbox.tenants.model import (
    CACHE_DAYS,
    SLUG,
    Agent,
    Identification,
    ImageQuality,
    Link,
    OfflineFiles,
    Operator,
    Permission,
    Sender,
    SenderPolicy,
    Structure,
    Tenant,
)
from functions.drimbox.tenants.pacs_viewer import read_viewer
from functions.drimbox.tenants.reconciliation_policy import (
    LIMITS,
    REPAIRABLE,
    DifferenceKind,
    ReconciliationPolicy,
)
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_STRUCTURE_ID: Final = re.compile(r"(1[0-9A-Z]{9}|3[0-9]{14}|4[0-9]{14})")
_CERTIFICATE: Final = ("certificate_subject", "certificate_issuer")
# By the link: the fields that the file must have, and those that it must not.
_OF_VPN: Final = {"pacs_range", "vpn_gateway"}
_OF_LINK: Final = {
    Link.AGENT: (set[str](), {"pacs_url", "pacs_store_url", *_OF_VPN}),
    Link.PUBLIC: ({"pacs_url"}, {"agents", *_OF_VPN}),
    Link.VPN: ({"pacs_url", *_OF_VPN}, {"agents"}),
}


def read_tenant(facts: Mapping[str, Any]) -> Tenant:
    """The tenant that a file declares.

    Raises ConfigurationError naming every field that is missing, unknown or ill-formed; it never
    holds a value.
    """
    _require_known_fields(facts)
    fields, wrong = {}, []
    for name, value in facts.items():
        field = _FIELDS[name]
        try:
            fields[field.attribute or name] = field.read(value)
        except ValueError:
            wrong.append(name)
    alone = fields.pop("legal_entity_alone", False)
    if not alone and any(_is_alone(one) for one in fields.get("structures", ())):
        wrong.append("structures")
    programs = [one for kind in ("senders", "operators", "agents") for one in fields.get(kind, ())]
    slug = fields.get("tenant", "")
    if not _has_one_issuer_each(programs) or any(_takes_our_name(one, slug) for one in programs):
        wrong.append("certificate_issuer")
    if "link" in fields:
        demanded, foreign = _OF_LINK[fields["link"]]
        wrong += (demanded - {*facts}) | (foreign & {*facts})
    if "pacs_range" in fields:
        urls = {name: fields[name] for name in ("pacs_url", "pacs_store_url") if name in fields}
        wrong += [one for one, url in urls.items() if is_elsewhere(url, fields["pacs_range"])]
    if wrong:
        raise ConfigurationError(f"tenant fields ill-formed: {', '.join(sorted(set(wrong)))}")
    return Tenant(**fields)


def _require_known_fields(facts: Mapping[str, Any]) -> None:
    wrong = sorted(str(name) for name in set(facts) - set(_FIELDS))
    wrong += [
        name
        for name, field in _FIELDS.items()
        if (field.required or name in facts) and type(facts.get(name)) is not field.kind
    ]
    if wrong:
        raise ConfigurationError(f"tenant fields missing, unknown or ill-typed: {', '.join(wrong)}")


def _is_alone(structure: Structure) -> bool:
    """An EJ without its EG: the DMP advises against it and will switch it off (decision 0040)."""
    return structure.identification is Identification.EJ


def _has_one_issuer_each(programs: Iterable[Sender | Operator | Agent]) -> bool:
    """A subject under two issuers would be two parties, which nothing behind the authorizer tells
    apart."""
    pairs = {
        (canonical_name(one.certificate_subject), canonical_name(one.certificate_issuer))
        for one in programs
        if one.certificate_subject
    }
    return len(pairs) == len({subject for subject, _ in pairs})


def _takes_our_name(program: Sender | Operator | Agent, tenant: str) -> bool:
    """Our own authority names agents of the register alone: a file says by it which of its agents
    forwards a sender's messages, and nothing else. No other authority gives such a name.
    """
    if not program.certificate_issuer:
        return False
    is_ours = canonical_name(program.certificate_issuer) == canonical_name(AUTHORITY)
    if not is_ours and not has_agent_form(canonical_name(program.certificate_subject)):
        return False
    forwards = isinstance(program, Sender) and is_own_agent(program.certificate_subject, tenant)
    return not (is_ours and forwards)


def _require(good: object) -> None:
    if not good:
        raise ValueError("ill-formed")


def _as_it_is(value: Any) -> Any:
    return value


def _slug(text: str) -> str:
    _require(SLUG.fullmatch(text))
    return text


def _cache_days(number: int) -> int:
    _require(number in CACHE_DAYS)
    return number


def _time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except ZoneInfoNotFoundError:
        raise ValueError("not a time zone") from None


def _seconds(*, days: int) -> Callable[[int], timedelta]:
    """A reader of a positive number of seconds, of at most so many days."""

    def read(number: int) -> timedelta:
        _require(0 < number <= days * 86400)
        return timedelta(seconds=number)

    return read


def _items(
    items: list[Any], keys: Iterable[str], optional: Iterable[str]
) -> Iterable[dict[str, str]]:
    """The items: at least one, each with those keys and no other, each value a text."""
    _require(items)
    for item in items:
        _require(isinstance(item, dict) and {*keys} <= {*item} <= {*keys, *optional})
        _require(all(isinstance(value, str) and value for value in item.values()))
        yield item


def _structures(items: list[Any]) -> tuple[Structure, ...]:
    keys, optional = ("id", "name", "sector"), ("identification", "legal_entity")
    return tuple(_structure(item) for item in _items(items, keys, optional))


def _structure(item: Mapping[str, str]) -> Structure:
    """A legal entity is named exactly where it lends its certificates."""
    found = Structure(
        item["id"],
        item["name"],
        item["sector"],
        Identification(item.get("identification", Identification.EG)),
        item.get("legal_entity", ""),
    )
    lent = found.identification is Identification.EJ_EG
    _require(_STRUCTURE_ID.fullmatch(found.id) and _STRUCTURE_ID.fullmatch(found.holder))
    _require(lent is ("legal_entity" in item) and lent is (found.holder != found.id))
    return found


def _senders(items: list[Any]) -> tuple[Sender, ...]:
    keys = ("application", "facility", "certificate_subject", "certificate_issuer")
    return tuple(_sender(item) for item in _items(items, keys, ("policy",)))


def _sender(item: Mapping[str, str]) -> Sender:
    for name in _CERTIFICATE:
        canonical_name(item[name])
    policy = SenderPolicy(item.get("policy", SenderPolicy.PUBLISH))
    return Sender(
        item["application"],
        item["facility"],
        item["certificate_subject"],
        item["certificate_issuer"],
        policy,
    )


def _agents(items: list[Any]) -> tuple[Agent, ...]:
    """No name and no certificate stands for two agents."""
    found = tuple(_agent(item) for item in _items(items, ("name", *_CERTIFICATE), ()))
    subjects = {canonical_name(one.certificate_subject) for one in found}
    _require(len({one.name for one in found}) == len(subjects) == len(found))
    return found


def _agent(item: Mapping[str, str]) -> Agent:
    _require(AGENT_NAME.fullmatch(item["name"]))
    for name in _CERTIFICATE:
        canonical_name(item[name])
    return Agent(**item)


def _operators(items: list[Any]) -> tuple[Operator, ...]:
    """No subject stands for two operators."""
    found = tuple(_operator(item) for item in items)
    subjects = {
        canonical_name(one.certificate_subject) if one.certificate_subject else one.oidc_subject
        for one in found
    }
    _require(len(subjects) == len(found))
    return found


def _operator(item: Any) -> Operator:
    """A name, permissions, and a certificate's subject and issuer or a sign-in's subject."""
    _require(isinstance(item, dict))
    who = {*item} - {"name", "permissions"}
    _require(who in ({*_CERTIFICATE}, {"oidc_subject"}))
    _require({"name", "permissions"} <= {*item})
    _require(all(isinstance(item[key], str) and item[key] for key in ("name", *who)))
    for name in who & {*_CERTIFICATE}:
        canonical_name(item[name])
    given = item["permissions"]
    _require(isinstance(given, list) and given)
    return Operator(**{**item, "permissions": frozenset(Permission(one) for one in given)})


def _reconciliation(facts: Mapping[str, Any]) -> ReconciliationPolicy:
    _require({*facts} <= {*LIMITS, "repair"})
    numbers = {name: facts[name] for name in LIMITS if name in facts}
    for name, number in numbers.items():
        least, most = LIMITS[name]
        _require(type(number) is int and least <= number <= most)
    if "repair" not in facts:
        return ReconciliationPolicy(**numbers)
    _require(isinstance(facts["repair"], list))
    kinds = frozenset(DifferenceKind(one) for one in facts["repair"])
    _require(kinds <= REPAIRABLE)
    return ReconciliationPolicy(**numbers, repair=kinds)


@frozen
class _Field:
    """``read`` raises ValueError for an ill-formed value; ``attribute`` is the tenant's where it is
    not named as the file's field."""

    kind: type
    read: Callable[[Any], Any] = _as_it_is
    required: bool = True
    attribute: str = ""


_FIELDS: Final[Mapping[str, _Field]] = {
    "tenant": _Field(str, _slug),
    "name": _Field(str),
    "source_id": _Field(str, Oid),
    "structures": _Field(list, _structures),
    "senders": _Field(list, _senders),
    "link": _Field(str, Link),
    "pacs_url": _Field(str, read_pacs, required=False),
    "pacs_range": _Field(str, read_range, required=False),
    "vpn_gateway": _Field(str, read_gateway, required=False),
    "agents": _Field(list, _agents, required=False),
    "manufacturer": _Field(str),
    "study_wait_seconds": _Field(int, _seconds(days=3), attribute="study_wait"),
    "outage_patience_seconds": _Field(int, _seconds(days=4), attribute="outage_patience"),
    "cache_on_publication": _Field(bool),
    "time_zone": _Field(str, _time_zone),
    "cache_days": _Field(int, _cache_days, required=False),
    "masking_cumulation": _Field(bool, required=False),
    "legal_entity_alone": _Field(bool, required=False),
    "operators": _Field(list, _operators, required=False),
    "retrieve_location_uid": _Field(str, Uid, required=False),
    "retrieve_url": _Field(str, read_https, required=False),
    "offline_files": _Field(str, OfflineFiles, required=False),
    "import_exams": _Field(bool, required=False, attribute="imports"),
    "pacs_store_url": _Field(str, read_pacs, required=False),
    "viewer_url": _Field(str, read_viewer, required=False),
    "exam_quality": _Field(str, ImageQuality, required=False),
    "prefetch_prior": _Field(bool, required=False),
    "webhook_url": _Field(str, read_https, required=False),
    "reconciliation": _Field(dict, _reconciliation, required=False),
    "publication_objective_seconds": _Field(
        int, _seconds(days=366), required=False, attribute="publication_objective"
    ),
}
