"""A structure's certificates in words: the faults of one, and the reason why a structure acts."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

# By ``identity.certificate_findings.Fault``.
FAULTS: Final[dict[str, Advice]] = {
    "absent": Advice(
        "Aucun certificat n'est en place.",
        "No certificate is in place.",
        todo=Text(
            "Déposer le certificat et sa clé.",
            "Put the certificate and its key in place.",
        ),
    ),
    "unreadable": Advice(
        "Le certificat ou sa clé n'est pas lisible, ou la clé n'est pas RSA.",
        "The certificate or its key cannot be read, or the key is not RSA.",
        todo=Text(
            "Redéposer les deux fichiers au format PEM, la clé non chiffrée.",
            "Put both files in place again, in PEM, the key not encrypted.",
        ),
    ),
    "key_mismatch": Advice(
        "La clé privée n'est pas celle du certificat.",
        "The private key is not that of the certificate.",
        todo=Text(
            "Redéposer le certificat avec sa propre clé.",
            "Put the certificate in place again with its own key.",
        ),
    ),
    "other_structure": Advice(
        "Le certificat est celui d'une autre structure.",
        "The certificate is that of another structure.",
        todo=Text(
            "Déposer celui de la structure déclarée, ou corriger la déclaration du site.",
            "Put that of the declared structure in place, or correct the site's declaration.",
        ),
    ),
    "wrong_usage": Advice(
        "Le certificat n'est pas fait pour cet usage (ORG_AUTH_CLI et ORG_SIGN échangés ?).",
        "The certificate is not made for this use (ORG_AUTH_CLI and ORG_SIGN swapped?).",
        todo=Text(
            "Déposer ORG_AUTH_CLI comme « auth » et ORG_SIGN comme « sign ».",
            'Put ORG_AUTH_CLI in place as "auth" and ORG_SIGN as "sign".',
        ),
        clause="RFC 5280 4.2.1.3",
    ),
    "untrusted": Advice(
        "Aucune autorité de confiance n'a émis ce certificat.",
        "No trusted authority issued this certificate.",
        todo=Text(
            "Vérifier l'origine du certificat, et que ca-structures.pem contient les autorités "
            "IGC-Santé.",
            "Check where the certificate comes from, and that ca-structures.pem has IGC-Santé's "
            "authorities.",
        ),
        clause="RFC 5280 6.1",
    ),
    "not_yet_valid": Advice(
        "Le certificat n'est pas encore valable.",
        "The certificate is not valid yet.",
        todo=Text(
            "Attendre sa date, ou redéposer le précédent.",
            "Wait for its date, or put the former one in place again.",
        ),
        clause="RFC 5280 4.1.2.5",
    ),
    "expired": Advice(
        "Le certificat a expiré.",
        "The certificate has expired.",
        todo=Text(
            "Commander et déposer un nouveau certificat.",
            "Order a new certificate and put it in place.",
        ),
        clause="RFC 5280 4.1.2.5",
    ),
}

USABLE: Final = Text("Utilisable.", "Usable.")
NOT_CHECKED_YET: Final = Text(
    "Pas encore contrôlé : le contrôle passe toutes les heures.",
    "Not checked yet: the check runs every hour.",
)

# Why this structure acts, by ``tenants.model.Identification``.
IDENTIFICATION: Final[dict[str, Text]] = {
    "EG": Text(
        "C'est la structure du responsable du compte rendu, sous ses propres certificats.",
        "It is the structure of the report's legal authenticator, under its own certificates.",
    ),
    "EJ/EG": Text(
        "C'est celle du responsable du compte rendu ; son entité juridique prête ses certificats.",
        "It is that of the report's legal authenticator; its legal entity lends its certificates.",
    ),
    "EJ": Text(
        "C'est l'entité juridique du responsable, seule : la déclaration du site le force.",
        "It is the authenticator's legal entity, alone: the site's declaration forces it.",
    ),
}
NO_ORGANISATION: Final = Text(
    "Le compte rendu ne nomme pas la structure de son responsable : rien ne serait envoyé.",
    "The report does not name its legal authenticator's structure: nothing would be sent.",
)
UNDECLARED: Final = Text(
    "Le site ne déclare pas cette structure : rien ne serait envoyé sous l'identité d'une autre.",
    "The site does not declare this structure: nothing would be sent under another's identity.",
)
