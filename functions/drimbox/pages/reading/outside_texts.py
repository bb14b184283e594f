"""The labels of the page of a file's exams, and of the form that takes a file."""

from __future__ import annotations

from typing import Final

from functions.drimbox.outside.faults import Reason
from functions.drimbox.outside.signed import Proof
from functions.drimbox.wording.text import Text

FILE: Final[dict[str, Text]] = {
    "title": Text("Examens d'un fichier", "Exams of a file"),
    "form": Text("Ouvrir un fichier hors DMP", "Open a file outside the DMP"),
    "form_why": Text(
        "Si vous avez reçu le manifeste d'un examen (KOS, DICOM) ou une archive XDM (ZIP), la "
        "passerelle peut en lire les examens. Ils restent marqués « hors DMP » : le DMP a pu les "
        "masquer, les remplacer ou les retirer.",
        "If you have received an exam's manifest (KOS, DICOM) or an XDM archive (ZIP), the gateway "
        "can read its exams. They stay marked “outside the DMP”: the DMP may have masked, replaced "
        "or withdrawn them.",
    ),
    "form_limit": Text(
        "4 Mo au plus. Les examens du fichier ne s'ouvrent que pendant votre session ; ils sont "
        "gardés chiffrés huit heures au plus.",
        "4 MB at most. The file's exams open during your session alone; they are kept encrypted "
        "for eight hours at most.",
    ),
    "file": Text("Fichier", "File"),
    "give": Text("Lire le fichier", "Read the file"),
    "mark": Text(
        "Hors DMP : fichier ouvert à {time}, l'état dans le DMP est inconnu (masqué, remplacé, "
        "retiré ?)",
        "Outside the DMP: file opened at {time}, the state in the DMP is unknown (masked, "
        "replaced, withdrawn?)",
    ),
    "answers": Text(
        "Le DMP répond de nouveau : sa liste dit l'état de chaque examen.",
        "The DMP answers again: its list tells the state of each exam.",
    ),
    "to_list": Text("Ouvrir la liste du DMP", "Open the DMP's list"),
    "still_away": Text(
        "Le DMP ne répond pas. Cette page le redemande à son affichage, une fois par minute "
        "au plus.",
        "The DMP does not answer. This page asks it again when it is shown, once a minute at most.",
    ),
    "try_list": Text("Réessayer la liste du DMP", "Try the DMP's list again"),
    "nothing": Text("Aucun examen de ce fichier n'est montré.", "No exam of this file is shown."),
    "exams": Text("Examens du fichier", "Exams of the file"),
    "proofs": Text(
        "Ce que prouvent les signatures du fichier", "The proofs of the signatures in the file"
    ),
    "exam": Text("Examen", "Exam"),
    "signature": Text("Signature", "Signature"),
    "not_proved": Text(
        "Une signature prouve les octets du manifeste et leur signataire. Elle ne prouve ni que "
        "l'examen est encore au DMP, ni la date que le signataire annonce ; personne n'a demandé "
        "si son certificat est révoqué.",
        "A signature proves the bytes of the manifest and their signer. It proves neither that the "
        "exam is still in the DMP, nor the date that the signer tells; nobody asked whether the "
        "certificate was revoked.",
    ),
    "lacking": Text(
        "La liste que le DMP a donnée pendant cette session ne contient pas cet examen : il a pu "
        "y être masqué ou retiré.",
        "The list that the DMP gave during this session does not have this exam: it may have been "
        "masked or withdrawn there.",
    ),
    "signed_at": Text("{proof} Signataire : {signer}.", "{proof} Signer: {signer}."),
    "other_1": Text(
        "Un document du fichier n'est pas un manifeste : il n'est pas lu.",
        "One document of the file is no manifest: it is not read.",
    ),
    "other_n": Text(
        "{count} documents du fichier ne sont pas des manifestes : ils ne sont pas lus.",
        "{count} documents of the file are no manifests: they are not read.",
    ),
    "refused_1": Text("1 examen non montré : {why}", "1 exam is not shown: {why}"),
    "refused_n": Text("{count} examens non montrés : {why}", "{count} exams are not shown: {why}"),
    "no_reading": Text(
        "La liste n'a pas pu être gardée : ses examens ne s'ouvrent pas pour le moment.",
        "The list could not be kept: its exams do not open for now.",
    ),
}
PROOFS: Final[dict[Proof, Text]] = {
    Proof.TRUSTED: Text(
        "Manifeste tel que signé, par un certificat émis par une autorité de santé ; le signataire "
        "n'est pas comparé à l'établissement.",
        "The manifest is as it was signed, by a certificate that a health authority issued; the "
        "signer is not compared with the establishment.",
    ),
    Proof.INTACT: Text(
        "Manifeste tel que signé, mais aucune autorité connue ne répond du signataire.",
        "The manifest is as it was signed, but no known authority vouches for the signer.",
    ),
    Proof.UNVERIFIABLE: Text(
        "Signature impossible à vérifier : elle ne prouve rien.",
        "The signature cannot be verified: it proves nothing.",
    ),
    Proof.NONE: Text(
        "Non signé : rien ne prouve son auteur.", "Not signed: nothing proves its author."
    ),
    Proof.WRONG: Text("Signature fausse.", "Wrong signature."),
}
REASONS: Final[dict[Reason, Text]] = {
    Reason.OTHER_PATIENT: Text(
        "l'identité du fichier n'est pas celle de votre patient, ou n'est pas entière.",
        "the identity in the file is not that of your patient, or is not whole.",
    ),
    Reason.UNREADABLE: Text(
        "le manifeste ou ses métadonnées sont illisibles.",
        "the manifest or its metadata cannot be read.",
    ),
    Reason.ALTERED: Text(
        "le manifeste n'est pas celui que les métadonnées décrivent.",
        "the manifest is not the one that the metadata describe.",
    ),
    Reason.UNPROVABLE: Text(
        "les métadonnées n'ont ni empreinte ni taille à comparer.",
        "the metadata have no hash or size to compare.",
    ),
    Reason.SIGNATURE_WRONG: Text(
        "la signature jointe ne correspond pas au manifeste.",
        "the signature beside it does not fit the manifest.",
    ),
    Reason.RESTRICTED: Text(
        "ses métadonnées le masquent aux professionnels, ou ne disent pas à qui il est visible.",
        "its metadata mask it to professionals, or do not tell who may see it.",
    ),
    Reason.WITHDRAWN: Text(
        "ses métadonnées le disent remplacé ou retiré.",
        "its metadata call it replaced or withdrawn.",
    ),
    Reason.OLDER: Text(
        "le fichier a plusieurs manifestes du même examen, et celui-ci n'est pas le dernier.",
        "the file has several manifests of the same exam, and this one is not the last.",
    ),
    Reason.GONE: Text(
        "le DMP l'a dit remplacé, retiré ou masqué pendant cette session.",
        "the DMP called it replaced, withdrawn or masked during this session.",
    ),
    Reason.NOT_IN_RECORD: Text(
        "la liste que le DMP a donnée pendant cette session ne le contient pas.",
        "the list that the DMP gave during this session does not have it.",
    ),
}
