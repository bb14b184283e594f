"""The labels of the list of exams."""

from __future__ import annotations

from typing import Final

from functions.drimbox.consultation.imaging_document import Mark
from functions.drimbox.pages.reading.restriction_texts import RESTRICTIONS
from functions.drimbox.wording.text import Text

LIST: Final[dict[str, Text]] = {
    "read_at": Text("DMP lu à {time}", "DMP read at {time}"),
    "found": Text("Affichés : {counts}.", "Shown: {counts}."),
    "all": Text("Retirer les filtres", "Clear the filters"),
    "refresh": Text("Actualiser", "Refresh"),
    "newest": Text("Plus récents d'abord", "Latest first"),
    "oldest": Text("Plus anciens d'abord", "Oldest first"),
    "none": Text(
        "Le DMP ne connaît aucun examen d'imagerie de ce patient que vous puissiez voir.",
        "The DMP knows no imaging exam of this patient that you may see.",
    ),
    # Where the DMP gives documents that this page leaves out.
    "none_unreadable": Text(
        "Aucun des documents que le DMP annonce pour ce patient n'a pu être lu.",
        "None of the documents that the DMP announces for this patient could be read.",
    ),
    "none_contradicting": Text(
        "Le DMP donne des documents pour ce matricule INS ; aucun n'est montré, parce que "
        "l'identité de chacun contredit celle de votre patient.",
        "The DMP gives documents for this INS number; none of them is shown, because the identity "
        "of each contradicts that of your patient.",
    ),
    "none_left_out": Text(
        "Aucun des documents que le DMP donne pour ce matricule INS n'est montré : l'identité de "
        "certains contredit celle de votre patient, les autres n'ont pas pu être lus.",
        "None of the documents that the DMP gives for this INS number is shown: the identity of "
        "some contradicts that of your patient, the others could not be read.",
    ),
    "none_wanted_shown": Text(
        "Parmi les examens qui peuvent être montrés, aucun ne répond aux critères de votre "
        "logiciel.",
        "Among the exams that can be shown, none meets the criteria of your software.",
    ),
    "none_found_shown": Text(
        "Parmi les examens qui peuvent être montrés, aucun ne répond aux filtres.",
        "Among the exams that can be shown, none meets the filters.",
    ),
    "none_wanted": Text(
        "Aucun examen ne répond aux critères de votre logiciel.",
        "No exam meets the criteria of your software.",
    ),
    "none_found": Text("Aucun examen ne répond aux filtres.", "No exam meets the filters."),
    "narrowed": Text(
        "Votre logiciel a restreint cette liste : ce ne sont pas tous les examens du patient.",
        "Your software narrowed this list: these are not all exams of the patient.",
    ),
    "unwanted": Text("Non montrés ici : {counts}.", "Not shown here: {counts}."),
    "everything": Text("Voir tous les examens", "See all exams"),
    "widened": Text(
        "La liste montre aussi les examens que votre logiciel n'a pas demandés.",
        "The list shows the exams that your software did not ask for as well.",
    ),
    "wanted": Text(
        "Revenir aux critères de votre logiciel", "Back to the criteria of your software"
    ),
    "not_shown": Text(
        "Documents non affichés : {states}.", "Documents that are not shown: {states}."
    ),
    "reveal": Text("Les afficher", "Show them"),
    "unreadable": Text(
        "Documents que le DMP annonce et que cette page ne peut pas lire en entier : {count}. Ils "
        "ne sont pas montrés ; consultez-les dans le DMP.",
        "Documents that the DMP announces and that this page cannot read whole: {count}. They are "
        "not shown; look at them in the DMP.",
    ),
    "no_filters": Text(
        "Vos filtres n'ont pas pu être relus : la liste est montrée sans eux.",
        "Your filters could not be read: the list is shown without them.",
    ),
    "no_reading": Text(
        "Le stockage de la passerelle ne répond pas : depuis cette liste, les comptes rendus ne "
        "s'ouvrent pas et l'état des sites ne se vérifie pas. La liste est celle que le DMP vient "
        "de donner. Actualisez dans un moment, ou lisez les comptes rendus dans le DMP.",
        "The gateway's storage does not answer: from this list no report opens, and the state of "
        "the sites cannot be checked. The list is the one that the DMP has just given. Refresh in "
        "a while, or read the reports in the DMP.",
    ),
    "undated": Text("Sans date", "Without a date"),
    "unnamed": Text("Examen sans libellé", "Exam without a label"),
    "own": Text("ici", "here"),
    "own_images": Text("Images dans votre PACS", "Images in your PACS"),
    "no_site": Text("Établissement non précisé", "Establishment not named"),
    "report": Text("Compte rendu", "Report"),
    "old_report": Text("Ancienne version du compte rendu", "Former version of the report"),
    "shared_report": Text("Un compte rendu pour {count} examens", "One report for {count} exams"),
    "alone": Text(
        "Compte rendu sans examen relié dans le DMP", "Report without an exam linked in the DMP"
    ),
    "alone_shown": Text(
        "Compte rendu sans examen relié parmi les documents qui peuvent être montrés",
        "Report without an exam linked among the documents that can be shown",
    ),
    "alone_withheld": Text(
        "Compte rendu dont l'examen n'est pas affiché, à cause des filtres « Documents »",
        "Report whose exam is not shown, because of the filters “Documents”",
    ),
    "read": Text("Lire", "Read"),
    "of_day": Text(" du {day}", " of {day}"),
    "signed": Text(", signé par {name}", ", signed by {name}"),
    "title": Text(" · «\u00a0{title}\u00a0»", " · “{title}”"),
    # Of a report that was read.
    "concluding": Text(" · conclusion : «\u00a0{said}\u00a0»", " · conclusion: “{said}”"),
    "no_report": Text(
        "Aucun compte rendu relié à cet examen dans le DMP.",
        "No report is linked to this exam in the DMP.",
    ),
    "no_report_several": Text(
        "Aucun compte rendu relié à ces examens dans le DMP.",
        "No report is linked to these exams in the DMP.",
    ),
    "no_report_shown": Text(
        "Aucun compte rendu relié parmi les documents qui peuvent être montrés.",
        "No report is linked among the documents that can be shown.",
    ),
    "withheld": Text(
        "Compte rendu non affiché, à cause des filtres « Documents ».",
        "A report is not shown, because of the filters “Documents”.",
    ),
    "continued": Text("Suite du groupe précédent", "The former group goes on"),
    "compare": Text("Comparaison proposée", "Proposed comparison"),
    "compare_why": Text(
        "même région, même modalité · antérieur le plus proche",
        "same region, same modality · nearest prior",
    ),
    "with": Text("avec", "with"),
    "compare_now": Text("Comparer", "Compare"),
    "open": Text("Ouvrir", "Open"),
    "pick": Text("Choisir", "Choose"),
    "picked": Text("Examens choisis", "Chosen exams"),
    "picked_one": Text(
        "1 examen choisi · choisissez-en un autre pour comparer",
        "1 exam chosen · choose another one to compare",
    ),
    "picked_several": Text("{count} examens choisis", "{count} exams chosen"),
    "picked_many": Text(
        "{count} examens choisis : quatre au plus s'affichent côte à côte",
        "{count} exams chosen: four at most are shown side by side",
    ),
    "unpick": Text("Tout désélectionner", "Choose none"),
    "compare_picked": Text("Comparer côte à côte", "Compare side by side"),
    "no_viewer": Text(
        "Ce navigateur ne peut pas afficher les images ; les comptes rendus restent lisibles.",
        "This browser cannot show the images; the reports can still be read.",
    ),
    "exams": Text("Examens, par année", "Exams, by year"),
    "skip": Text("Aller aux examens", "Skip to the exams"),
    "parts": Text("Pages de la liste", "Pages of the list"),
    "part": Text("Page {part} sur {parts}", "Page {part} of {parts}"),
    "previous": Text("Page précédente", "Previous page"),
    "next": Text("Page suivante", "Next page"),
}
FILTERS: Final[dict[str, Text]] = {
    "filters": Text("Filtres", "Filters"),
    "active": Text("Filtres ({count} en cours)", "Filters ({count} in force)"),
    "legend": Text("Filtrer les examens", "Filter the exams"),
    "search": Text("Recherche", "Search"),
    "search_what": Text("Acte, établissement, médecin", "Act, establishment, doctor"),
    "search_like": Text("Acte, établissement…", "Act, establishment…"),
    "modality": Text("Modalité", "Modality"),
    "no_modality": Text("Sans modalité", "Without a modality"),
    "region": Text("Région anatomique", "Anatomical region"),
    "no_region": Text("Sans région", "Without a region"),
    "days": Text("Date de l'examen", "Date of the exam"),
    "first": Text("Du", "From"),
    "last": Text("Au", "To"),
    "documents": Text("Documents", "Documents"),
    "apply": Text("Filtrer", "Filter"),
    "reset": Text("Réinitialiser", "Reset"),
}
# By name of a filter of states.
STATES: Final[dict[str, Text]] = {
    "archived": Text("Archivés", "Archived"),
    "invisible_patient": Text("Non visibles du patient", "Not visible to the patient"),
    "invisible_representatives": Text(
        "Non visibles des représentants légaux", "Not visible to the legal representatives"
    ),
    "masked": Text("Masqués aux professionnels", "Masked to professionals"),
    "old": Text("Anciennes versions, retirés", "Former versions, withdrawn"),
}
# The text of a mark without a code, and of one with a code that we do not know.
MARKS: Final[dict[Mark, Text]] = {
    Mark.ARCHIVED: Text("archivé", "archived"),
    Mark.OLD: Text("ancienne version", "former version"),
    Mark.WITHDRAWN: Text("retiré par son auteur", "withdrawn by its author"),
    Mark.UNKNOWN_STATUS: Text("état inconnu", "unknown state"),
    **{Mark(one): words for one, words in RESTRICTIONS.items()},
    Mark.OUTSIDE: Text("hors DMP, état inconnu", "outside the DMP, state unknown"),
}
EXAMS: Final = (Text("{count} examen", "{count} exam"), Text("{count} examens", "{count} exams"))
REPORTS: Final = (
    Text("{count} compte rendu", "{count} report"),
    Text("{count} comptes rendus", "{count} reports"),
)
SITES: Final = (
    Text("de {count} établissement", "from {count} establishment"),
    Text("de {count} établissements", "from {count} establishments"),
)
# Of a group whose other exams are shown.
FILTERED: Final = (
    Text(
        "{count} autre examen de ce groupe n'est pas affiché, à cause des filtres.",
        "{count} other exam of this group is not shown, because of the filters.",
    ),
    Text(
        "{count} autres examens de ce groupe ne sont pas affichés, à cause des filtres.",
        "{count} other exams of this group are not shown, because of the filters.",
    ),
)
YEARS: Final = (Text("{count} an", "{count} year"), Text("{count} ans", "{count} years"))
# DICOM modalities (PS3.3 C.7.3.1.1.1) as professionals name them; others keep the DMP's name.
MODALITIES: Final[dict[str, Text]] = {
    "CR": Text("Radiographie (CR)", "Radiography (CR)"),
    "CT": Text("Scanner", "CT"),
    "DX": Text("Radiographie", "Radiography"),
    "ES": Text("Endoscopie", "Endoscopy"),
    "IO": Text("Radiographie dentaire", "Dental radiography"),
    "MG": Text("Mammographie", "Mammography"),
    "MR": Text("IRM", "MRI"),
    "NM": Text("Médecine nucléaire", "Nuclear medicine"),
    "OP": Text("Photographie ophtalmique", "Ophthalmic photography"),
    "OT": Text("Autre", "Other"),
    "PT": Text("TEP", "PET"),
    "PX": Text("Panoramique dentaire", "Dental panoramic"),
    "RF": Text("Radioscopie", "Fluoroscopy"),
    "US": Text("Échographie", "Ultrasound"),
    "XA": Text("Angiographie", "Angiography"),
}
