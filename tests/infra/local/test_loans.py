"""The loans of a role: read from the templates, asked of STS, enforced as IAM reads policies."""

from __future__ import annotations

import base64
import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from lxml import etree

from infra.local.assembly import Assembly, Stack
from infra.local.aws.loans import LentRole, LoanBook, Right, TokenService, read_roles
from infra.local.aws.signature import Loan, SignatureError
from infra.local.aws.web import Body, Request, headers_of
from infra.local.install import Install
from infra.local.template import TemplateError, resolve
from tests.infra.local.support import ACCOUNT, REGION

ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/lent"
TAG: Final = "${aws:PrincipalTag/tenant}"
TRUST: Final = {
    "StringLike": {"aws:RequestTag/tenant": "?*"},
    "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
}
QUEUE: Final = f"arn:aws:sqs:{REGION}:{ACCOUNT}:agents-"
RIGHTS: Final = (
    Right(frozenset({"sqs:ReceiveMessage"}), (f"{QUEUE}{TAG}",), ()),
    Right(frozenset({"s3:PutObject"}), (f"arn:aws:s3:::cache/{TAG}/incoming/*",), ()),
    Right(
        frozenset({"kms:Decrypt"}),
        (f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",),
        (f"alias/tenants/{TAG}",),
    ),
)
NOW: Final = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)


