"""A tenant's file, as parsed YAML."""

from __future__ import annotations

from typing import Any

ISSUER = "CN=AC Clients,O=Autorité,C=FR"
SENDER = {
    "application": "RIS",
    "facility": "SITE",
    "certificate_subject": "CN=ris.example,OU=1750000001,O=Site,C=FR",
    "certificate_issuer": ISSUER,
}
STRUCTURE = {"id": "1750000001", "name": "Site", "sector": "SA01"}
FACTS: dict[str, Any] = {
    "tenant": "site-one",
    "name": "Site",
    "source_id": "1.2.250.1.999.1",
    "structures": [STRUCTURE, {"id": "300000000000033", "name": "Cabinet", "sector": "SA07"}],
    "senders": [SENDER],
    "link": "public",
    "pacs_url": "https://pacs.example/dicom-web/",
    "manufacturer": "Maker",
    "study_wait_seconds": 5,
    "outage_patience_seconds": 3600,
    "cache_on_publication": True,
    "time_zone": "Europe/Paris",
}
AGENT = {
    "name": "salle-serveur-1",
    "certificate_subject": "CN=salle-serveur-1,O=Site,C=FR",
    "certificate_issuer": ISSUER,
}
# The same site behind an agent of its own.
BY_AGENT = {
    **{name: value for name, value in FACTS.items() if name != "pacs_url"},
    "link": "agent",
    "agents": [AGENT],
}
PROGRAM = {
    "name": "Watch",
    "certificate_subject": "CN=watch.example,OU=1750000001,O=Site,C=FR",
    "certificate_issuer": ISSUER,
    "permissions": ["view", "bulk"],
}
PERSON = {"name": "Camille", "oidc_subject": "operator-1", "permissions": ["edit"]}
