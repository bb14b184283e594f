"""Two independent verifiers of XML signatures, and the XSDs where they are at hand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[3]
SCHEMAS = ROOT.parent / "shared" / "data" / "schemas"
OFFICIAL = ROOT.parent / "shared" / "data" / "official" / "XDS"
JAVA_JUDGE = ROOT / "tests" / "judges" / "VerifySignature.java"

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
DS = "http://www.w3.org/2000/09/xmldsig#"


def xmlsec1(certificate: Path, file: Path, ids: list[str]) -> bool:
    """True when libxmlsec1 verifies ``file``; ``ids`` are ``attribute namespace:element``."""
    named = [part for item in ids for part in _id_attribute(item)]
    key = ["--pubkey-cert-pem", str(certificate)]
    done = subprocess.run(
        ["xmlsec1", "--verify", "--ignore-manifests", *key, *named, str(file)],
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode == 0


def _id_attribute(item: str) -> tuple[str, str]:
    attribute, element = item.split(" ")
    return f"--id-attr:{attribute}", element


def jdk(certificate: Path, *files: Path) -> list[str]:
    """The JDK's verdict on each file: valid, invalid or unreadable."""
    done = subprocess.run(
        ["java", str(JAVA_JUDGE), str(certificate), *map(str, files)],
        capture_output=True,
        check=True,
        text=True,
        timeout=180,
    )
    return done.stdout.split()


needs_judges = pytest.mark.skipif(
    shutil.which("xmlsec1") is None or shutil.which("java") is None,
    reason="xmlsec1 and a JDK are the judges",
)
needs_schemas = pytest.mark.skipif(not SCHEMAS.exists(), reason="the XSDs are not at hand")
needs_official = pytest.mark.skipif(
    not OFFICIAL.exists(), reason="the official samples are not at hand"
)


def xsd(relative: str) -> etree.XMLSchema:
    """A compiled schema of the schemas folder."""
    return etree.XMLSchema(etree.parse(str(SCHEMAS / relative)))
