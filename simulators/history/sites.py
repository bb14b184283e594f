"""The invented establishments of a history, and their signers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Professional:
    """``identifier`` is a national one (RPPS form)."""

    identifier: str
    family: str
    given: str


@dataclass(frozen=True, slots=True)
class Site:
    """``structure`` is "1" + FINESS or "3" + SIRET; ``sector`` and ``setting`` are codes with
    labels. ``images`` is the base of its RetrieveURLs, without a slash at the end.

    ``arc`` numbers its issuers of accession and order numbers under the root of a test.
    """

    key: str
    structure: str
    name: str
    sector: tuple[str, str]
    setting: tuple[str, str]
    images: str
    arc: int
    signers: tuple[Professional, ...]

    @property
    def accession_issuer(self) -> str:
        """The OID that assigns its accession numbers."""
        return f"1.2.250.1.213.4.5.9.{self.arc}.5"

    @property
    def order_issuer(self) -> str:
        """The OID that assigns its placers' order numbers."""
        return f"1.2.250.1.213.4.5.9.{self.arc}.6"

    @property
    def patient_issuer(self) -> str:
        """The OID that assigns its own patient identifiers."""
        return f"1.2.250.1.213.4.5.9.{self.arc}.4"


_HOSPITAL: Final = ("SA01", "Établissement public de santé")
_CLINIC: Final = ("SA04", "Etablissement privé non PSPH")
_PRACTICE: Final = ("SA08", "Cabinet de groupe")
_STAY: Final = ("ETABLISSEMENT", "Etablissement de santé")
_VISIT: Final = ("AMBULATOIRE", "Ambulatoire")

# The sites of a history. The first one is the demonstration's own tenant. The hosts are those of
# the simulated white list, except the last one, which no list names.
SITES: Final = (
    Site(
        "ambroise",
        "1750803447",
        "Centre de radiologie Ambroise",
        _PRACTICE,
        _VISIT,
        "https://127.0.0.1:8442/tenants/demo/dicomweb",
        71,
        (Professional("810090010017", "ESSAI", "Camille"),),
    ),
    Site(
        "meridien",
        "1869990017",
        "CHU du Méridien",
        _HOSPITAL,
        _STAY,
        "https://db1.901.mesimagesmedicales.example/dicom-web-rs",
        72,
        (
            Professional("810090020016", "ORVANNE", "Maxence"),
            Professional("810090020024", "TALIVEAU", "Inès"),
        ),
    ),
    Site(
        "roches",
        "1339990023",
        "Clinique des Roches Bleues",
        _CLINIC,
        _STAY,
        "https://db1.999.mesimagesmedicales.example/api/source",
        73,
        (Professional("810090030015", "GRÉVILLON", "Odile"),),
    ),
    Site(
        "marais",
        "1799990031",
        "Imagerie médicale du Marais-Neuf",
        _PRACTICE,
        _VISIT,
        "https://db2.901.mesimagesmedicales.example/dicom-web-rs",
        74,
        (Professional("810090040014", "LESTRAC", "Yann"),),
    ),
    Site(
        "sablons",
        "1649990045",
        "Centre hospitalier des Sablons",
        _HOSPITAL,
        _STAY,
        "https://images.sablons.example/rs",
        75,
        (Professional("810090050013", "DARMOISE", "Nour"),),
    ),
)


def served_at(images: Mapping[str, str]) -> tuple[Site, ...]:
    """:data:`SITES` with other bases of their RetrieveURLs, by their keys. KeyError for a key of no
    site.
    """
    unknown = set(images) - {site.key for site in SITES}
    if unknown:
        raise KeyError(*sorted(unknown))
    return tuple(replace(site, images=images.get(site.key, site.images)) for site in SITES)
