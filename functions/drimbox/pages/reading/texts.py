"""The labels of the professionals' pages, one table for each page."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PRODUCT: Final = Text("DRIMbox, lecture d'examens", "DRIMbox, reading of exams")

SIGN_IN: Final[dict[str, Text]] = {
    "title": Text("Lecture d'examens d'imagerie", "Reading of imaging exams"),
    "what": Text(
        "Ces pages montrent à un professionnel de santé les examens d'imagerie que le DMP du "
        "patient connaît, où qu'ils aient été faits.",
        "These pages show a health professional the imaging exams that the patient's DMP knows, "
        "wherever they were made.",
    ),
    "whom": Text(
        "Elles s'ouvrent avec Pro Santé Connect (carte CPS ou application e-CPS), à un "
        "professionnel qui exerce dans cet établissement. Rien du patient n'est montré avant.",
        "They open with Pro Santé Connect (CPS card or e-CPS application), to a professional who "
        "practises in this establishment. Nothing about the patient is shown before.",
    ),
    "sign_in": Text("S'identifier avec Pro Santé Connect", "Sign in with Pro Santé Connect"),
    "left": Text(
        "Vous êtes déconnecté, ici et de Pro Santé Connect.",
        "You are signed out, here and from Pro Santé Connect.",
    ),
    "left_here": Text(
        "Vous êtes déconnecté ici. Pro Santé Connect n'a pas confirmé la fin de votre session chez "
        "lui : sur un poste partagé, fermez le navigateur.",
        "You are signed out here. Pro Santé Connect did not confirm that your session there has "
        "ended: on a shared workstation, close the browser.",
    ),
    "code": Text("Code", "Code"),
    "back": Text("Retour à l'accueil", "Back to the first page"),
    "call_again": Text(
        "Si cette page montrait un patient, elle appartenait à une session terminée : ouvrez de "
        "nouveau le patient depuis votre logiciel.",
        "If this page showed a patient, it belonged to a session that has ended: open the patient "
        "again from your software.",
    ),
    "back_to_patient": Text("Retour à la page du patient", "Back to the patient's page"),
    "still_works": Text(
        "Ce qui marche encore : les images de votre établissement dans votre PACS, et les comptes "
        "rendus dans votre logiciel. Les examens faits ailleurs reviendront ici dès que ce service "
        "répondra ; rien n'est perdu.",
        "These still work: the images of your establishment in your PACS, and the reports in your "
        "software. The exams made elsewhere come back here as soon as this service answers; "
        "nothing is lost.",
    ),
}

HOME: Final[dict[str, Text]] = {
    "title": Text("Lecture d'examens d'imagerie", "Reading of imaging exams"),
    "name": Text("Professionnel", "Professional"),
    "number": Text("Identifiant national", "National identifier"),
    "situation": Text("Situation d'exercice", "Practice situation"),
    "not_chosen": Text("à choisir", "to be chosen"),
    "open": Text(
        "Ouvrez le patient depuis votre logiciel (RIS, DPI ou logiciel de cabinet) : ses examens "
        "s'affichent ici.",
        "Open the patient from your software (RIS, EHR or practice software): the exams are shown "
        "here.",
    ),
}

PATIENT: Final[dict[str, Text]] = {
    "identity": Text("Identité du patient", "The patient's identity"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "sex": Text("Sexe", "Sex"),
    "birth_place": Text("Lieu de naissance (code INSEE)", "Birth place (INSEE code)"),
    "more": Text("Tous les traits", "All traits"),
    "ins": Text("Matricule INS", "INS number"),
    "oid": Text("Nature (OID)", "Kind (OID)"),
    "given_names": Text("Liste des prénoms de naissance", "All birth given names"),
    "used_given": Text("Prénom utilisé", "Used given name"),
    "used_family": Text("Nom utilisé", "Used name"),
    "not_sent": Text("non transmis", "not sent"),
    "always": Text("Toujours les afficher", "Show them always"),
    "fewer": Text("Afficher les cinq traits seuls", "Show the five traits alone"),
    "source": Text(
        "Traits transmis par votre logiciel : vérifiez que c'est bien votre patient.",
        "Your software sent these traits: check that this is your patient.",
    ),
    "from_report": Text(
        "Traits du compte rendu : vérifiez que c'est bien votre patient.",
        "Traits of the report: check that this is your patient.",
    ),
}
SEXES: Final[dict[str, Text]] = {
    "M": Text("Masculin", "Male"),
    "F": Text("Féminin", "Female"),
    "O": Text("Autre", "Other"),
    "U": Text("Indéterminé", "Unknown"),
}

LINKED: Final[dict[str, Text]] = {
    "title": Text("Examen du compte rendu", "The report's exam"),
    "checked": Text(
        "Le lien s'accorde avec le compte rendu publié par ce site : examen, numéro d'accession et "
        "document.",
        "The link agrees with the report that this site published: exam, accession number and "
        "document.",
    ),
    "date": Text("Date", "Date"),
    "act": Text("Acte", "Act"),
    "modalities": Text("Modalités", "Modalities"),
    "regions": Text("Régions", "Regions"),
    "report": Text("Compte rendu", "Report"),
    "hidden_from": Text("Visibilité", "Visibility"),
    "images": Text(
        "Cette page ne montre pas les images : elles sont dans le PACS du site.",
        "This page does not show the images: they are in the site's PACS.",
    ),
}
EXAMS: Final[dict[str, Text]] = {
    "title": Text("Examens d'imagerie", "Imaging exams"),
    "no_consent": Text(
        "Votre logiciel indique que le patient n'a pas été informé ou s'oppose à cette "
        "consultation. Le DMP n'a pas été interrogé.",
        "Your software says that the patient was not informed or does not consent. The DMP was not "
        "asked.",
    ),
    "no_situation": Text(
        "Choisissez votre situation d'exercice : le DMP est interrogé ensuite.",
        "Choose your practice situation: the DMP is asked then.",
    ),
    "foreign_situation": Text(
        "Votre logiciel a nommé une structure où Pro Santé Connect ne vous connaît pas d'exercice "
        "sur ce site.",
        "Your software named a structure in which Pro Santé Connect knows no practice of yours at "
        "this site.",
    ),
    "again": Text("Réessayer", "Try again"),
}
# By the state of the access; each state has a second sentence, about the ways that remain.
ACCESS: Final[dict[str, Text]] = {
    "no_record": Text(
        "Ce patient n'a pas de dossier médical partagé (DMP).",
        "This patient has no shared medical record (DMP).",
    ),
    "no_record_then": Text(
        "Il n'y a donc pas d'examens à consulter ici. Ceux faits ailleurs peuvent être demandés au "
        "patient ou à l'établissement qui les a faits.",
        "So there are no exams to consult here. Ask the patient, or the establishment that made "
        "them, for exams made elsewhere.",
    ),
    "record_closed": Text(
        "Le dossier médical partagé (DMP) de ce patient est fermé.",
        "The shared medical record (DMP) of this patient is closed.",
    ),
    "record_closed_then": Text(
        "Il ne peut plus être consulté. Les examens faits ailleurs peuvent être demandés au "
        "patient ou à l'établissement qui les a faits.",
        "Nobody can consult it any more. Ask the patient, or the establishment that made them, for "
        "exams made elsewhere.",
    ),
    "authorization_absent": Text(
        "Votre structure n'a pas d'autorisation pour consulter le DMP de ce patient.",
        "Your structure has no authorisation to consult this patient's DMP.",
    ),
    "authorization_absent_then": Text(
        "Si le patient y consent, déclarez-le ci-dessous : l'autorisation est alors enregistrée "
        "dans son DMP, au nom de votre structure. Rien n'est enregistré sans votre action.",
        "If the patient consents, say so below: the authorisation is then recorded in the DMP, in "
        "the name of your structure. Nothing is recorded without your act.",
    ),
    "authorization_expired": Text(
        "L'autorisation de votre structure pour consulter le DMP de ce patient a expiré.",
        "The authorisation of your structure to consult this patient's DMP has expired.",
    ),
    "authorization_expired_then": Text(
        "Si le patient y consent de nouveau, déclarez-le ci-dessous : l'autorisation est alors "
        "enregistrée dans son DMP, au nom de votre structure. Rien n'est enregistré sans votre "
        "action.",
        "If the patient consents again, say so below: the authorisation is then recorded in the "
        "DMP, in the name of your structure. Nothing is recorded without your act.",
    ),
    "authorization_refused": Text(
        "Le patient s'oppose à ce que votre structure consulte son DMP.",
        "The patient does not allow your structure to consult the DMP.",
    ),
    "authorization_refused_then": Text(
        "Seul le patient peut lever cette opposition, depuis Mon espace santé. Elle ne peut pas "
        "être levée ici.",
        "The patient alone can lift this refusal, in Mon espace santé. Nobody can lift it here.",
    ),
    "other_person": Text(
        "L'identité que donne le DMP n'est pas celle que votre logiciel a transmise : les examens "
        "ne sont pas montrés.",
        "The identity that the DMP gives is not the one that your software sent: the exams are not "
        "shown.",
    ),
    "other_person_then": Text(
        "Vérifiez l'identité du patient et corrigez-la dans votre logiciel, puis rouvrez-y le "
        "patient. Si c'est le DMP qui se trompe, prévenez la cellule d'identitovigilance.",
        "Check the patient's identity and correct it in your software, then open the patient from "
        "there again. If the DMP is wrong, tell the team in charge of patients' identities.",
    ),
    "consent": Text(
        "Le patient a été informé et consent à ce que ma structure consulte son DMP.",
        "The patient was informed and consents that my structure consults the DMP.",
    ),
    "authorize": Text(
        "Enregistrer l'autorisation du patient", "Record the patient's authorisation"
    ),
    "again": Text("Interroger de nouveau le DMP", "Ask the DMP again"),
    "both": Text("Les deux identités", "Both identities"),
    "trait": Text("Trait", "Trait"),
    "software": Text("Votre logiciel", "Your software"),
    "record": Text("DMP", "DMP"),
    "agreement": Text("Accord", "Agreement"),
    "birth_family": Text("Nom de naissance", "Birth name"),
    "birth_given": Text("Prénom de naissance", "Birth given name"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "sex": Text("Sexe", "Sex"),
    "differs": Text("différent", "differs"),
    "agrees": Text("pas de différence", "no difference"),
    "not_given": Text("non donné", "not given"),
}
IDENTITY: Final[dict[str, Text]] = {
    "contradicting": Text(
        "Identité à vérifier : le DMP range sous ce matricule INS des documents d'une autre "
        "identité ({count}). Ils ne sont pas montrés. Vérifiez l'identité du patient et prévenez "
        "la cellule d'identitovigilance.",
        "Check the identity: under this INS number the DMP keeps documents of another identity "
        "({count}). They are not shown. Check the patient's identity, and tell the team in charge "
        "of patients' identities.",
    ),
    "doubt": Text(
        "Le matricule INS ne s'accorde pas avec un trait transmis par votre logiciel : {traits}. "
        "Cela peut être juste (naissance à l'étranger, rectification) : vérifiez que c'est bien "
        "votre patient.",
        "The INS number does not agree with a trait that your software sent: {traits}. This may be "
        "right (birth abroad, correction): check that this is your patient.",
    ),
    "sex": Text("le sexe", "the sex"),
    "birth_date": Text("la date de naissance", "the birth date"),
}

CHOICE: Final[dict[str, Text]] = {
    "legend": Text("Au nom de quelle situation lisez-vous ?", "In which situation do you read?"),
    "why": Text(
        "Le DMP est interrogé au nom de cette structure ; l'accès y est tracé.",
        "The DMP is asked in the name of this structure; it records the access.",
    ),
    "profession": Text("profession {code}", "profession {code}"),
    "specialty": Text("spécialité {code}", "specialty {code}"),
    "choose": Text("Choisir", "Choose"),
    "change": Text("Changer de situation", "Change the situation"),
}
