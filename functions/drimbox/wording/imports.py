"""The obstacles to the import of an exam into the site's PACS, in words."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

_READ_HERE: Final = Text(
    "Ses images restent lisibles ici.",
    "Its images can still be read here.",
)
_CHECK_IDENTITY: Final = Text(
    "Vérifier l'identité (identitovigilance). Rien n'a été envoyé au PACS.",
    "Check the patient's identity. Nothing was sent to the PACS.",
)
# By ``importing.obstacle.Obstacle``.
OBSTACLES: Final[dict[str, Advice]] = {
    "import_off": Advice(
        "Votre établissement n'a pas activé l'import.",
        "Your establishment has not switched the import on.",
        todo=_READ_HERE,
    ),
    "import_no_local_id": Advice(
        "Votre logiciel n'a pas transmis d'identifiant local (IPP) utilisable avec son émetteur.",
        "Your software sent no local identifier that can be used with its issuer.",
        todo=Text(
            "Faire corriger PatientID et PatientIDIssuer dans l'appel contextuel.",
            "Have PatientID and PatientIDIssuer corrected in the contextual call.",
        ),
        clause="DRIMbox 4.6.1",
    ),
    "import_own_exam": Advice(
        "Cet examen est de votre établissement : il est déjà dans son PACS.",
        "This exam is your establishment's: it is in its PACS already.",
        todo=_READ_HERE,
    ),
    "import_manifest_differs": Advice(
        "Un trait strict du manifeste n'est pas celui de l'appel contextuel.",
        "A strict trait of the manifest is not that of the contextual call.",
        todo=_CHECK_IDENTITY,
    ),
    "import_images_differ": Advice(
        "Un trait strict des images n'est pas celui de l'appel contextuel.",
        "A strict trait of the images is not that of the contextual call.",
        todo=_CHECK_IDENTITY,
    ),
    "import_unreadable": Advice(
        "L'identité d'une image ne peut pas être lue avec certitude.",
        "The identity of an image cannot be read with certainty.",
        todo=_READ_HERE,
    ),
    "import_not_whole": Advice(
        "L'établissement d'origine n'a pas donné toutes les images.",
        "The establishment that made the exam did not give all images.",
        todo=Text(
            "Redemander les images, puis importer.",
            "Ask for the images again, then import.",
        ),
    ),
    "import_other_patient": Advice(
        "Le PACS contient déjà cet examen, sous un autre identifiant de patient.",
        "The PACS already holds this exam, under another patient identifier.",
        todo=Text(
            "Rapprocher les deux identifiants dans le PACS, puis importer.",
            "Reconcile the two identifiers in the PACS, then import.",
        ),
    ),
    "import_withdrawn": Advice(
        "Le DMP ne contient plus cette version de l'examen.",
        "The DMP does not hold this version of the exam any more.",
        todo=Text(
            "Actualiser la liste des examens.",
            "Refresh the list of exams.",
        ),
    ),
    "import_pacs_refused": Advice(
        "Le PACS refuse de recevoir l'examen.",
        "The PACS refuses to take the exam.",
        todo=Text(
            "Demander à l'administrateur du PACS d'autoriser la passerelle (STOW-RS).",
            "Ask the PACS administrator to allow the gateway (STOW-RS).",
        ),
    ),
    "import_pacs_address": Advice(
        "Le nom du PACS déclaré dans le fichier du site mène à une adresse que la liaison du site "
        "ne joint pas : rien n'y est envoyé.",
        "The PACS's name in the site's file leads to an address that the site's link does not "
        "reach: nothing is sent there.",
        todo=Text(
            "Demander à l'exploitant de corriger l'adresse du PACS.",
            "Ask the operator to correct the PACS's address.",
        ),
    ),
    "import_pacs_access": Advice(
        "L'accès de la passerelle au PACS n'est pas en place : rien ne lui est envoyé.",
        "The gateway's access to the PACS is not in place: nothing is sent to it.",
        todo=Text(
            "Demander à l'exploitant de faire déposer cet accès.",
            "Ask the operator to have this access put in place.",
        ),
    ),
    "import_from_file": Advice(
        "Cet examen vient d'un fichier : le DMP ne l'a pas confirmé.",
        "This exam comes from a file: the DMP has not confirmed it.",
        todo=Text(
            "Attendre le retour du DMP, puis importer l'examen depuis la liste.",
            "Wait until the DMP answers again, then import the exam from the list.",
        ),
    ),
    "import_viewing_quality": Advice(
        "Les images ont été demandées en qualité de consultation, avec perte possible.",
        "The images were asked for in viewing quality, which may lose something.",
        todo=Text(
            "Demander l'import depuis la liste : les images sont alors redemandées sans perte.",
            "Ask for the import from the list: the images are then asked for without loss.",
        ),
    ),
    "import_agent_failed": Advice(
        "L'agent installé dans votre établissement n'a pas pu enregistrer les images.",
        "The agent at your establishment could not store the images.",
        todo=Text(
            "Relancer l'import. Si l'échec se répète, prévenir l'exploitant.",
            "Start the import again. If it fails again, tell the operator.",
        ),
    ),
    "import_agent_outdated": Advice(
        "L'agent installé dans votre établissement ne sait pas encore importer.",
        "The agent at your establishment knows no imports yet.",
        todo=Text(
            "Demander à l'exploitant de mettre l'agent à jour.",
            "Ask the operator to update the agent.",
        ),
    ),
}
