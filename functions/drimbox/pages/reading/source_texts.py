"""The words about the sites of a page's exams, and about the services that a consultation needs."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

# By ``exam_sources.Images``: beside an exam.
IMAGES: Final[dict[str, Text]] = {
    "ready": Text("Disponible", "Available"),
    "not_ready": Text("Images indisponibles depuis {time}", "Images not available since {time}"),
    "untold": Text("Site joignable", "Site within reach"),
    "odd": Text("Réponse inattendue depuis {time}", "Unexpected answer since {time}"),
    "silent": Text("Injoignable depuis {time}", "Out of reach since {time}"),
    "checking": Text("Site pas encore vérifié", "Site not checked yet"),
    "unlisted": Text("Site non référencé", "Site not listed"),
    "unread": Text("Site inconnu pour l'instant", "Site not known for now"),
    "untrusted": Text("Site non vérifiable", "Site cannot be checked"),
    "own": Text("À ouvrir dans votre PACS", "To be opened in your PACS"),
    "own_ready": Text("Images prêtes", "Images ready"),
}
# The same on a page whose script runs: it opens own images itself.
IN_SCRIPT: Final[dict[str, Text]] = {
    **IMAGES,
    "own": Text("Images dans votre PACS", "Images in your PACS"),
}
# By the same: a sentence about the establishment, which stands above the list. The first part
# stands out, the second one tells the parts that remain.
NOTICES: Final[dict[str, tuple[Text, Text]]] = {
    "silent": (
        Text("{name} ne répond pas depuis {time}.", "{name} has not answered since {time}."),
        Text(
            "Ses comptes rendus restent lisibles ; ses images seront de nouveau proposées dès son "
            "retour.",
            "Its reports can still be read; its images are offered again as soon as it is back.",
        ),
    ),
    "not_ready": (
        Text(
            "{name} répond, mais ne peut pas donner ses images depuis {time}.",
            "{name} answers, but has not been able to give its images since {time}.",
        ),
        Text(
            "Ses comptes rendus restent lisibles ; ses images seront de nouveau proposées dès que "
            "possible.",
            "Its reports can still be read; its images are offered again as soon as possible.",
        ),
    ),
    "odd": (
        Text(
            "{name} répond de façon inattendue depuis {time}.",
            "{name} has answered in an unexpected way since {time}.",
        ),
        Text(
            "Par sécurité, ses images ne sont pas proposées ; ses comptes rendus restent lisibles.",
            "For safety its images are not offered; its reports can still be read.",
        ),
    ),
    "unlisted": (
        Text(
            "{name} n'est pas dans la liste nationale des sites d'imagerie.",
            "{name} is not in the national list of imaging sites.",
        ),
        Text(
            "Ses images ne lui sont pas demandées ; ses comptes rendus restent lisibles.",
            "Nobody asks it for its images; its reports can still be read.",
        ),
    ),
    "unread": (
        Text(
            "Le dossier médical partagé (DMP) n'a pas donné l'adresse des images de {name}.",
            "The shared medical record (DMP) did not give the address of the images of {name}.",
        ),
        Text(
            "Ses comptes rendus restent lisibles ; l'adresse sera redemandée.",
            "Its reports can still be read; the address is asked for again.",
        ),
    ),
    "untrusted": (
        Text(
            "La liste nationale des sites d'imagerie n'a pas pu être vérifiée depuis plusieurs "
            "jours : aucun autre site n'est interrogé.",
            "The national list of imaging sites could not be verified for several days: no other "
            "site is asked.",
        ),
        Text(
            "Les comptes rendus restent lisibles, et les images de votre établissement restent "
            "dans votre PACS.",
            "The reports can still be read, and the images of your establishment stay in your "
            "PACS.",
        ),
    ),
}
# Where several are: the parts that remain, of all of them.
REMAINING: Final = Text(
    "Les comptes rendus restent lisibles ; les images de ces sites ne sont pas proposées pour "
    "l'instant.",
    "The reports can still be read; the images of these sites are not offered for now.",
)
# Where no site is in trouble.
CALM: Final = Text("Aucun site en difficulté.", "No site is in trouble.")
UNCHECKED: Final = Text("Sites pas encore tous vérifiés.", "Not all sites are checked yet.")
SERIES: Final = (Text("{count} série", "{count} series"), Text("{count} séries", "{count} series"))
FRAMES: Final = (Text("{count} image", "{count} image"), Text("{count} images", "{count} images"))
SOURCES: Final[dict[str, Text]] = {
    "some_site": Text("Un site", "A site"),
    "several": Text("Plusieurs sites", "Several sites"),
    "usual": Text("adresse habituelle", "usual address"),
    "seen": Text("États vus à {time}.", "States seen at {time}."),
    "stale": Text("États non renouvelés depuis {time}.", "States not renewed since {time}."),
    "ended": Text(
        "Session terminée. Ouvrez de nouveau le patient depuis votre logiciel.",
        "The session has ended. Open the patient again from your software.",
    ),
    "asking": Text("Vérification en cours…", "The sites are being asked…"),
    "check": Text("Vérifier les sites", "Check the sites"),
    "again": Text("Réessayer", "Try again"),
    "key_image": Text("{count} image clé", "{count} key image"),
    "key_images": Text("{count} images clés", "{count} key images"),
    "services": Text("État des services", "State of the services"),
}
# By ``services.Service`` and ``services.Condition``.
SERVICES: Final[dict[tuple[str, str], Text]] = {
    ("psc", "works"): Text("Pro Santé Connect répond", "Pro Santé Connect answers"),
    ("psc", "unknown"): Text(
        "Pro Santé Connect : pas d'échange récent", "Pro Santé Connect: not asked of late"
    ),
    ("psc", "down"): Text(
        "Pro Santé Connect ne répond pas depuis {time} : votre session continue quelques minutes, "
        "mais une nouvelle identification doit attendre",
        "Pro Santé Connect has not answered since {time}: your session goes on for some minutes, "
        "but a new sign-in has to wait",
    ),
    ("dmp", "works"): Text(
        "Le dossier médical partagé (DMP) répond", "The shared medical record (DMP) answers"
    ),
    ("dmp", "unknown"): Text(
        "Dossier médical partagé (DMP) : pas d'échange récent",
        "Shared medical record (DMP): not asked of late",
    ),
    ("dmp", "down"): Text(
        "Le dossier médical partagé (DMP) ne répond pas depuis {time} : les images et les comptes "
        "rendus de votre établissement restent dans vos logiciels",
        "The shared medical record (DMP) has not answered since {time}: the images and reports of "
        "your establishment stay in your software",
    ),
    ("white_list", "works"): Text(
        "Liste nationale des sites vérifiée le {time}",
        "National list of sites verified on {time}",
    ),
    ("white_list", "aging"): Text(
        "Liste nationale des sites vérifiée pour la dernière fois le {time} : elle sert encore",
        "National list of sites last verified on {time}: it still serves",
    ),
    ("white_list", "down"): Text(
        "Liste nationale des sites non vérifiée : aucun autre site n'est interrogé ; les comptes "
        "rendus restent lisibles",
        "National list of sites not verified: no other site is asked; the reports can still be "
        "read",
    ),
    ("white_list", "unknown"): Text(
        "Liste nationale des sites : état inconnu", "National list of sites: state unknown"
    ),
    ("sites", "works"): Text("Les sites interrogés répondent", "The sites that were asked answer"),
    ("sites", "down"): Text(
        "Un site au moins est indisponible depuis {time} : ses comptes rendus restent lisibles",
        "One site at least is not available since {time}: its reports can still be read",
    ),
}
