"""The VIHF: one assertion is good, each spoiled one is refused for its own reason."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from simulators.pki import AUTHORITY_SUBJECT, SERVER, Authority
from tests.simulators.dmp.conftest import Bench
from tests.simulators.dmp.sender import (
    DS,
    INS_OID,
    ITI_18,
    NOW,
    SAML,
    SOAP,
    WSSE,
    Publication,
    Query,
    Site,
    Spoil,
    Vihf,
    envelope,
    later,
)

AIR = "INDIRECTE_RENFORCEE"
SHA256 = {
    "method": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "digest": "http://www.w3.org/2001/04/xmlenc#sha256",
}


def attribute(name: str) -> Callable[[etree._Element], etree._Element]:
    def find(assertion: etree._Element) -> etree._Element:
        found = assertion.find(f".//{{{SAML}}}Attribute[@Name='{name}']")
        assert found is not None
        return found

    return find


def child(*path: str) -> Callable[[etree._Element], etree._Element]:
    def find(assertion: etree._Element) -> etree._Element:
        found = assertion.find("/".join(f"{{{SAML}}}{step}" for step in path))
        assert found is not None
        return found

    return find


def remove(find: Callable[[etree._Element], etree._Element]) -> Spoil:
    def spoil(assertion: etree._Element) -> None:
        element = find(assertion)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return spoil


def twice(find: Callable[[etree._Element], etree._Element]) -> Spoil:
    return lambda assertion: find(assertion).addnext(copy.deepcopy(find(assertion)))


def text(find: Callable[[etree._Element], etree._Element], value: str) -> Spoil:
    def spoil(assertion: etree._Element) -> None:
        find(assertion).text = value

    return spoil


def put(find: Callable[[etree._Element], etree._Element], key: str, value: str) -> Spoil:
    return lambda assertion: find(assertion).set(key, value)


def value(name: str, new: str) -> Spoil:
    return text(lambda a: attribute(name)(a)[0], new)


def itself(assertion: etree._Element) -> etree._Element:
    return assertion


def conditions(not_before: str = "", not_on_or_after: str = "") -> Spoil:
    def spoil(assertion: etree._Element) -> None:
        element = etree.Element(f"{{{SAML}}}Conditions")
        if not_before:
            element.set("NotBefore", not_before)
        if not_on_or_after:
            element.set("NotOnOrAfter", not_on_or_after)
        child("Subject")(assertion).addnext(element)

    return spoil


def stamp(seconds: float) -> str:
    return later(seconds).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "facts",
    [
        {},
        SHA256,
        {"mode": "DIRECTE"},
        {"before": conditions(stamp(0), stamp(30))},
        {"before": conditions(stamp(0))},
        {"before": conditions("", stamp(5))},
        {"now": later(-29.9)},
        {"now": later(4)},
    ],
    ids=["sha1", "sha256", "direct", "conditions", "from", "until", "old", "ahead"],
)
def test_a_good_assertion_is_taken(bench: Bench, facts: dict[str, Any]) -> None:
    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, **facts)))

    assert reply.success
    assert len(bench.held) == 2


TOKEN = "wsse:InvalidSecurityToken"
CHECK = "wsse:FailedCheck"
AUTHENTICATION = "wsse:FailedAuthentication"
EXPIRED = "wsse:MessageExpired"
RESOURCE = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
SINGLE = {
    "VIHF_Version": "4.0",
    "Secteur_Activite": "SA01",
    "Ressource_URN": "urn:other",
    "urn:oasis:names:tc:xspa:1.0:subject:subject-id": "",
    "Identifiant_Structure": "750803447",
    "LPS_ID": "",
    "LPS_Nom": "",
    "LPS_Version": "",
    "LPS_ID_HOMOLOGATION_DMP": "",
    RESOURCE: "",
    "Authentification_Mode": "AIR",
}


def role(index: int) -> Callable[[etree._Element], etree._Element]:
    return lambda assertion: attribute(ROLE)(assertion)[index][0]


def first_code(name: str) -> Callable[[etree._Element], etree._Element]:
    return lambda assertion: attribute(name)(assertion)[0][0]


BEFORE_SIGNING: dict[str, tuple[Spoil, str]] = {
    "version": (put(itself, "Version", "1.1"), TOKEN),
    "issue instant": (put(itself, "IssueInstant", "yesterday"), TOKEN),
    "issue instant without zone": (put(itself, "IssueInstant", "2026-11-24T12:00:00"), TOKEN),
    "issue instant not in UTC": (put(itself, "IssueInstant", "2026-11-24T13:00:00+01:00"), TOKEN),
    "authn instant": (put(child("AuthnStatement"), "AuthnInstant", ""), TOKEN),
    "issuer format": (put(child("Issuer"), "Format", "urn:x"), AUTHENTICATION),
    "issuer of another": (text(child("Issuer"), "CN=x,O=y,C=FR"), AUTHENTICATION),
    "issuer that is no name": (text(child("Issuer"), "no name"), AUTHENTICATION),
    "no issuer": (remove(child("Issuer")), TOKEN),
    "no subject": (remove(child("Subject")), TOKEN),
    "no name id": (text(child("Subject", "NameID"), ""), TOKEN),
    "no statement": (remove(child("AuthnStatement")), TOKEN),
    "context class": (
        text(child("AuthnStatement", "AuthnContext", "AuthnContextClassRef"), "urn:x"),
        TOKEN,
    ),
    "life of 31 s": (conditions(stamp(0), stamp(31)), TOKEN),
    "not yet": (conditions(stamp(10)), AUTHENTICATION),
    "over": (conditions(stamp(-10), stamp(0)), EXPIRED),
    "bad condition": (conditions("soon"), TOKEN),
    "no attributes": (remove(child("AttributeStatement")), TOKEN),
    "unknown attribute twice": (
        lambda a: child("AttributeStatement")(a).extend([_other(), _other()]),
        TOKEN,
    ),
    "resource not an identity": (value(RESOURCE, "IPP^^^&1.2.3&ISO^PI"), TOKEN),
    "purpose unknown": (put(first_code(PURPOSE), "code", "curiosity"), TOKEN),
    "purpose of another system": (put(first_code(PURPOSE), "codeSystem", "1.2.3"), TOKEN),
    "purpose missing": (remove(attribute(PURPOSE)), TOKEN),
    "purpose not coded": (remove(first_code(PURPOSE)), TOKEN),
    "role not a CE": (
        put(role(0), "{http://www.w3.org/2001/XMLSchema-instance}type", "CV"),
        TOKEN,
    ),
    "role of another system": (put(role(0), "codeSystem", "1.2.3"), TOKEN),
    "role without code": (put(role(0), "code", ""), TOKEN),
    "role missing": (remove(attribute(ROLE)), TOKEN),
    "physician without specialty": (remove(lambda a: attribute(ROLE)(a)[1]), TOKEN),
    "specialty of another system": (put(role(1), "codeSystem", "1.2.3"), TOKEN),
}
for single, wrong in SINGLE.items():
    BEFORE_SIGNING[f"no {single}"] = (remove(attribute(single)), TOKEN)
    BEFORE_SIGNING[f"wrong {single}"] = (value(single, wrong), TOKEN)
    BEFORE_SIGNING[f"{single} twice"] = (twice(attribute(single)), TOKEN)


def _other() -> etree._Element:
    return etree.Element(f"{{{SAML}}}Attribute", Name="Other")


@pytest.mark.parametrize("case", BEFORE_SIGNING)
def test_forbidden_content_of_a_signed_assertion(bench: Bench, case: str) -> None:
    spoil, code = BEFORE_SIGNING[case]

    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, before=spoil)))

    assert (reply.status, reply.fault) == (400, code)
    assert bench.held == []


def signature_part(*path: str) -> Callable[[etree._Element], etree._Element]:
    def find(assertion: etree._Element) -> etree._Element:
        found = assertion.find("/".join(f"{{{DS}}}{step}" for step in ("Signature", *path)))
        assert found is not None
        return found

    return find


SIGNED_INFO = signature_part("SignedInfo")
REFERENCE = signature_part("SignedInfo", "Reference")
CERTIFICATE = signature_part("KeyInfo", "X509Data", "X509Certificate")
AFTER_SIGNING: dict[str, tuple[Spoil, str]] = {
    "another patient": (value(RESOURCE, f"180035121518989^^^&{INS_OID}&ISO^NH"), CHECK),
    "another instant": (put(itself, "IssueInstant", stamp(1)), CHECK),
    "no signature": (remove(signature_part()), TOKEN),
    "two signatures": (twice(signature_part()), TOKEN),
    "two signed infos": (twice(SIGNED_INFO), CHECK),
    "no reference": (remove(REFERENCE), CHECK),
    "two references": (twice(REFERENCE), CHECK),
    "whole document": (put(REFERENCE, "URI", ""), CHECK),
    "another element": (put(REFERENCE, "URI", "#elsewhere"), CHECK),
    "outside": (put(REFERENCE, "URI", "http://127.0.0.1/x"), CHECK),
    "not enveloped": (
        lambda a: REFERENCE(a)[0].remove(REFERENCE(a)[0][0]),
        CHECK,
    ),
    "transform that filters": (
        put(
            lambda a: REFERENCE(a)[0][1],
            "Algorithm",
            "http://www.w3.org/TR/1999/REC-xslt-19991116",
        ),
        CHECK,
    ),
    "unknown canonical form": (
        put(signature_part("SignedInfo", "CanonicalizationMethod"), "Algorithm", "urn:x"),
        CHECK,
    ),
    "HMAC with the public key": (
        put(
            signature_part("SignedInfo", "SignatureMethod"),
            "Algorithm",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        ),
        CHECK,
    ),
    "unknown digest": (
        put(
            signature_part("SignedInfo", "Reference", "DigestMethod"),
            "Algorithm",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
        ),
        CHECK,
    ),
    "digest not base64": (
        text(signature_part("SignedInfo", "Reference", "DigestValue"), "é"),
        CHECK,
    ),
    "no certificate": (remove(CERTIFICATE), CHECK),
    "certificate not base64": (text(CERTIFICATE, "XXXXX"), CHECK),
    "certificate that is none": (text(CERTIFICATE, "AAAA"), CHECK),
    "not a legal ID": (put(itself, "ID", "1234"), TOKEN),
}


@pytest.mark.parametrize("case", AFTER_SIGNING)
def test_a_change_after_signing_is_seen(bench: Bench, case: str) -> None:
    spoil, code = AFTER_SIGNING[case]

    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, after=spoil)))

    assert (reply.status, reply.fault) == (400, code)
    assert bench.held == []


@pytest.mark.parametrize(("age", "code"), [(30, EXPIRED), (3600, EXPIRED), (-6, AUTHENTICATION)])
def test_an_assertion_lives_thirty_seconds(bench: Bench, age: int, code: str) -> None:
    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, now=later(-age))))

    assert reply.fault == code


def test_an_assertion_serves_one_request(bench: Bench) -> None:
    body, content_type = Query.find(bench.site).build()

    first = bench.registry.query(body, content_type, bench.site.peer)
    second = bench.registry.query(body, content_type, bench.site.peer)

    assert (first.status, second.status) == (200, 400)
    assert b"already used" in second.body


def test_used_assertions_are_forgotten_once_expired(bench: Bench) -> None:
    assert bench.store.remember_assertion("a", NOW, NOW - timedelta(seconds=60))
    assert not bench.store.remember_assertion("a", later(59), later(-1))
    assert bench.store.remember_assertion("a", later(61), later(1))


def test_the_signing_certificate_comes_from_the_authority(bench: Bench, stranger: Site) -> None:
    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, signer=stranger.sign)))

    assert reply.fault == AUTHENTICATION
    assert "authority" in reply.reason


def test_the_signing_certificate_is_of_the_structure_of_the_connection(
    bench: Bench, other_structure: Site
) -> None:
    vihf = Vihf(bench.site, signer=other_structure.sign, structure="1920000684")

    reply = bench.submit(Publication(bench.site, vihf=vihf))

    assert reply.fault == AUTHENTICATION
    assert "two structures" in reply.reason


def test_the_structure_is_the_certificates(bench: Bench) -> None:
    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, structure="1920000684")))

    assert reply.fault == AUTHENTICATION
    assert "Identifiant_Structure" in reply.reason


def test_a_declared_establishment_may_be_acted_for(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(establishments={"1750803447": frozenset({"1920000684"})})
    vihf = Vihf(bench.site, structure="1920000684")

    assert bench.submit(Publication(bench.site, vihf=vihf, structure="1920000684")).success


def test_a_certificate_without_structure_signs_for_nobody(bench: Bench) -> None:
    nobody = bench.site.authority.issue("CN=nobody,O=x,C=FR", SERVER, NOW)
    peer = nobody.certificate.public_bytes(Encoding.DER)

    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, signer=nobody)), peer)

    assert reply.fault == AUTHENTICATION
    assert "two structures" in reply.reason


def test_a_certificate_that_may_not_sign_is_refused(bench: Bench) -> None:
    reply = bench.submit(
        Publication(bench.site, vihf=Vihf(bench.site, signer=bench.site.authority.root))
    )

    assert reply.fault == AUTHENTICATION


def test_expired_certificates_and_authorities_are_refused(bench: Bench) -> None:
    bench.now = NOW + timedelta(days=900)

    reply = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, now=bench.now)))

    assert (reply.status, reply.fault) == (403, AUTHENTICATION)


def test_no_security_header(bench: Bench) -> None:
    def spoil(root: etree._Element) -> None:
        root[0].remove(root[0][-1])

    reply = bench.submit(Publication(bench.site, spoil_envelope=spoil))

    assert reply.fault == "wsse:InvalidSecurity"


def test_two_security_headers(bench: Bench) -> None:
    def spoil(root: etree._Element) -> None:
        root[0].append(copy.deepcopy(root[0][-1]))

    reply = bench.submit(Publication(bench.site, spoil_envelope=spoil))

    assert reply.fault == "wsse:InvalidSecurity"


@pytest.mark.parametrize("key", ["ID", "Id", "id", f"{{{WSSE}}}Id"])
def test_an_assertion_wrapped_beside_another_is_refused(bench: Bench, key: str) -> None:
    """Signature wrapping: the signed assertion is moved away, a forged one takes its place."""

    def spoil(root: etree._Element) -> None:
        security = root[0][-1]
        signed = security[0]
        forged = copy.deepcopy(signed)
        value(RESOURCE, f"180035121518989^^^&{INS_OID}&ISO^NH")(forged)
        security.replace(signed, forged)
        aside = etree.SubElement(root[0], "{urn:x}Aside")
        identifier = signed.get("ID", "")
        del signed.attrib["ID"]
        signed.set(key, identifier)
        aside.append(signed)

    reply = bench.submit(Publication(bench.site, spoil_envelope=spoil))

    assert reply.fault == CHECK


def test_air_is_for_queries_only(bench: Bench) -> None:
    refused = bench.submit(Publication(bench.site, vihf=Vihf(bench.site, mode=AIR)))
    asked = bench.query(Query.find(bench.site, vihf=Vihf(bench.site, mode=AIR)))

    assert (refused.fault, "AIR" in refused.reason) == (AUTHENTICATION, True)
    assert asked.success


def test_air_says_how_the_professional_was_authenticated(bench: Bench) -> None:
    silent = remove(child("AuthnStatement", "AuthnContext", "AuthnContextDecl"))
    reply = bench.query(Query.find(bench.site, vihf=Vihf(bench.site, mode=AIR, before=silent)))

    assert (reply.fault, "AIR" in reply.reason) == (TOKEN, True)


def test_the_issuers_commas_may_be_followed_by_spaces(bench: Bench) -> None:
    def spaced(assertion: etree._Element) -> None:
        issuer = child("Issuer")(assertion)
        issuer.text = (issuer.text or "").replace(",", ", ")

    assert bench.submit(Publication(bench.site, vihf=Vihf(bench.site, before=spaced))).success


def test_an_authority_of_the_same_name_is_not_the_authority(bench: Bench) -> None:
    double = Authority.create(NOW, subject=AUTHORITY_SUBJECT)
    site = Site.of(double, NOW)

    reply = bench.submit(Publication(bench.site), site.peer)

    assert (reply.status, reply.fault) == (403, AUTHENTICATION)


def test_answers_relate_to_the_request(bench: Bench) -> None:
    assertion = Vihf(bench.site, now=later(-60)).build()
    payload = etree.Element("{urn:x}x")
    root = envelope(ITI_18, assertion, payload)
    message_id = root.findtext(".//{http://www.w3.org/2005/08/addressing}MessageID")

    answer = bench.registry.query(etree.tostring(root), "application/soap+xml", bench.site.peer)
    header = etree.fromstring(answer.body).find(f"{{{SOAP}}}Header")

    assert header is not None
    assert [e.text for e in header if e.tag.endswith("RelatesTo")] == [message_id]
