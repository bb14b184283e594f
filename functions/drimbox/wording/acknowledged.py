"""MSA-3: the fault of a message in one whole French sentence of at most 80 characters.

HL7 v2.5 2.15.8.3 gives MSA-3 no more room, and half a sentence misleads. A fault whose words are
longer has a short sentence here; ERR-2, ERR-7 and ERR-8 tell the rest.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.message_faults import MESSAGE_FAULTS, UNKNOWN

MOST_CHARACTERS: Final = 80

SHORT: Final[dict[str, str]] = {
    "not_hl7": "Aucune ligne ne commence par un MSH lisible.",
    "message_too_large": "Le message dépasse les limites de la passerelle.",
    "character_set": "MSH-18 nomme un jeu non lu, ou le message n'est pas écrit dans ce jeu.",
    "not_a_segment": "Une ligne voisine de ce segment n'est pas un segment du message.",
    "message_fragment": "Le message est une partie d'un autre ; la passerelle les lit entiers.",
    "unsupported_action": "La passerelle ne traite pas ce type de message (MSH-9).",
    "ins_missing": "Aucune INS en vigueur à cet endroit.",
    "ins_invalid": "L'INS est mal formée, sa clé ou ses dates sont fausses, ou il y en a deux.",
    "patient_id_mismatch": "Un identifiant local de PID-3 n'est pas celui du CDA (recordTarget).",
    "identity_not_qualified": "L'identité n'est pas qualifiée : PID-32 doit dire VALI.",
    "traits_incomplete": "Il manque un trait strict au patient du CDA (recordTarget).",
    "document_ambiguous": "Deux OBX portent des documents différents de même rang.",
    "cda_element_repeated": "L'élément du CDA que nomme ERR-8 doit être unique, et ne l'est pas.",
    "cda_null_flavor": "L'élément du CDA que nomme ERR-8 porte un nullFlavor et une valeur.",
    "document_code": "Le code du CDA n'est pas 18748-4 (LOINC), compte rendu d'imagerie.",
    "cda_element_missing": "Il manque à l'en-tête du CDA l'élément que nomme ERR-8.",
    "cda_element_invalid": "L'élément du CDA que nomme ERR-8 a une valeur incorrecte.",
    "cda_too_many_elements": "Le CDA répète plus de cent fois l'élément que nomme ERR-8.",
    "study_missing": "Le message, ou l'un de ses actes, ne nomme pas d'examen.",
    "too_many_studies": "Le compte rendu nomme trop d'examens pour un seul message.",
    "flag_unknown": "OBX-3 n'est pas un code de la table MetaDMPMSS : c'est peut-être un masquage.",
    "flag_missing": "Une métadonnée obligatoire pour le DMP est absente ou vide.",
}


def sentence(code: str) -> str:
    """MSA-3 for the fault of that code."""
    return SHORT.get(code) or MESSAGE_FAULTS.get(code, UNKNOWN).fr
