"""The words of the viewer for documents and presentation states, and for browsers without it."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

DOCUMENTS: Final[dict[str, Text]] = {
    "documents": Text("Documents : {count}", "Documents: {count}"),
    "states": Text("États de présentation : {count}", "Presentation states: {count}"),
    "wider": Text("Élargir", "Wider"),
    "tip_wider": Text("Plus de place pour les documents", "More room for the documents"),
    "document_coming": Text("Document en cours d'arrivée…", "The document is arriving…"),
    "document_failed": Text(
        "Ce document n'a pas pu être obtenu tel qu'il a été vérifié : il n'est pas affiché. "
        "L'import dans votre PACS reste possible.",
        "This document could not be obtained as it was verified: it is not shown. The import into "
        "your PACS remains possible.",
    ),
    "pdf_identity": Text(
        "L'identité écrite dans ce PDF n'est pas comparée : vérifiez-la.",
        "The identity that is written in this PDF is not compared: check it.",
    ),
    "document_not_verified": Text("Identité non vérifiée", "Identity not verified"),
    "named": Text("{name} : ", "{name}: "),
    "report_completion": Text("Document incomplet", "Incomplete document"),
    "report_verification": Text(
        "Document non vérifié par un professionnel", "No professional verified this document"
    ),
    "report_preliminary": Text("Document provisoire", "Preliminary document"),
    "no_number": Text("valeur absente {why}", "no value {why}"),
    "content_reference": Text(
        "renvoi à une autre partie du document", "reference to another part of the document"
    ),
    "content_image": Text("image de l'examen", "image of the exam"),
    "content_object": Text("autre objet de l'examen", "another object of the exam"),
    "content_region": Text("tracé non affiché ici", "region that is not drawn here"),
    "states_list": Text("États de présentation", "Presentation states"),
    "states_none": Text("Aucun état de présentation", "No presentation state"),
    "no_state": Text("Sans état de présentation", "No presentation state"),
    "state_named": Text("État de présentation : {name}", "Presentation state: {name}"),
    "state_elsewhere": Text(
        "L'état de présentation {name} ne concerne pas cette image.",
        "The presentation state {name} is not about this image.",
    ),
    "not_presented": Text(
        "L'état de présentation {name} ne peut être appliqué ici ({reason}). L'image est montrée "
        "sans lui ; l'import dans votre PACS reste possible.",
        "The presentation state {name} cannot be applied here ({reason}). The image is shown "
        "without it; the import into your PACS remains possible.",
    ),
    "state_true_size": Text(
        "Taille réelle demandée, non appliquée", "Real size is asked for, and not applied"
    ),
    "unnamed": Text("sans nom", "without a name"),
    "after_table": Text(
        "Contraste par une table, et non par une fenêtre", "Contrast by a table, not by a window"
    ),
    "tables_left": Text(
        "Une table de contraste de l'image n'est pas proposée",
        "A contrast table of the image is not offered",
    ),
    "corrected": Text("corrigé", "corrected"),
    "corrected_measures": Text(
        "Mesures corrigées du grandissement {value}", "Measures corrected for magnification {value}"
    ),
    "calibrated_measures": Text("Mesures calibrées {how}", "Calibrated measures {how}"),
    "how_geometry": Text("par la géométrie", "by geometry"),
    "how_fiducial": Text("sur un repère", "by a fiducial"),
    "how_other": Text("par le fabricant", "by the maker"),
    "write_text": Text("Texte à poser sur l'image :", "Text to put on the image:"),
    "card": Text(
        "Posez une carte bancaire sur l'écran et donnez au cadre sa largeur (85,6 mm).",
        "Hold a bank card against the screen and give the frame its width (85.6 mm).",
    ),
    "card_width": Text("Largeur du cadre", "Width of the frame"),
    "card_done": Text("C'est la largeur de la carte", "This is the card's width"),
    "cancel": Text("Annuler", "Cancel"),
    "cannot_start": Text(
        "Ce navigateur ne peut pas afficher les images : {reason}. Les comptes rendus restent "
        "lisibles.",
        "This browser cannot show the images: {reason}. The reports can still be read.",
    ),
    "cannot_webgl": Text("l'affichage graphique (WebGL 2) est absent", "it has no WebGL 2"),
    "cannot_worker": Text(
        "les programmes d'arrière-plan (Worker) sont bloqués", "its workers are blocked"
    ),
    "cannot_wasm": Text("WebAssembly est absent ou bloqué", "WebAssembly is absent or blocked"),
    "cannot_other": Text("le programme n'a pas démarré", "the program did not start"),
}
# Further codes of ``images.display_beside`` and ``reading.exam_states``.
BESIDE: Final[dict[str, Text]] = {
    "content": Text("contenu non compris", "content that is not understood"),
    "document": Text("document d'un autre format", "a document of another format"),
    "state_class": Text("genre d'état inconnu", "unknown kind of state"),
    "state_element": Text("un de ses éléments n'est pas compris", "an element is not understood"),
    "state_colours": Text("couleurs d'une autre sorte", "colours of another kind"),
    "state_rescale": Text(
        "mise à l'échelle autre que celle de l'image", "a rescaling that is not the image's"
    ),
    "state_table": Text(
        "une table qui n'est pas faite pour les valeurs de l'image",
        "a table that is not made for the image's values",
    ),
    "state_aspect": Text(
        "proportions autres que celles de l'image", "an aspect that is not the image's"
    ),
    "state_images": Text("ses images ne sont pas ici", "its images are not here"),
}
MENUS: Final[dict[str, Text]] = {
    "menu_measures": Text("Mesures", "Measures"),
    "tip_menu_measures": Text(
        "Mesures et annotations, gardées dans cette page seule",
        "Measures and notes, kept in this page alone",
    ),
    "tip_planes_cursors": Text(
        "Bouton gauche : déplacer le point commun aux trois plans",
        "Left button: move the point of the three planes",
    ),
    "menu_image": Text("Image", "Image"),
    "tip_menu_image": Text(
        "Inverser, tourner, taille de l'image", "Invert, turn, size of the image"
    ),
    "menu_more": Text("Plus", "More"),
    "tip_menu_more": Text(
        "Images clés, lignes de coupe, réticule, capture",
        "Key images, reference lines, crosshair, capture",
    ),
}