class Clock:
    """The book's clock."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(clock: Clock) -> LoanBook:
    return LoanBook({ROLE: LentRole(ROLE, RIGHTS, "tenant")}, b"seal", clock.now)


# From the templates.

VIA = ("s3", "sqs")


def template() -> dict[str, Any]:
    """A role that is lent, its policy, and the role of a function beside it."""
    lender = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:role/lender"}}
    conditions = {
        "ForAnyValue:StringLike": {"kms:ResourceAliases": f"alias/tenants/{TAG}"},
        "StringEquals": {"kms:ViaService": [f"{one}.{REGION}.amazonaws.com" for one in VIA]},
    }
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "lent",
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        {**lender, "Action": "sts:AssumeRole", "Condition": deepcopy(TRUST)},
                        {**lender, "Action": "sts:TagSession", "Condition": deepcopy(TRUST)},
                    ]
                },
            },
        },
        "Policy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sqs:ReceiveMessage",
                            "Resource": f"{QUEUE}{TAG}",
                        },
                        {
                            "Effect": "Allow",
                            "Action": ["kms:Decrypt"],
                            "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/*",
                            "Condition": conditions,
                        },
                    ]
                },
            },
        },
        "Function": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "function",
                "AssumeRolePolicyDocument": {
                    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]
                },
            },
        },
    }


def roles(folder: Path, resources: dict[str, Any]) -> dict[str, LentRole]:
    stack = Stack("Mini", ACCOUNT, REGION, {"Resources": resources})
    assembly = Assembly(folder, (stack,))
    return read_roles(resolve(assembly, Install(folder, b"s" * 32), "http://127.0.0.1"))


def test_the_roles_of_the_templates(tmp_path: Path) -> None:
    found = roles(tmp_path, template())
    assert found == {ROLE: LentRole(ROLE, (RIGHTS[0], RIGHTS[2]), "tenant")}


def trusted(made: dict[str, Any]) -> Any:
    return made["Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]


def allowed(made: dict[str, Any]) -> Any:
    return made["Policy"]["Properties"]["PolicyDocument"]["Statement"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda m: trusted(m)[0].pop("Condition"), "a trust that is not known"),
        (lambda m: trusted(m)[0]["Condition"].pop("StringLike"), "a trust that is not known"),
        (
            lambda m: trusted(m)[0]["Condition"].update(Bool={"aws:SecureTransport": "true"}),
            "a trust that is not known",
        ),
        (
            lambda m: trusted(m)[0]["Condition"]["StringLike"].update(
                {"aws:RequestTag/tenant": "*"}
            ),
            "exactly one tag",
        ),
        (
            lambda m: trusted(m)[1]["Condition"]["ForAllValues:StringEquals"].update(
                {"aws:TagKeys": ["tenant", "more"]}
            ),
            "exactly one tag",
        ),
        (
            lambda m: trusted(m)[1].update(
                Condition={
                    "StringLike": {"aws:RequestTag/site": "?*"},
                    "ForAllValues:StringEquals": {"aws:TagKeys": "site"},
                }
            ),
            "different tags",
        ),
        (lambda m: allowed(m)[0].update(Effect="Deny"), "a statement"),
        (lambda m: allowed(m)[0].update(NotResource="*"), "a statement"),
        (lambda m: allowed(m)[0].update(NotAction="s3:*"), "a statement"),
        (
            lambda m: allowed(m)[0].update(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            "a statement",
        ),
        (
            lambda m: allowed(m)[1]["Condition"]["ForAnyValue:StringLike"].update(
                {"kms:ViaService": "s3"}
            ),
            "a statement",
        ),
        (
            # Nothing here uses a key but for an object.
            lambda m: allowed(m)[1]["Condition"]["StringEquals"].update(
                {"kms:ViaService": "sqs.eu-west-3.amazonaws.com"}
            ),
            "a statement",
        ),
    ],
)
def test_a_role_that_says_more_stops_the_start(tmp_path: Path, change: Any, what: str) -> None:
    made = template()
    change(made)
    with pytest.raises(TemplateError, match=what):
        roles(tmp_path, made)


@pytest.mark.parametrize(
    "trust", [{}, {"Statement": []}, {"Statement": {"Effect": "Allow", "NotAction": "sts:*"}}]
)
def test_a_role_that_nobody_assumes_with_a_tag_is_not_lent(tmp_path: Path, trust: Any) -> None:
    made = template()
    made["Function"]["Properties"]["AssumeRolePolicyDocument"] = trust
    del made["Function"]["Properties"]["RoleName"]
    assert roles(tmp_path, made).keys() == {ROLE}


# The rights.


@pytest.mark.parametrize(
    ("action", "resource", "alias", "expected"),
    [
        ("sqs:ReceiveMessage", f"{QUEUE}demo", "", True),
        ("sqs:ReceiveMessage", f"{QUEUE}demo-2", "", False),
        ("sqs:ReceiveMessage", f"{QUEUE}Demo", "", False),
        ("sqs:DeleteMessage", f"{QUEUE}demo", "", False),
        ("SQS:ReceiveMessage", f"{QUEUE}demo", "", False),
        ("", f"{QUEUE}demo", "", False),
        ("s3:PutObject", "arn:aws:s3:::cache/demo/incoming/1", "", True),
        ("s3:PutObject", "arn:aws:s3:::cache/demo/incoming/", "", True),
        ("s3:PutObject", "arn:aws:s3:::cache/demo/incoming/a\nb", "", True),
        ("s3:PutObject", "arn:aws:s3:::cache/demo/incoming", "", False),
        ("s3:PutObject", "arn:aws:s3:::cache/demo2/incoming/1", "", False),
        ("s3:PutObject", "arn:aws:s3:::x/cache/demo/incoming/1", "", False),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "alias/tenants/demo", True),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "alias/tenants/other", False),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1", "", False),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:1:key/1", "alias/tenants/demo", False),
    ],
)
def test_the_rights_of_a_loan(
    book: LoanBook, action: str, resource: str, alias: str, expected: bool
) -> None:
    loan = Loan(ROLE, {"tenant": "demo"})
    assert book.allows(loan, action, resource, alias=alias) is expected
    assert not book.allows(Loan(ROLE, {}), action, resource, alias=alias)
    assert not book.allows(Loan(ROLE, {"Tenant": "demo"}), action, resource, alias=alias)
    assert not book.allows(Loan("another", {"tenant": "demo"}), action, resource, alias=alias)


@pytest.mark.parametrize("tenant", ["*", "?emo", "[d]emo", "dem[o]", TAG, "demo/../other"])
def test_a_tag_s_value_is_no_pattern(book: LoanBook, tenant: str) -> None:
    loan = Loan(ROLE, {"tenant": tenant})
    assert not book.allows(loan, "sqs:ReceiveMessage", f"{QUEUE}demo")
    assert book.allows(loan, "sqs:ReceiveMessage", f"{QUEUE}{tenant}")


# The loan.


def test_a_loan_opens_until_it_ends(book: LoanBook, clock: Clock) -> None:
    lent = book.lend(ROLE, {"tenant": "demo"}, HOUR)
    assert lent["AccessKeyId"].startswith("ASIA")
    assert lent["Expiration"] == "2026-11-30T13:00:00Z"
    shown = lent["AccessKeyId"], lent["SessionToken"]
    assert book.open(*shown) == (lent["SecretAccessKey"], Loan(ROLE, {"tenant": "demo"}))
    again = LoanBook({}, b"seal", clock.now)
    assert again.open(*shown)[0] == lent["SecretAccessKey"], "after a restart"
    clock.at = NOW + HOUR
    with pytest.raises(SignatureError) as error:
        book.open(*shown)
    assert error.value.code == "ExpiredToken"


def test_two_loans_have_other_keys(book: LoanBook) -> None:
    one, two = (book.lend(ROLE, {"tenant": "demo"}, HOUR) for _ in range(2))
    assert not set(one.values()) & set(two.values()) - {one["Expiration"]}


@pytest.mark.parametrize(
    ("role", "tags"),
    [
        ("arn:aws:iam::1:role/other", {"tenant": "demo"}),
        ("", {"tenant": "demo"}),
        (ROLE, {}),
        (ROLE, {"tenant": ""}),
        (ROLE, {"Tenant": "demo"}),
        (ROLE, {"tenant": "demo", "more": "1"}),
    ],
)
def test_a_role_is_lent_with_its_one_tag(book: LoanBook, role: str, tags: dict[str, str]) -> None:
    with pytest.raises(SignatureError) as error:
        book.lend(role, tags, HOUR)
    assert (error.value.status, error.value.code) == (403, "AccessDenied")


def test_a_token_of_our_making_opens_alone(book: LoanBook, clock: Clock) -> None:
    lent = book.lend(ROLE, {"tenant": "demo"}, HOUR)
    text, mark = lent["SessionToken"].split(".")
    facts = json.loads(base64.urlsafe_b64decode(text))
    other = base64.urlsafe_b64encode(json.dumps({**facts, "tags": {"tenant": "b"}}).encode())
    elsewhere = LoanBook({}, b"another seal", clock.now)
    for token in ("", ".", text, f"{text}.", f"{text}.{mark}0", f"{other.decode()}.{mark}", "é.é"):
        with pytest.raises(SignatureError) as error:
            book.open(lent["AccessKeyId"], token)
        assert error.value.code == "InvalidAccessKeyId"
    for opened, key in ((book, "ASIA0"), (elsewhere, lent["AccessKeyId"])):
        with pytest.raises(SignatureError):
            opened.open(key, lent["SessionToken"])


# As STS is asked.


class _Nothing:
    def read(self, _size: int = -1, /) -> bytes:
        return b""

    readline = read


ASKED: Final = (
    ("Action", "AssumeRole"),
    ("Version", "2011-06-15"),
    ("RoleArn", ROLE),
    ("RoleSessionName", "demo.salle-1"),
    ("DurationSeconds", "3600"),
    ("Tags.member.1.Key", "tenant"),
    ("Tags.member.1.Value", "demo"),
)


def ask(book: LoanBook, body: bytes) -> tuple[int, dict[str, str]]:
    request = Request("POST", "/", headers_of({}), Body(_Nothing(), 0))
    answer = TokenService(book)(request, body)
    assert isinstance(answer.body, bytes)
    texts = {
        etree.QName(one).localname: one.text or "" for one in etree.fromstring(answer.body).iter()
    }
    return answer.status, texts


def test_sts_lends(book: LoanBook) -> None:
    status, told = ask(book, urlencode(ASKED).encode())
    assert status == 200
    secret, loan = book.open(told["AccessKeyId"], told["SessionToken"])
    assert (secret, loan.tags) == (told["SecretAccessKey"], {"tenant": "demo"})
    shorter = dict(ASKED) | {"DurationSeconds": "900"}
    assert ask(book, urlencode(shorter).encode())[1]["Expiration"] == "2026-11-30T12:15:00Z"


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"Action": "GetCallerIdentity"}, 400, "InvalidAction"),
        ({"Action": ""}, 400, "InvalidAction"),
        ({"RoleArn": f"{ROLE}2"}, 403, "AccessDenied"),
        ({"RoleArn": None}, 403, "AccessDenied"),
        ({"Tags.member.1.Key": None}, 403, "AccessDenied"),
        ({"Tags.member.1.Value": None}, 403, "AccessDenied"),
        ({"Tags.member.2.Key": "more", "Tags.member.2.Value": "1"}, 403, "AccessDenied"),
        (
            {"Tags.member.2.Key": "tenant", "Tags.member.2.Value": "other"},
            400,
            "InvalidParameterValue",
        ),
        ({"DurationSeconds": "3601"}, 400, "ValidationError"),
        ({"DurationSeconds": "899"}, 400, "ValidationError"),
        ({"DurationSeconds": "an hour"}, 400, "ValidationError"),
        ({"DurationSeconds": "٣٦٠٠"}, 400, "ValidationError"),
        ({"RoleSessionName": "a b"}, 400, "ValidationError"),
        ({"RoleSessionName": None}, 400, "ValidationError"),
        # They would make the session another one than it is here.
        ({"Policy": "{}"}, 400, "ValidationError"),
        ({"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/x"}, 400, "ValidationError"),
        ({"TransitiveTagKeys.member.1": "tenant"}, 400, "ValidationError"),
        ({"SourceIdentity": "somebody"}, 400, "ValidationError"),
        ({"ExternalId": "1"}, 400, "ValidationError"),
        ({"Tags.member.01.Key": "tenant"}, 400, "ValidationError"),
        ({"tags.member.1.key": "tenant"}, 400, "ValidationError"),
    ],
)
def test_sts_refuses(
    book: LoanBook, changed: dict[str, str | None], status: int, code: str
) -> None:
    asked = {**dict(ASKED), **changed}
    body = urlencode({name: value for name, value in asked.items() if value is not None})
    found, told = ask(book, body.encode())
    assert (found, told["Code"]) == (status, code)
    assert "SecretAccessKey" not in told


@pytest.mark.parametrize(
    "body",
    [
        urlencode([*ASKED, ("RoleArn", ROLE)]).encode(),
        urlencode([*ASKED, ("Tags.member.1.Value", "other")]).encode(),
        b"\xff\xfe",
        b"",
    ],
)
def test_sts_refuses_another_body(book: LoanBook, body: bytes) -> None:
    status, told = ask(book, body)
    assert status == 400
    assert "SecretAccessKey" not in told
