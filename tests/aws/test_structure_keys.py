"""The structures' keys in the bucket of secrets: checked, rotated without a deployment."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from functions.aws import clients, secrets
from functions.aws.structure_keys import TenantKeys
from functions.aws.tenant_secrets import Kept
from functions.drimbox.errors import Held
from functions.drimbox.identity.certificate_findings import Fault, Use
from functions.drimbox.tenants.model import Identification, Structure
from infra.admin.secret_stores import Stores
from simulators.pki import Issued, of_structure
from tests.fakes.aws import put_tenant_secret
from tests.fakes.memory import VirtualClock
from tests.fakes.world import STRUCTURE, TENANT, keys

BUCKET = "secrets"
OWN = TENANT.structures[0]
EJ = "1750000009"
_YEAR = timedelta(days=365)


@pytest.fixture
def clock(aws: None) -> VirtualClock:
    clients.secretsmanager().create_secret(
        Name="drimbox/trust",
        SecretString=json.dumps({"structures": keys().authority.root.certificate_pem}),
    )
    return VirtualClock()


def _value(issued: Issued) -> str:
    return json.dumps({"certificate": issued.certificate_pem, "private_key": issued.key_pem})


def _put(use: str, issued: Issued, *, holder: str = STRUCTURE, tenant: str = "demo") -> None:
    stores = Stores(clients.secretsmanager(), clients.s3(), BUCKET)
    assert stores.put({f"{tenant}/structures/{holder}/{use}": _value(issued)})


def _issue(use: int, since: datetime, *, holder: str = STRUCTURE) -> Issued:
    wanted = of_structure(holder)[use]
    return keys().authority.issue(wanted.subject, wanted.profile, since, life=_YEAR)


def _keys(clock: VirtualClock, tenant: str = "demo") -> TenantKeys:
    return TenantKeys(BUCKET, tenant, "drimbox/trust", clock)


def test_a_structure_s_keys_are_its_own(clock: VirtualClock) -> None:
    own = _keys(clock).of(OWN)
    for ask in (own.signer, own.tls):
        with pytest.raises(Held, match=r"^no_certificate_for_structure$") as raised:
            ask()
        assert raised.value.detail.endswith(f"of {STRUCTURE}: absent")
    _put("auth", keys().auth)
    _put("sign", keys().sign)
    assert (
        own.signer().certificate
        == secrets.open_signer(keys().sign.certificate_pem, keys().sign.key_pem).certificate
    )
    assert own.tls().certificate == keys().auth.certificate_pem
    assert own.judgement(Use.SIGN).fault is None
    with pytest.raises(Held):
        _keys(clock, "other").signer(OWN)


def test_an_unreadable_secret_says_so(clock: VirtualClock) -> None:
    put_tenant_secret("demo", f"structures/{STRUCTURE}/sign", '{"certificate": "x"}')
    assert _keys(clock).of(OWN).judgement(Use.SIGN).fault is Fault.UNREADABLE


def test_a_certificate_of_another_structure_never_serves(clock: VirtualClock) -> None:
    _put("sign", _issue(1, clock.now() - _YEAR / 2, holder=EJ))
    with pytest.raises(Held) as raised:
        _keys(clock).signer(OWN)
    assert raised.value.detail == f"ORG_SIGN of {STRUCTURE}: other_structure"


def test_a_legal_entity_lends_its_certificates(clock: VirtualClock) -> None:
    lent = Structure(STRUCTURE, "Site", "SA08", Identification.EJ_EG, EJ)
    with pytest.raises(Held):
        _keys(clock).signer(lent)
    issued = _issue(1, clock.now() - _YEAR / 2, holder=EJ)
    _put("sign", issued, holder=EJ)
    certificate = _keys(clock).signer(lent).certificate
    assert certificate == secrets.open_signer(issued.certificate_pem, issued.key_pem).certificate


def test_a_new_certificate_waits_beside_the_former_one(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [1000.0]
    monkeypatch.setattr("functions.aws.tenant_secrets.time.monotonic", lambda: at[0])
    today = clock.now()
    former = _issue(1, today - _YEAR + timedelta(days=10))
    coming = _issue(1, today + timedelta(days=5))
    _put("sign", former)
    own = _keys(clock).of(OWN)

    def serial() -> str:
        facts = own.judgement(Use.SIGN).facts
        assert facts is not None
        return facts.serial_number

    assert serial() == f"{former.certificate.serial_number:x}"
    _put("sign", coming)
    at[0] += secrets.TTL
    assert serial() == f"{former.certificate.serial_number:x}"
    clock.advance(timedelta(days=6))
    assert serial() == f"{coming.certificate.serial_number:x}"
    clock.advance(_YEAR)
    assert own.judgement(Use.SIGN).fault is Fault.EXPIRED


def test_another_new_certificate_leaves_the_one_in_force(clock: VirtualClock) -> None:
    """A serves, B and then C wait for their dates: nothing but A can sign meanwhile."""
    name = f"demo/structures/{STRUCTURE}/sign"
    stores = Stores(clients.secretsmanager(), clients.s3(), BUCKET, clock)
    a, b, c = (
        _value(_issue(1, clock.now() + timedelta(days=days))) for days in (10 - _YEAR.days, 5, 6)
    )
    for value, beside in ((a, ""), (b, a), (c, a), (b, a)):
        assert stores.put({name: value}) == [name]
        assert stores._kept(name)[0] == Kept(value, beside)
    assert _keys(clock).of(OWN).judgement(Use.SIGN).fault is None
    assert stores.put({name: a}) == [name]
    assert stores._kept(name)[0] == Kept(a), "B never served"
    stores.put({name: b})
    clock.advance(timedelta(days=6))
    stores.put({name: c})
    assert stores._kept(name)[0] == Kept(c, b), "B is the one in force"


def test_the_first_certificate_that_waits_stays_beside_the_second(clock: VirtualClock) -> None:
    name = f"demo/structures/{STRUCTURE}/sign"
    stores = Stores(clients.secretsmanager(), clients.s3(), BUCKET, clock)
    b, c = (_value(_issue(1, clock.now() + timedelta(days=days))) for days in (5, 6))
    stores.put({name: b})
    stores.put({name: c})
    assert stores._kept(name)[0] == Kept(c, b)


def test_a_former_key_that_leaked_is_forgotten(clock: VirtualClock) -> None:
    name = f"demo/structures/{STRUCTURE}/sign"
    stores = Stores(clients.secretsmanager(), clients.s3(), BUCKET, clock)
    leaked, new = (_value(_issue(1, clock.now() - timedelta(days=days))) for days in (20, 2))
    stores.put({name: leaked})
    stores.put({name: new})
    assert stores.put({name: new}, forget_former=True) == [name]
    assert stores._kept(name)[0] == Kept(new)
    assert stores.put({name: new}, forget_former=True) == []
