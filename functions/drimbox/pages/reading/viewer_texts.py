"""The words of the viewer, by the names under which its program asks for them."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

VIEWER: Final[dict[str, Text]] = {
    "title": Text("Lecture des images", "Reading of the images"),
    "no_script": Text(
        "Le navigateur n'exécute pas les scripts de cette page : les images ne peuvent pas être "
        "affichées ici. Les comptes rendus restent lisibles.",
        "The browser does not run the scripts of this page: the images cannot be shown here. The "
        "reports can still be read.",
    ),
    "absent": Text(
        "Le programme d'affichage des images n'a pas démarré dans ce navigateur : les images ne "
        "s'ouvrent pas ici. Les comptes rendus restent lisibles.",
        "The program that shows images did not start in this browser: images do not open here. The "
        "reports can still be read.",
    ),
    "back": Text("‹ Examens", "‹ Exams"),
    "import": Text("Importer dans le PACS", "Import into the PACS"),
    "tip_import": Text(
        "Vérifier l'identité, puis enregistrer les examens d'autres établissements dans votre PACS",
        "Check the identity, then store the exams of other sites in your PACS",
    ),
    "not_for_diagnosis": Text(
        "Ne convient pas au diagnostic primaire", "Not for primary diagnosis"
    ),
    "tools": Text("Outils", "Tools"),
    "series": Text("Séries", "Series"),
    "reports": Text("Comptes rendus", "Reports"),
    "report": Text("Compte rendu", "Report"),
    "no_report": Text("Aucun compte rendu avec ces examens.", "No report with these exams."),
    "view": Text("Vue", "View"),
    "views": Text("Vues : {count}", "Views: {count}"),
    "layout": Text("Nombre de vues", "Number of views"),
    "scroll": Text("Défilement", "Scrolling"),
    "prior": Text("antérieur", "prior"),
    "key_image": Text("Image clé", "Key image"),
    "keys": Text("Images clés : {count}", "Key images: {count}"),
    "images": Text("Images : {count}", "Images: {count}"),
    "image_of": Text("Im {place}/{count}", "Im {place}/{count}"),
    "window_of": Text("L {width} C {center}", "W {width} L {center}"),
    "zoom_of": Text("Zoom {percent} %", "Zoom {percent}%"),
    "thickness": Text("Ép. {value} mm", "Thk {value} mm"),
    "force": Text("Compression (N)", "Compression (N)"),
    "lossy": Text("Image compressée avec perte {ratio}", "Image with lossy compression {ratio}"),
    "overlay_not_shown": Text("Annotation incrustée non affichée", "Overlay not shown"),
    "for_processing": Text(
        "Image brute, à traiter avant lecture", "Raw image, to be processed before it is read"
    ),
    "subtracted": Text(
        "Soustraction du masque (im {frames}) ; mesures sur les valeurs natives",
        "Mask subtracted (im {frames}); measures are of the native values",
    ),
    "native_frames": Text(
        "Images natives, sans soustraction", "Native images, without subtraction"
    ),
    "not_subtracted": Text(
        "Images natives : la soustraction recommandée par l'appareil n'est pas faite ici",
        "Native images: the subtraction that the device recommends is not made here",
    ),
    "mask_coming": Text(
        "Images natives : le masque n'est pas encore arrivé",
        "Native images: the mask has not arrived yet",
    ),
    "mask_missing": Text(
        "Images natives : le masque n'a pas pu être chargé",
        "Native images: the mask could not be loaded",
    ),
    "shutter_not_shown": Text(
        "Volet de l'appareil non appliqué", "The device's shutter is not applied"
    ),
    "detector_measures": Text("Mesures au détecteur", "Measures at the detector"),
    "pixel_measures": Text("Mesures en pixels", "Measures in pixels"),
    "at_detector": Text("au détecteur", "at the detector"),
    "area": Text("Surface", "Area"),
    "mean": Text("Moyenne", "Mean"),
    "deviation": Text("Écart-type", "Std deviation"),
    "range": Text("Étendue", "Range"),
    "hounsfield": Text("UH", "HU"),
    "windows": Text("Fenêtres", "Windows"),
    "image_window": Text("Fenêtre de l'image", "The image's window"),
    "by_table": Text("Table {name}", "Table {name}"),
    "mediastinum": Text("Médiastin", "Mediastinum"),
    "lung": Text("Parenchyme", "Lung"),
    "bone": Text("Os", "Bone"),
    "brain": Text("Cerveau", "Brain"),
    "abdomen": Text("Abdomen", "Abdomen"),
    "subdural": Text("Sous-dural", "Subdural"),
    "axial": Text("Axial", "Axial"),
    "sagittal": Text("Sagittal", "Sagittal"),
    "coronal": Text("Coronal", "Coronal"),
    "slab": Text("Épaisseur MIP", "MIP slab"),
    "no_slab": Text("Plan simple", "Single plane"),
    "mip": Text("MIP {value} mm", "MIP {value} mm"),
    "leave_planes": Text("Quitter le MPR", "Leave MPR"),
}
# Buttons: the name on it.
TOOLS: Final[dict[str, Text]] = {
    "window": Text("Fenêtrage", "Window"),
    "zoom": Text("Zoom", "Zoom"),
    "pan": Text("Déplacer", "Pan"),
    "length": Text("Distance", "Length"),
    "angle": Text("Angle", "Angle"),
    "ellipse": Text("Ellipse", "Ellipse"),
    "rectangle": Text("Rectangle", "Rectangle"),
    "arrow": Text("Flèche", "Arrow"),
    "text": Text("Texte", "Text"),
    "invert": Text("Inverser", "Invert"),
    "subtract": Text("Soustraire", "Subtract"),
    "flip": Text("Miroir H", "Flip H"),
    "flip_vertical": Text("Miroir V", "Flip V"),
    "rotate": Text("Tourner", "Rotate"),
    "pixel_size": Text("1 pixel", "1 pixel"),
    "real_size": Text("Taille réelle", "Real size"),
    "calibrate": Text("Étalonner l'écran", "Calibrate the screen"),
    "reset": Text("Réinitialiser", "Reset"),
    "link": Text("Lié", "Linked"),
    "lines": Text("Lignes de coupe", "Reference lines"),
    "cursors": Text("Réticule", "Crosshair"),
    "cine": Text("Ciné", "Cine"),
    "planes": Text("MPR", "MPR"),
    "compare": Text("Comparer", "Compare"),
    "report": Text("Compte rendu", "Report"),
    "next_key": Text("Image clé", "Key image"),
    "clear": Text("Effacer les mesures", "Clear measures"),
    "capture": Text("Capture", "Capture"),
}
# Buttons: their effect, and the key that does the same.
TIPS: Final[dict[str, Text]] = {
    "window": Text("Bouton gauche : largeur et centre de la fenêtre", "Left button: the window"),
    "zoom": Text(
        "Bouton gauche : agrandir (toujours au bouton droit)",
        "Left button: zoom (always with the right button)",
    ),
    "pan": Text(
        "Bouton gauche : déplacer (toujours au bouton du milieu)",
        "Left button: pan (always with the middle button)",
    ),
    "length": Text("Mesurer une distance", "Measure a distance"),
    "angle": Text("Mesurer un angle", "Measure an angle"),
    "ellipse": Text("Moyenne, écart-type, surface", "Mean, standard deviation, area"),
    "rectangle": Text("Moyenne, écart-type, surface", "Mean, standard deviation, area"),
    "arrow": Text("Poser une flèche", "Put an arrow"),
    "text": Text("Poser un texte", "Put a text"),
    "invert": Text("Inverser les niveaux de gris (I)", "Invert the grey levels (I)"),
    "subtract": Text(
        "Soustraire le masque de l'angiographie, ou montrer les images natives (S)",
        "Subtract the angiography's mask, or show the native images (S)",
    ),
    "flip": Text("Miroir horizontal", "Flip horizontally"),
    "flip_vertical": Text("Miroir vertical", "Flip vertically"),
    "rotate": Text("Tourner de 90°", "Rotate by 90°"),
    "pixel_size": Text(
        "Un pixel de l'image sur un pixel de l'écran",
        "One pixel of the image on one pixel of the screen",
    ),
    "real_size": Text(
        "Taille réelle, pour l'écran étalonné, sinon pour 96 points par pouce",
        "Real size, for the calibrated screen, else for 96 dots per inch",
    ),
    "calibrate": Text(
        "Dire à cette page la taille de l'écran, à l'aide d'une carte bancaire",
        "Tell this page the size of the screen, with a bank card",
    ),
    "reset": Text("Revenir à l'affichage initial", "Back to the first display"),
    "link": Text("Faire défiler les vues ensemble (L)", "Scroll the views together (L)"),
    "lines": Text(
        "Montrer où les coupes des vues se croisent", "Show where the views' slices cross"
    ),
    "cursors": Text(
        "Montrer le même point dans toutes les vues", "Show the same point in all views"
    ),
    "cine": Text("Lecture du film (espace)", "Play the film (space)"),
    "planes": Text("Reconstructions multiplanaires (M)", "Multiplanar reconstructions (M)"),
    "compare": Text("Examens côte à côte (C)", "Exams side by side (C)"),
    "report": Text("Compte rendu à côté des images (R)", "Report beside the images (R)"),
    "next_key": Text("Image clé suivante (K)", "Next key image (K)"),
    "clear": Text("Effacer toutes les mesures", "Clear all measures"),
    "capture": Text(
        "Enregistrer la vue sans l'identité du patient",
        "Save the view without the patient's identity",
    ),
}
STATES: Final[dict[str, Text]] = {
    "coming": Text("en cours d'arrivée", "arriving"),
    "state_coming": Text(
        "Images en cours d'arrivée : {count} sur {awaited}", "Images arriving: {count} of {awaited}"
    ),
    "state_gone": Text(
        "Ces images ne sont plus à l'établissement qui les a faites",
        "These images are no longer at the establishment that made them",
    ),
    "state_refused": Text(
        "L'établissement qui a ces images a refusé de les donner",
        "The establishment that has these images refused to give them",
    ),
    "state_failed": Text(
        "Ces images n'ont pas pu être obtenues pour l'instant",
        "These images could not be obtained for now",
    ),
    "broken": Text(
        "L'image {place} ne peut pas être décodée sans erreur : elle n'est pas affichée.",
        "Image {place} cannot be decoded without error: it is not shown.",
    ),
    "not_loaded": Text(
        "L'image {place} n'a pas pu être chargée. Elle est demandée de nouveau dans quelques "
        "secondes.",
        "Image {place} could not be loaded. It is asked for again in some seconds.",
    ),
    "not_given": Text(
        "L'image {place} n'a pas pu être chargée.", "Image {place} could not be loaded."
    ),
    "planes_with_gaps": Text(
        "coupes qui manquent : {count}. Quittez le MPR et revenez-y quand elles sont là",
        "slices that are missing: {count}. Leave MPR, and come back when they are there",
    ),
    "not_verified": Text("Identité des images non vérifiée", "Identity of the images not verified"),
    "withdrawn": Text(
        "Ces images ont été retirées de l'examen.", "These images were withdrawn from the exam."
    ),
    "partial": Text(
        "Série incomplète : {count} objets sur {awaited}",
        "Incomplete series: {count} objects of {awaited}",
    ),
    "may_be_burned": Text(
        "L'identité du patient peut être inscrite dans les pixels de cette image. L'enregistrer ?",
        "The patient's identity may be written in the pixels of this image. Save it?",
    ),
    "only_dicom": Text(
        "Ne peut être affiché ici ({reason}). L'import dans votre PACS reste possible.",
        "Cannot be shown here ({reason}). The import into your PACS remains possible.",
    ),
    "differs": Text("Ces images sont d'un autre patient", "These images are of another patient"),
    "differs_then": Text(
        "L'identité inscrite dans les images n'est pas celle du patient de cette page. Aucune "
        "image n'est affichée. Prévenez la cellule d'identitovigilance et l'établissement qui a "
        "fait l'examen.",
        "The identity in the images is not that of the patient of this page. No image is shown. "
        "Tell the team in charge of patients' identities, and the establishment that made the "
        "exam.",
    ),
    "this_patient": Text("Patient de la page", "The page's patient"),
    "the_images": Text("Images", "Images"),
    "name": Text("Nom et prénom", "Name and given name"),
    "birth_date": Text("Date de naissance", "Birth date"),
    "sex": Text("Sexe", "Sex"),
    "error_unreachable": Text(
        "Le service ne répond pas : vérifiez la connexion de ce poste.",
        "The service does not answer: check the connection of this workstation.",
    ),
    "error_ended": Text(
        "Votre session est terminée : les images ne sont plus affichées. Identifiez-vous de "
        "nouveau pour reprendre la lecture.",
        "Your session has ended: the images are not shown any more. Sign in again to go on.",
    ),
    "error_denied": Text(
        "L'accès à ces images n'est plus ouvert : votre session est terminée, ou elle ne permet "
        "pas de les lire. Identifiez-vous de nouveau, ou revenez à la liste des examens.",
        "These images are no longer open to you: your session has ended, or does not allow to read "
        "them. Sign in again, or go back to the list of exams.",
    ),
    "sign_in": Text("S'identifier de nouveau", "Sign in again"),
    "error_absent": Text(
        "Cet examen n'est plus dans la liste de cette page : rechargez la liste.",
        "This exam is no longer in the list of this page: load the list again.",
    ),
    "error_failed": Text(
        "Les images ne peuvent pas être affichées pour l'instant.",
        "The images cannot be shown for now.",
    ),
    "still_works": Text(
        "Les comptes rendus restent lisibles depuis la liste des examens.",
        "The reports can still be read from the list of exams.",
    ),
}
# By the codes of ``matching.js``: how a prior's image stands to the current one.
PLACES: Final[dict[str, Text]] = {
    "middle": Text(
        "Position approchée : ces deux examens n'ont pas de repère commun",
        "Approximate position: these two exams have no space in common",
    ),
    "orientation": Text(
        "Pas de position correspondante : les coupes n'ont pas la même orientation",
        "No matching position: the slices have another orientation",
    ),
    "unplaced": Text(
        "Pas de position correspondante connue : ces images ne disent pas leur place dans le "
        "patient",
        "No matching position is known: these images do not tell their place in the patient",
    ),
    "extent": Text(
        "Pas de position correspondante connue : les deux séries n'ont pas la même étendue",
        "No matching position is known: the two series have another extent",
    ),
    "outside": Text(
        "Pas de position correspondante : cette série ne va pas jusque-là",
        "No matching position: this series ends before",
    ),
    "coming": Text(
        "Position correspondante pas encore connue : images en cours d'arrivée",
        "The matching position is not known yet: images are arriving",
    ),
}
# By the ends of ``reading.ended`` after which images are missing.
ENDS: Final[dict[str, Text]] = {
    "part": Text(
        "L'établissement ne donne qu'une partie de ces images",
        "The establishment gives a part of these images only",
    ),
    "gone": Text(
        "Ces images ne sont plus à l'établissement qui les a faites",
        "These images are no longer at the establishment that made them",
    ),
    "lost": Text(
        "L'établissement ne connaît pas cet examen sous la référence du DMP",
        "The establishment does not know this exam by the DMP's reference",
    ),
    "refused": Text(
        "L'établissement qui a ces images a refusé de les donner",
        "The establishment that has these images refused to give them",
    ),
    "unlisted": Text(
        "Le site de ces images n'est pas dans la liste nationale : rien ne lui est demandé",
        "The site of these images is not in the national list: nothing is asked of it",
    ),
    "untrusted": Text(
        "La liste nationale des sites ne peut pas être vérifiée pour l'instant : "
        "aucun site n'est interrogé",
        "The national list of sites cannot be verified for now: no site is asked",
    ),
    "odd": Text(
        "L'établissement a donné une réponse qui ne peut pas être utilisée",
        "The establishment gave an answer that cannot be used",
    ),
    "away": Text(
        "L'établissement ne répond pas, ou trop lentement",
        "The establishment does not answer, or too slowly",
    ),
}
# By the codes of ``images.display_reasons``, and of ``images.display``.
REASONS: Final[dict[str, Text]] = {
    "class": Text("ce n'est pas une image", "it is no image"),
    "video": Text("vidéo", "video"),
    "syntax": Text("compression inconnue", "unknown compression"),
    "shape": Text("dimensions absentes", "no dimensions"),
    "bits": Text("codage des pixels non pris en charge", "pixels in an unsupported form"),
    "photometric": Text("couleurs non prises en charge", "unsupported colours"),
    "coloured": Text(
        "couleurs portées par certains niveaux de gris", "some grey levels stand for colours"
    ),
    "modality_lut": Text("table de modalité", "modality lookup table"),
    "voi_lut": Text("table de contraste", "contrast lookup table"),
    "presentation": Text("table de présentation", "presentation lookup table"),
    "overlay_in_pixels": Text("annotation dans les pixels", "overlay within the pixels"),
    "rescale": Text("mise à l'échelle absente ou illisible", "no readable rescaling"),
    "geometry": Text("position dans le patient absente", "no position in the patient"),
    "frames": Text("images du fichier non localisées", "frames not located in the file"),
    "size": Text("description trop longue", "description too long"),
    "unreadable": Text("fichier illisible", "unreadable file"),
}
