"""A professional's practice in words: the codes of Pro Santé Connect, by the national nomenclature.

TRE_G15-ProfessionSante names the professions, TRE_R38-SpecialiteOrdinale the specialties. A code
that stands in neither table is told as it is.
"""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Text

PROFESSIONS: Final[dict[str, Text]] = {
    "10": Text("médecin", "physician"),
    "21": Text("pharmacien", "pharmacist"),
    "26": Text("audioprothésiste", "hearing aid specialist"),
    "28": Text("opticien-lunetier", "optician"),
    "31": Text("assistant dentaire", "dental assistant"),
    "32": Text("physicien médical", "medical physicist"),
    "35": Text("aide-soignant", "nursing assistant"),
    "36": Text("ambulancier", "ambulance driver"),
    "37": Text("auxiliaire de puériculture", "childcare assistant"),
    "38": Text("préparateur en pharmacie hospitalière", "hospital pharmacy technician"),
    "39": Text("préparateur en pharmacie", "pharmacy technician"),
    "40": Text("chirurgien-dentiste", "dentist"),
    "50": Text("sage-femme", "midwife"),
    "60": Text("infirmier", "nurse"),
    "69": Text("infirmier psychiatrique", "psychiatric nurse"),
    "70": Text("masseur-kinésithérapeute", "physiotherapist"),
    "80": Text("pédicure-podologue", "podiatrist"),
    "81": Text("orthoprothésiste", "prosthetist and orthotist"),
    "82": Text("podo-orthésiste", "pedorthist"),
    "83": Text("orthopédiste-orthésiste", "orthotist"),
    "84": Text("oculariste", "ocularist"),
    "85": Text("épithésiste", "anaplastologist"),
    "86": Text("technicien de laboratoire médical", "medical laboratory technician"),
    "91": Text("orthophoniste", "speech therapist"),
    "92": Text("orthoptiste", "orthoptist"),
    "94": Text("ergothérapeute", "occupational therapist"),
    "95": Text("diététicien", "dietitian"),
    "96": Text("psychomotricien", "psychomotor therapist"),
    "98": Text("manipulateur d'électroradiologie médicale", "radiographer"),
}
_OF_CHILDREN: Final = Text("psychiatrie de l'enfant et de l'adolescent", "child psychiatry")
_HAEMATOLOGY: Final = Text("hématologie", "haematology")
SPECIALTIES: Final[dict[str, Text]] = {
    "SCD01": Text("orthopédie dento-faciale", "orthodontics"),
    "SCD02": Text("chirurgie orale", "oral surgery"),
    "SCD03": Text("médecine bucco-dentaire", "oral medicine"),
    "SM01": Text("anatomie et cytologie pathologiques", "pathology"),
    "SM02": Text("anesthésie-réanimation", "anaesthesia and intensive care"),
    "SM03": Text("biologie médicale", "laboratory medicine"),
    "SM04": Text("cardiologie et maladies vasculaires", "cardiology and vascular diseases"),
    "SM05": Text("chirurgie générale", "general surgery"),
    "SM06": Text("chirurgie maxillo-faciale", "maxillofacial surgery"),
    "SM07": Text(
        "chirurgie maxillo-faciale et stomatologie", "maxillofacial surgery and stomatology"
    ),
    "SM08": Text("chirurgie orthopédique et traumatologie", "orthopaedic surgery and trauma"),
    "SM09": Text("chirurgie infantile", "paediatric surgery"),
    "SM10": Text(
        "chirurgie plastique, reconstructrice et esthétique",
        "plastic, reconstructive and aesthetic surgery",
    ),
    "SM11": Text(
        "chirurgie thoracique et cardio-vasculaire", "thoracic and cardiovascular surgery"
    ),
    "SM12": Text("chirurgie urologique", "urological surgery"),
    "SM13": Text("chirurgie vasculaire", "vascular surgery"),
    "SM14": Text("chirurgie viscérale et digestive", "visceral and digestive surgery"),
    "SM15": Text("dermatologie et vénéréologie", "dermatology and venereology"),
    "SM16": Text("endocrinologie et métabolisme", "endocrinology and metabolism"),
    "SM17": Text("génétique médicale", "medical genetics"),
    "SM18": Text("gériatrie", "geriatrics"),
    "SM19": Text("gynécologie médicale", "medical gynaecology"),
    "SM20": Text("gynécologie-obstétrique", "gynaecology and obstetrics"),
    "SM21": _HAEMATOLOGY,
    "SM22": Text("hématologie, maladies du sang", "haematology, blood diseases"),
    "SM23": Text("hématologie, onco-hématologie", "haematology, onco-haematology"),
    "SM24": Text("gastro-entérologie et hépatologie", "gastroenterology and hepatology"),
    "SM25": Text("médecine du travail", "occupational medicine"),
    "SM26": Text("qualifié en médecine générale", "qualified in general practice"),
    "SM27": Text("médecine interne", "internal medicine"),
    "SM28": Text("médecine nucléaire", "nuclear medicine"),
    "SM29": Text("médecine physique et de réadaptation", "physical and rehabilitation medicine"),
    "SM30": Text("néphrologie", "nephrology"),
    "SM31": Text("neurochirurgie", "neurosurgery"),
    "SM32": Text("neurologie", "neurology"),
    "SM33": Text("neuropsychiatrie", "neuropsychiatry"),
    "SM34": Text("ORL et chirurgie cervico-faciale", "ENT, head and neck surgery"),
    "SM35": Text("oncologie, onco-hématologie", "oncology, onco-haematology"),
    "SM36": Text("oncologie médicale", "medical oncology"),
    "SM37": Text("oncologie, radiothérapie", "oncology, radiotherapy"),
    "SM38": Text("ophtalmologie", "ophthalmology"),
    "SM39": Text("oto-rhino-laryngologie", "otorhinolaryngology"),
    "SM40": Text("pédiatrie", "paediatrics"),
    "SM41": Text("pneumologie", "pulmonology"),
    "SM42": Text("psychiatrie", "psychiatry"),
    "SM43": _OF_CHILDREN,
    "SM44": Text("radiodiagnostic", "diagnostic radiology"),
    "SM45": Text("radiothérapie", "radiotherapy"),
    "SM46": Text("médecine intensive-réanimation", "intensive care medicine"),
    "SM47": Text("recherche médicale", "medical research"),
    "SM48": Text("rhumatologie", "rheumatology"),
    "SM49": Text("santé publique et médecine sociale", "public health and social medicine"),
    "SM50": Text("stomatologie", "stomatology"),
    "SM51": Text(
        "gynécologie, option gynécologie-obstétrique", "gynaecology, gynaecology and obstetrics"
    ),
    "SM52": Text("gynécologie, option gynécologie médicale", "gynaecology, medical gynaecology"),
    "SM53": Text("spécialiste en médecine générale", "specialist in general practice"),
    "SM54": Text("médecine générale", "general practice"),
    "SM55": Text("radiodiagnostic et radiothérapie", "diagnostic radiology and radiotherapy"),
    "SM56": Text("chirurgie orale", "oral surgery"),
    "SM57": Text("allergologie", "allergology"),
    "SM58": Text("maladies infectieuses et tropicales", "infectious and tropical diseases"),
    "SM59": Text("médecine d'urgence", "emergency medicine"),
    "SM60": Text("médecine légale et expertises médicales", "forensic medicine"),
    "SM61": Text("médecine vasculaire", "vascular medicine"),
    "SM62": Text(
        "endocrinologie, diabétologie, nutrition", "endocrinology, diabetology, nutrition"
    ),
    "SM68": Text("chirurgie maxillo-faciale", "maxillofacial surgery"),
    "SM69": Text("chirurgie pédiatrique, viscérale", "paediatric surgery, visceral"),
    "SM70": Text("chirurgie pédiatrique, orthopédie", "paediatric surgery, orthopaedics"),
    "SM71": _HAEMATOLOGY,
    "SM72": Text(
        "médecine interne et immunologie clinique", "internal medicine and clinical immunology"
    ),
    "SM73": Text("médecine cardiovasculaire", "cardiovascular medicine"),
    "SM74": Text("radiologie et imagerie médicale", "radiology and medical imaging"),
    "SM75": Text("santé publique", "public health"),
    "SM79": Text("cardiologie interventionnelle", "interventional cardiology"),
    "SM80": Text("médecine cardiovasculaire, imagerie", "cardiovascular medicine, imaging"),
    "SM87": Text("pédiatrie, néonatologie", "paediatrics, neonatology"),
    "SM92": _OF_CHILDREN,
    "SM93": Text("psychiatrie de la personne âgée", "old age psychiatry"),
    "SM94": Text(
        "radiologie et imagerie médicale, radiologie interventionnelle avancée",
        "radiology and medical imaging, advanced interventional radiology",
    ),
}
