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
