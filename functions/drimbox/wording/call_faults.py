"""The faults of a contextual call in words, as a RIS's developer reads them, and their clauses.

The clause is that of the DRIMbox specification or of the standard; "" where the rule is ours alone.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

_CALL: Final = "DRIMbox 4.6.1"
_FORM: Final = "WHATWG URL 5 (application/x-www-form-urlencoded)"
_INS: Final = "CI-SIS annexe INS"

CALL_FAULTS: Final[dict[str, Text]] = {
    "call_content_type": Text(
        "Le type de contenu n'est pas application/x-www-form-urlencoded, ou il est donné deux "
        "fois.",
        "The content type is not application/x-www-form-urlencoded, or it is given twice.",
        _CALL,
    ),
    "call_character_set": Text(
        "L'appel n'est pas en UTF-8 : les octets qui suivent % doivent former de l'UTF-8.",
        "The call is not in UTF-8: the bytes after % must be UTF-8.",
        _FORM,
    ),
    "call_not_a_form": Text(
        "Le corps n'est pas une suite de paires nom=valeur séparées par &, ou un caractère y est "
        "resté sans codage : % seul, espace, fin de ligne, lettre accentuée.",
        "The body is no list of pairs name=value with & between them, or a character is not "
        "encoded: % alone, a space, a line end, a letter with an accent.",
        _FORM,
    ),
    "call_too_large": Text(
        "L'appel dépasse 16 Kio ou 64 paramètres.",
        "The call exceeds 16 KiB or 64 parameters.",
    ),
    "call_in_query": Text(
        "L'adresse a des paramètres : tous doivent être dans le corps, car les adresses restent "
        "dans les historiques et les journaux.",
        "The address has parameters: all belong in the body, since addresses stay in histories "
        "and logs.",
        _CALL,
    ),
    "call_name_unknown": Text(
        "Un nom de paramètre n'est pas dans la spécification.",
        "The name of a parameter is not in the specification.",
        _CALL,
    ),
    "call_name_case": Text(
        "Le nom du paramètre est écrit avec d'autres majuscules : la casse compte.",
        "The name of the parameter is written in another case: the case matters.",
        _CALL,
    ),
    "call_name_repeated": Text(
        "Le paramètre est donné deux fois, ou sous ses deux noms.",
        "The parameter is given twice, or under both of its names.",
    ),
    "call_name_missing": Text(
        "Le paramètre obligatoire est absent.",
        "The mandatory parameter is missing.",
        _CALL,
    ),
    "call_value_empty": Text(
        "La valeur est vide. Un paramètre facultatif sans valeur doit être omis.",
        "The value is empty. Leave out an optional parameter that has no value.",
        _CALL,
    ),
    "call_value_long": Text(
        "La valeur est trop longue pour ce paramètre.",
        "The value is too long for this parameter.",
    ),
    "call_value_hidden": Text(
        "La valeur contient un caractère invisible : contrôle, sens d'écriture, largeur nulle.",
        "The value holds an invisible character: control, writing direction, zero width.",
    ),
    "call_ins": Text(
        "Le matricule INS n'a pas 15 caractères, ou sa clé est fausse.",
        "The INS does not have 15 characters, or its key is wrong.",
        _INS,
    ),
    "call_ins_system": Text(
        "L'OID n'est pas celui d'une INS : 1.2.250.1.213.1.4.8, .9, .10 ou .11.",
        "The OID is not that of an INS: 1.2.250.1.213.1.4.8, .9, .10 or .11.",
        _INS,
    ),
    "call_patient_name": Text(
        "Le nom n'est pas séparé en ses parties : il contient un séparateur HL7 ou DICOM.",
        "The name is not split into its parts: it holds a separator of HL7 or DICOM.",
        "HL7 v2.5 2.7; PS3.5 6.2",
    ),
    "call_gender": Text(
        "Le sexe n'est pas male, female, other, unknown, M, F, O, U ou I.",
        "The sex is not male, female, other, unknown, M, F, O, U or I.",
        "FHIR AdministrativeGender; HL7 v2.5 table 0001",
    ),
    "call_birth_date": Text(
        "La date de naissance n'est pas un jour au format AAAA-MM-JJ ou AAAAMMJJ.",
        "The birth date is not a day in the form YYYY-MM-DD or YYYYMMDD.",
    ),
    "call_birth_place": Text(
        "Le lieu de naissance n'est pas un code INSEE (COG) de cinq caractères.",
        "The birth place is not an INSEE (COG) code of five characters.",
        "RNIV, traits stricts",
    ),
    "call_consent": Text(
        "La valeur ne dit ni oui (true, 1, oui, yes) ni non (false, 0, non, no).",
        "The value says neither yes (true, 1, oui, yes) nor no (false, 0, non, no).",
    ),
    "call_identifier": Text(
        "L'identifiant contient un séparateur HL7 : envoyer sa première composante seule.",
        "The identifier holds an HL7 separator: send its first component alone.",
        "HL7 v2.5 2.7",
    ),
    "call_situation": Text(
        "La situation d'exercice n'est pas un identifiant de structure.",
        "The practice situation is not the identifier of a structure.",
        _CALL,
    ),
    "call_study": Text(
        "La valeur n'est pas un StudyInstanceUID.",
        "The value is not a StudyInstanceUID.",
        "PS3.5 9.1",
    ),
    "call_modality": Text(
        "La modalité n'est pas un code DICOM (CT, MR…).",
        "The modality is not a DICOM code (CT, MR…).",
        "PS3.3 C.7.3.1.1.1",
    ),
    "call_study_date": Text(
        "La date n'est ni un jour (AAAA-MM-JJ, AAAAMMJJ) ni une période AAAAMMJJ-AAAAMMJJ.",
        "The date is neither a day (YYYY-MM-DD, YYYYMMDD) nor a range YYYYMMDD-YYYYMMDD.",
        "PS3.4 C.2.2.2.5.1",
    ),
    "call_region": Text(
        "La région anatomique n'est pas un code.",
        "The anatomical region is not a code.",
    ),
    "call_issuer_alone": Text(
        "L'autorité du numéro d'accession est donnée sans le numéro.",
        "The issuer of the accession number is given without the number.",
    ),
}

# The remedy of every fault of a call: the site can do nothing.
CALL_REMEDY: Final = Text(
    "Corriger l'appel dans le logiciel qui l'envoie, puis le contrôler à nouveau.",
    "Correct the call in the software that sends it, then check it again.",
)

# The values that a parameter may have, by the code of the fault.
CALL_ACCEPTED: Final[dict[str, Text]] = {
    "call_content_type": Text(
        "Une fois application/x-www-form-urlencoded.",
        "Once application/x-www-form-urlencoded, and no more.",
    ),
    "call_character_set": Text(
        "Aucun charset, ou charset=utf-8 ; des octets en UTF-8.",
        "No charset, or charset=utf-8; bytes in UTF-8.",
    ),
    "call_not_a_form": Text(
        "Des paires nom=valeur séparées par &, chaque octet hors lettres, chiffres et signes "
        "simples écrit % et deux chiffres hexadécimaux, un espace écrit +.",
        "Pairs name=value with & between them, each byte beside letters, digits and plain signs "
        "written as % and two hexadecimal digits, a space as +.",
    ),
    "call_too_large": Text("Au plus 16 Kio et 64 paramètres.", "At most 16 KiB and 64 parameters."),
    "call_in_query": Text("Aucun paramètre dans l'adresse.", "No parameter in the address."),
    "call_name_unknown": Text(
        "Un nom de la spécification : {}.", "A name of the specification: {}."
    ),
    "call_name_case": Text("Ce nom, lettre pour lettre : {}.", "This name, letter for letter: {}."),
    "call_name_repeated": Text(
        "Le paramètre une seule fois, sous un seul nom.", "The parameter once, under one name."
    ),
    "call_name_missing": Text("Le paramètre {}, une fois.", "The parameter {}, once."),
    "call_value_empty": Text("Une valeur non vide.", "A value that is not empty."),
    "call_value_long": Text("Au plus {} caractères.", "At most {} characters."),
    "call_value_hidden": Text("Des caractères visibles seuls.", "Visible characters alone."),
    "call_ins": Text(
        "Quinze caractères, dont la clé est juste.",
        "Fifteen characters, of which the key is right.",
    ),
    "call_ins_system": Text(
        "L'un de 1.2.250.1.213.1.4.8, .9, .10, .11.", "One of 1.2.250.1.213.1.4.8, .9, .10, .11."
    ),
    "call_patient_name": Text(
        r"Un texte sans |, ^, ~, \, & ni =.", r"A text without |, ^, ~, \, & and =."
    ),
    "call_gender": Text(
        "L'un de male, female, other, unknown, M, F, O, U, I.",
        "One of male, female, other, unknown, M, F, O, U, I.",
    ),
    "call_birth_date": Text("AAAA-MM-JJ ou AAAAMMJJ.", "YYYY-MM-DD or YYYYMMDD."),
    "call_birth_place": Text(
        "Cinq caractères du COG, comme 75056 ou 2A004.",
        "Five characters of the COG, such as 75056 or 2A004.",
    ),
    "call_consent": Text(
        "L'un de true, 1, oui, yes, o, y, false, 0, non, no, n.",
        "One of true, 1, oui, yes, o, y, false, 0, non, no, n.",
    ),
    "call_identifier": Text(r"Un texte sans |, ^, ~, \ ni &.", r"A text without |, ^, ~, \ and &."),
    "call_situation": Text(
        "L'identifiant de la structure : 9 à 20 lettres et chiffres.",
        "The identifier of the structure: 9 to 20 letters and digits.",
    ),
    "call_study": Text(
        "Des chiffres et des points, 64 caractères au plus.",
        "Digits and dots, 64 characters at most.",
    ),
    "call_modality": Text(
        "De 2 à 16 capitales, comme CT ou MR.", "From 2 to 16 capital letters, such as CT or MR."
    ),
    "call_study_date": Text(
        "AAAA-MM-JJ, AAAAMMJJ, AAAAMMJJ-AAAAMMJJ, AAAAMMJJ- ou -AAAAMMJJ.",
        "YYYY-MM-DD, YYYYMMDD, YYYYMMDD-YYYYMMDD, YYYYMMDD- or -YYYYMMDD.",
    ),
    "call_region": Text("De 1 à 18 lettres et chiffres.", "From 1 to 18 letters and digits."),
    "call_issuer_alone": Text(
        "Avec AccessionNumber, ou pas du tout.", "With AccessionNumber, or not at all."
    ),
}
