"""functions.drimbox.peers.signer: the name, the chain, the dates, the revocations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID

from functions.drimbox.errors import ConfigurationError
from functions.drimbox.peers.faults import Fault
from functions.drimbox.peers.revocation import read_lists
from functions.drimbox.peers.signer import Signer, require_signer
from tests.drimbox.peers.scenes import (
    AT,
    CA,
    DAY,
    LEAF,
    NAME,
    UNIT,
    certificate,
    crl,
    fault,
    key,
    pem,
    usage,
)

SUBJECT = f"CN={NAME},OU={UNIT},O=ANS,C=FR"
ROOT = certificate("CN=root", "CN=root", key(1), key(1), extensions=CA)
MIDDLE = certificate("CN=middle", "CN=root", key(2), key(1), extensions=CA, number=5)
LISTS = (crl("CN=root", key(1)), crl("CN=middle", key(2)))


def leaf(subject: str = SUBJECT, **facts: Any) -> x509.Certificate:
    return certificate(
        subject,
        facts.pop("issuer", "CN=middle"),
        facts.pop("own", key(3)),
        facts.pop("issuer_key", key(2)),
        **{"extensions": LEAF, "number": 9, **facts},
    )


def verdict(
    one: x509.Certificate | None = None,
    *authorities: x509.Certificate,
    lists: tuple[bytes, ...] = LISTS,
    after: timedelta = timedelta(),
) -> str:
    declared = Signer(NAME, UNIT, pem(*(authorities or (MIDDLE, ROOT))))
    return fault(lambda: require_signer(one or leaf(), declared, read_lists(lists), AT + after))


def test_the_signer_is_accepted_by_a_chain_of_any_order() -> None:
    assert verdict() == verdict(None, ROOT, MIDDLE) == ""
    direct = leaf(issuer="CN=root", issuer_key=key(1))
    assert verdict(direct, ROOT, lists=LISTS[:1]) == ""


@pytest.mark.parametrize(
    "subject",
    [
        f"CN={NAME},O=ANS,C=FR",
        f"OU={UNIT},O=ANS,C=FR",
        f"CN={NAME}X,OU={UNIT}",
        f"CN={NAME.upper()},OU={UNIT}",
        f"CN={NAME},OU={UNIT}0",
        f"CN={NAME},CN={NAME},OU={UNIT}",
        f"CN=x,CN={NAME},OU={UNIT}",
        f"CN={NAME},OU={UNIT},OU=x",
        f"CN={UNIT},OU={NAME}",
        f"O={NAME},L={UNIT}",
        "",
    ],
)
def test_another_name_is_another_signer(subject: str) -> None:
    assert verdict(leaf(subject)) == Fault.OTHER_SIGNER


def test_a_certificate_whose_name_cannot_be_read_is_another_signer() -> None:
    class Unread:
        @property
        def subject(self) -> object:
            raise ValueError("a name that is none")

    assert verdict(Unread()) == Fault.OTHER_SIGNER  # type: ignore[arg-type]


OTHER_ROOT = certificate("CN=root", "CN=root", key(4), key(4), extensions=CA)


@pytest.mark.parametrize(
    ("one", "authorities"),
    [
        (leaf(issuer="CN=other"), ()),
        (leaf(issuer_key=key(4)), ()),
        (leaf(), (ROOT,)),
        (leaf(), (MIDDLE,)),
        (leaf(), (MIDDLE, OTHER_ROOT)),
        (leaf(issuer=SUBJECT, issuer_key=key(3)), ()),
        (leaf(extensions=CA), ()),
        (leaf(extensions=[usage(key_encipherment=True)]), ()),
        (leaf(own=key(90)), ()),
        (leaf(digest=hashes.SHA224()), ()),
        (leaf(), (certificate("CN=middle", "CN=root", key(2), key(1), extensions=LEAF), ROOT)),
        (leaf(), (certificate("CN=middle", "CN=root", key(2), key(1)), ROOT)),
        (
            leaf(),
            (
                certificate(
                    "CN=middle",
                    "CN=root",
                    key(2),
                    key(1),
                    extensions=[*CA, usage(crl_sign=True, digital_signature=True)],
                ),
                ROOT,
            ),
        ),
        (
            leaf(issuer_key=key(90)),
            (certificate("CN=middle", "CN=root", key(90), key(1), extensions=CA), ROOT),
        ),
    ],
)
def test_a_signer_whom_no_declared_authority_vouches_for_is_refused(
    one: x509.Certificate, authorities: tuple[x509.Certificate, ...]
) -> None:
    assert verdict(one, *authorities) == Fault.UNTRUSTED_SIGNER


@pytest.mark.parametrize(
    "extensions",
    [
        (),
        LEAF,
        [usage(digital_signature=True)],
        [usage(content_commitment=True)],
        [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])],
    ],
)
def test_a_certificate_that_may_sign_is_accepted(extensions: Any) -> None:
    assert verdict(leaf(extensions=extensions)) == ""


@pytest.mark.parametrize("after", [-2 * DAY, 2 * DAY])
def test_every_certificate_is_in_its_dates(after: timedelta) -> None:
    long: dict[str, Any] = {"begin": AT - 9 * DAY, "end": AT + 9 * DAY}
    root = certificate("CN=root", "CN=root", key(1), key(1), extensions=CA, **long)
    middle = certificate("CN=middle", "CN=root", key(2), key(1), extensions=CA, **long)
    lists = tuple(
        crl(issuer, one, begin=AT - 9 * DAY, end=AT + 9 * DAY)
        for issuer, one in (("CN=root", key(1)), ("CN=middle", key(2)))
    )
    one = leaf(**long)
    assert verdict(one, middle, root, lists=lists, after=after) == ""
    for chain in ((leaf(), middle, root), (one, MIDDLE, root), (one, middle, ROOT)):
        assert verdict(*chain, lists=lists, after=after) == Fault.SIGNER_DATES


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ((), Fault.NO_REVOCATION_LIST),
        (LISTS[:1], Fault.NO_REVOCATION_LIST),
        (LISTS[1:], Fault.NO_REVOCATION_LIST),
        ((LISTS[0], crl("CN=middle", key(2), 9)), Fault.REVOKED_SIGNER),
        ((crl("CN=root", key(1), 5), LISTS[1]), Fault.REVOKED_SIGNER),
    ],
)
def test_every_certificate_below_the_root_has_a_list_that_clears_it(
    lists: tuple[bytes, ...], expected: Fault
) -> None:
    assert verdict(lists=lists) == expected


def test_one_of_two_authorities_of_a_name_is_enough() -> None:
    """A renewed authority keeps its name: the former one's certificate may have ended."""
    ended = certificate(
        "CN=middle", "CN=root", key(2), key(1), extensions=CA, end=AT - timedelta(hours=1)
    )
    assert verdict(None, ended, MIDDLE, ROOT) == verdict(None, MIDDLE, ended, ROOT) == ""
    assert verdict(None, ended, ROOT) == Fault.SIGNER_DATES


def test_authorities_that_vouch_for_each_other_end() -> None:
    one = certificate("CN=a", "CN=b", key(1), key(2), extensions=CA)
    two = certificate("CN=b", "CN=a", key(2), key(1), extensions=CA)
    lists = (crl("CN=a", key(1)), crl("CN=b", key(2)))
    signed = leaf(issuer="CN=a", issuer_key=key(1))
    assert verdict(signed, one, two, lists=lists) == Fault.UNTRUSTED_SIGNER


@pytest.mark.parametrize("bundle", ["", "x", "-----BEGIN CERTIFICATE-----\n"])
def test_a_bundle_that_is_none_is_a_fault_of_the_deployment(bundle: str) -> None:
    declared = Signer(NAME, UNIT, bundle)
    with pytest.raises(ConfigurationError):
        require_signer(leaf(), replace(declared), (), AT)
