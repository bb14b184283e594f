"""The loans of a role: AWS STS's AssumeRole, and the policy of a lent role, enforced.

("Temporary security credentials in IAM"; "IAM JSON policy elements: Variables and tags".) Every
other request here is made with the one key of the installation, which may do everything. A loan's
token holds its role and its tags, signed with the installation's seed: it opens after a restart,
until it ends.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from infra.local.aws.query_answers import QueryAnswers
from infra.local.aws.signature import LENT, Loan, SignatureError
from infra.local.aws.web import Request, Response
from infra.local.template import Deployment, TemplateError

NAMESPACE: Final = "https://sts.amazonaws.com/doc/2011-06-15/"
_ANSWERS: Final = QueryAnswers(NAMESPACE)
_VARIABLE: Final = re.compile(r"\$\{aws:PrincipalTag/([\w.-]+)\}")
_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(hours=1)
_SESSION: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_TAGGING: Final = "sts:TagSession"
_PARAMETER: Final = re.compile(
    r"Action|Version|RoleArn|RoleSessionName|DurationSeconds"
    r"|Tags\.member\.[1-9][0-9]{0,2}\.(Key|Value)"
)
# Condition keys that are known here, by the operator: others stop the start.
_RIGHTS: Final = {
    "ForAnyValue:StringLike": {"kms:ResourceAliases"},
    "StringEquals": {"kms:ViaService"},
}
# The service through which a key is used here, and the only one.
_THROUGH: Final = re.compile(r"s3\.[a-z0-9-]+\.amazonaws\.com")
_TRUST: Final = ("StringLike", "ForAllValues:StringEquals")


@dataclass(frozen=True, slots=True)
class Right:
    """One Allow statement of a lent role. ``aliases`` are those that a key must have, none where
    the statement does not ask."""

    actions: frozenset[str]
    resources: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LentRole:
    """A role whose sessions are tagged: its rights, and the tags that its lender must give."""

    arn: str
    rights: tuple[Right, ...]
    tag: str


def read_roles(deployment: Deployment) -> dict[str, LentRole]:
    """The roles of the templates that are lent with a tag, by ARN.

    Raises:
        TemplateError: a statement of such a role that is not understood whole.
    """
    roles = {}
    for role in deployment.of_type("AWS::IAM::Role"):
        trusted = _many(role.properties.get("AssumeRolePolicyDocument", {}).get("Statement"))
        if not any(_TAGGING in _many(one.get("Action")) for one in trusted):
            continue
        tags = {_tag_of(one.get("Condition", {}), role.place) for one in trusted}
        if len(tags) != 1:
            raise TemplateError(f"{role.place}: its statements ask for different tags")
        rights = [
            right
            for policy in deployment.of_type("AWS::IAM::Policy")
            if role.reference in _many(policy.properties.get("Roles"))
            for right in _rights(policy.properties["PolicyDocument"]["Statement"], policy.place)
        ]
        arn = role.attributes["Arn"]
        roles[arn] = LentRole(arn, tuple(rights), tags.pop())
    return roles


def _tag_of(condition: Mapping[str, Any], place: str) -> str:
    """The one tag that a trust statement demands, and lets nobody add to."""
    if set(condition) != set(_TRUST):
        raise TemplateError(f"{place}: a trust that is not known here")
    demanded, named = (dict(condition[one]) for one in _TRUST)
    keys = _many(named.get("aws:TagKeys"))
    if len(keys) != 1 or demanded != {f"aws:RequestTag/{keys[0]}": "?*"}:
        raise TemplateError(f"{place}: a trust that does not demand exactly one tag")
    return str(keys[0])


def _rights(statements: Any, place: str) -> Iterator[Right]:
    for one in _many(statements):
        conditions = one.get("Condition", {})
        known = all(set(keys) <= _RIGHTS.get(name, set()) for name, keys in conditions.items())
        through = conditions.get("StringEquals", {}).get("kms:ViaService")
        if through is not None:
            known = known and any(_THROUGH.fullmatch(str(via)) for via in _many(through))
        if (
            one.get("Effect") != "Allow"
            or not known
            or {*one} - {*("Sid", "Effect", "Action", "Resource", "Condition")}
        ):
            raise TemplateError(f"{place}: a statement of a lent role that is not known here")
        aliases = conditions.get("ForAnyValue:StringLike", {}).get("kms:ResourceAliases")
        actions = frozenset(map(str, _many(one["Action"])))
        yield Right(actions, tuple(_many(one["Resource"])), tuple(_many(aliases)))


class LoanBook:
    """Lends the roles of the templates, and knows the loans again. ``seal`` is a secret of the
    installation; ``now`` gives the time in UTC.
    """

    def __init__(
        self, roles: Mapping[str, LentRole], seal: bytes, now: Callable[[], datetime]
    ) -> None:
        self._roles = roles
        self._seal = seal
        self._now = now

    def lend(self, role: str, tags: Mapping[str, str], life: timedelta) -> dict[str, str]:
        """The credentials of a new session, as STS names them.

        Raises:
            SignatureError: no such role here, or not with these tags.
        """
        known = self._roles.get(role)
        if known is None or set(tags) != {known.tag} or not tags[known.tag]:
            raise SignatureError(403, "AccessDenied", "The role may not be assumed so")
        ends_at = self._now() + life
        facts = {"role": role, "tags": dict(tags), "ends_at": ends_at.timestamp()}
        facts["id"] = uuid.uuid4().hex
        text = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode()
        token = f"{text}.{self._mark('token', text)}"
        return {
            "AccessKeyId": self._key_of(token),
            "SecretAccessKey": self._secret_of(token),
            "SessionToken": token,
            "Expiration": ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def open(self, access_key_id: str, token: str) -> tuple[str, Loan]:
        """The secret of a loan that is in force, and the loan.

        Raises:
            SignatureError: it is none of ours, or it has ended.
        """
        text, _, mark = token.partition(".")
        ours = hmac.compare_digest(mark.encode(), self._mark("token", text).encode())
        if not ours or self._key_of(token) != access_key_id:
            raise SignatureError(403, "InvalidAccessKeyId", "The access key id does not exist.")
        facts = json.loads(base64.urlsafe_b64decode(text))
        if self._now().timestamp() >= facts["ends_at"]:
            raise SignatureError(403, "ExpiredToken", "The security token has expired")
        return self._secret_of(token), Loan(facts["role"], facts["tags"])

    def allows(self, loan: Loan, action: str, resource: str, *, alias: str = "") -> bool:
        """Whether the loan's role lets it do ``action`` on ``resource`` (an ARN); of a key also by
        its ``alias``. A statement with a tag that the session lacks says nothing.
        """
        role = self._roles.get(loan.role)
        return role is not None and any(
            action in right.actions
            and _matches(right.resources, resource, loan.tags)
            and (not right.aliases or _matches(right.aliases, alias, loan.tags))
            for right in role.rights
        )

    def _key_of(self, token: str) -> str:
        return LENT + self._mark("key", token)[:16].upper()

    def _secret_of(self, token: str) -> str:
        return self._mark("secret", token)

    def _mark(self, purpose: str, text: str) -> str:
        return hmac.new(self._seal, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def _matches(patterns: tuple[str, ...], value: str, tags: Mapping[str, str]) -> bool:
    for pattern in patterns:
        if any(name not in tags for name in _VARIABLE.findall(pattern)):
            continue
        # A variable's value is text, also where it holds a wildcard.
        parts = re.split(r"(\$\{aws:PrincipalTag/[\w.-]+\})", _escaped(pattern))
        told = "".join(
            _escaped(tags[found[1]], whole=True) if (found := _VARIABLE.fullmatch(part)) else part
            for part in parts
        )
        if fnmatchcase(value, told):
            return True
    return False


def _escaped(text: str, *, whole: bool = False) -> str:
    """``text`` for fnmatch, in which brackets mean more than in a policy; ``whole``: nothing in it
    is a wildcard."""
    text = text.replace("[", "[[]")
    return re.sub(r"([*?])", r"[\1]", text) if whole else text


class TokenService:
    """Answers ``AssumeRole`` of AWS STS, asked with the key of the installation."""

    def __init__(self, book: LoanBook) -> None:
        self._book = book

    def __call__(self, _: Request, body: bytes) -> Response:
        """Answer one request of the query protocol."""
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        asked = dict(pairs)
        if asked.get("Action") != "AssumeRole":
            return _ANSWERS.error(400, "InvalidAction", "not served here")
        # A session policy, say, would make the loan narrower than it is here.
        if len(asked) != len(pairs) or not all(_PARAMETER.fullmatch(name) for name in asked):
            return _ANSWERS.error(
                400, "ValidationError", "a parameter that is not known here, or twice"
            )
        seconds, session = asked.get("DurationSeconds", "3600"), asked.get("RoleSessionName", "")
        life = timedelta(seconds=int(seconds) if re.fullmatch(r"[0-9]{1,6}", seconds) else 0)
        if not _SHORTEST <= life <= _LONGEST or not _SESSION.fullmatch(session):
            return _ANSWERS.error(400, "ValidationError", "DurationSeconds or RoleSessionName")
        keys = [name for name in asked if name.endswith(".Key")]
        tags = {asked[name]: asked.get(f"{name[:-4]}.Value", "") for name in keys}
        if len(tags) != len(keys):
            return _ANSWERS.error(400, "InvalidParameterValue", "Duplicate tag keys found.")
        try:
            lent = self._book.lend(asked.get("RoleArn", ""), tags, life)
        except SignatureError as error:
            return _ANSWERS.error(error.status, error.code, error.message)
        shown = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in lent.items())
        found = f"<AssumeRoleResult><Credentials>{shown}</Credentials></AssumeRoleResult>"
        return _ANSWERS.document(200, "AssumeRoleResponse", found)


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
