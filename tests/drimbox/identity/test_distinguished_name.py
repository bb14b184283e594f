"""functions.drimbox.identity.distinguished_name: names compared as names, however written."""

from __future__ import annotations

import re

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from functions.drimbox.identity.distinguished_name import MAX_NAME, canonical, canonical_name

DECLARED = "CN=db1.345.example,OU=300000000000017,O=Société d'Imagerie,ST=Paris (75),C=FR"
NAME = canonical(x509.Name.from_rfc4514_string(DECLARED))


@pytest.mark.parametrize(
    "text",
    [
        DECLARED,
        "C=FR,ST=Paris (75),O=Société d'Imagerie,OU=300000000000017,CN=db1.345.example",
        "CN=DB1.345.example, OU=300000000000017, O=société  d'imagerie, ST=PARIS (75), C=fr",
        " cn = db1.345.example ,ou=300000000000017,o=Société d'Imagerie,s=Paris (75),c=FR ",
        DECLARED.replace("CN", "2.5.4.3").replace("é", "\\C3\\A9"),
        DECLARED.replace("é", "e\u0301"),
    ],
)
def test_the_same_party_however_it_is_written(text: str) -> None:
    assert canonical_name(text) == NAME


@pytest.mark.parametrize(
    "text",
    [
        "CN=db1.345.example",
        DECLARED + ",DC=more",
        DECLARED + ",OU=300000000000017",
        DECLARED.replace("db1.345", "db1.346"),
        DECLARED.replace("OU=300000000000017", "OU=300000000000018"),
        DECLARED.replace("ST=Paris (75)", "ST=Paris"),
        DECLARED.replace("OU=", "L="),
        DECLARED.replace(",OU=", "+OU="),
        DECLARED.replace("C=FR", "C=BE"),
        # Everything in one value, as a careless comparison of texts would read it.
        "CN=db1.345.example\\,OU=300000000000017\\,O=Imagerie",
    ],
)
def test_another_party(text: str) -> None:
    assert canonical_name(text) != NAME


def test_an_escaped_delimiter_belongs_to_the_value() -> None:
    assert canonical_name("CN=a\\, OU=b") != canonical_name("CN=a,OU=b")
    assert canonical_name("CN=a\\, b") == canonical(x509.Name.from_rfc4514_string("CN=a\\, b"))
    assert canonical_name("CN=a\\+b+OU=c") == canonical_name("OU=c + CN=a\\+b")
    assert canonical_name("CN=a\\ ,C=FR") == canonical_name("CN=a,C=FR")
    assert canonical_name("E=a@b.fr") == canonical_name("emailAddress=a@b.fr")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "db1.345.example",
        "CN=",
        "CN=\\ ",
        "CN=a,",
        ",CN=a",
        "CN=a,,C=FR",
        "CN=a,b",
        "CN=a\\",
        "CN=a\\zz",
        "CN=#0C0161",
        "CN= #0C0161",
        "CN=a\\C3",
        "CN=a\\ZZ",
        "O=a+O=a",
        "9.1=a",
        "1.40=a",
        "2.5.04=a",
        "1.3.6.1.4.1.311.60.2.1.3=FRA",
        "C=FRA",
        "FOO=a",
        "CN=a;OU=b",
        "CN=a\x00",
        "1=a",
        "CN=" + "a" * 65,
        "CN=a" + " " * MAX_NAME,
    ],
)
def test_refuses_what_is_no_name_without_quoting_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not a distinguished name") as caught:
        canonical_name(text)
    assert caught.value.__cause__ is None
    assert len(text) < 4 or text not in str(caught.value)


def test_a_certificate_without_a_name_is_nobody() -> None:
    with pytest.raises(ValueError, match=r"^an empty name$"):
        canonical(x509.Name([]))


@given(st.text(max_size=60) | st.from_regex(r"([A-Za-z.0-9]{1,3}=[ -~]{0,8}[,+]?){1,4}"))
def test_any_text_is_a_name_or_a_value_error(text: str) -> None:
    try:
        found = canonical_name(text)
    except ValueError:
        return
    assert found.rdns
    assert all(value for rdn in found.rdns for _, value in rdn)


LETTERS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)
TYPES = (x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME, x509.NameOID.LOCALITY_NAME)


@given(st.lists(st.tuples(st.sampled_from(TYPES), LETTERS), min_size=1, max_size=4), st.data())
def test_a_name_matches_its_own_rfc4514_text(
    attributes: list[tuple[x509.ObjectIdentifier, str]], data: st.DataObject
) -> None:
    name = x509.Name([x509.NameAttribute(kind, value) for kind, value in attributes])
    expected = canonical(name)
    assert canonical_name(name.rfc4514_string()) == expected
    shuffled = x509.Name(data.draw(st.permutations(list(name))))
    assert canonical_name(shuffled.rfc4514_string()) == expected


PIECES = (*"aB=é# ", "e\u0301", "\\,", "\\ ", "\\#", "\\C3\\A9", "\\C3", "\\zz", *'\\";<>\x00')
STRICT_TYPES = (
    "O",
    "C",
    "CN",
    "ST",
    "DC",
    "UID",
    "2.5.4.3",
    "0.39.1",
    "FOO",
    "9.1",
    "1.40",
    "2.5.04",
)
PAIRS = st.tuples(st.sampled_from(STRICT_TYPES), st.lists(st.sampled_from(PIECES), max_size=5))


@given(st.lists(st.tuples(PAIRS, st.sampled_from(",+")), min_size=1, max_size=3))
def test_cryptography_judges_every_strict_text_alike(
    drawn: list[tuple[tuple[str, list[str]], str]],
) -> None:
    text = "".join(f"{kind}={''.join(p)}{end}" for (kind, p), end in drawn)[:-1]
    strict = not re.search(r"=[ #]| (?:[,+]|$)", text)  # spaces and hexadecimal: the cases above
    try:
        theirs = canonical(x509.Name.from_rfc4514_string(text))
    except ValueError:
        theirs = None
    try:
        ours = canonical_name(text)
    except ValueError:
        ours = None
    assert ours == theirs or not strict
    assert theirs is None or ours == theirs or "=#" in text
