"""The national white list in words: why one is not taken, or the kept one not trusted."""

from __future__ import annotations

from typing import Final

from functions.drimbox.wording.text import Advice, Text

_ANS: Final = Text(
    "Prévenir l'ANS. La dernière liste valable sert trois jours.",
    "Tell ANS. The last good list serves for three days.",
)
_PUBLISHER: Final = Text(
    "Vérifier l'adresse de la liste et les autorités de son hôte ; sinon prévenir l'ANS.",
    "Check the list's address and the authorities of its host; otherwise tell ANS.",
)
_SIGNER: Final = Text(
    "Ne rien changer sans l'ANS : lui demander le nom et les autorités du signataire, puis "
    "corriger cdk.json ou ca-white_list_signer.pem.",
    "Change nothing without ANS: ask it for the signer's name and authorities, then correct "
    "cdk.json or ca-white_list_signer.pem.",
)

# By ``peers.faults.Fault``.
FAULTS: Final[dict[str, Advice]] = {
    "unreachable": Advice(
        "La liste, ou une liste de révocation, ne peut pas être téléchargée.",
        "The list, or a revocation list, cannot be downloaded.",
        todo=_PUBLISHER,
    ),
    "too_large": Advice(
        "La liste dépasse 360 Kio, ou une liste de révocation 16 Mio.",
        "The list is above 360 KiB, or a revocation list above 16 MiB.",
        todo=_PUBLISHER,
    ),
    "unreadable": Advice(
        "Le fichier n'est pas du XML acceptable.",
        "The file is no XML that can be accepted.",
        todo=_PUBLISHER,
    ),
    "unsigned": Advice("La liste n'est pas signée.", "The list is not signed.", todo=_ANS),
    "signature_form": Advice(
        "La signature n'a pas l'une des deux formes officielles.",
        "The signature has neither of the two official forms.",
        todo=_ANS,
        clause="XAdES 1.3.2 7.2",
    ),
    "altered": Advice(
        "La liste ou sa signature a été modifiée.",
        "The list or its signature was changed.",
        todo=_ANS,
        clause="XMLDSig 1.1 3.2",
    ),
    "other_signer": Advice(
        "Le certificat du signataire n'a pas le CN et l'OU attendus.",
        "The signer's certificate does not have the CN and the OU that are due.",
        todo=_SIGNER,
    ),
    "untrusted_signer": Advice(
        "Aucune autorité déclarée n'a émis le certificat du signataire, ou il ne peut pas signer.",
        "No declared authority issued the signer's certificate, or it may not sign.",
        todo=_SIGNER,
        clause="RFC 5280 6.1",
    ),
    "signer_dates": Advice(
        "Le certificat du signataire, ou d'une de ses autorités, n'est pas dans ses dates.",
        "The certificate of the signer, or of one of its authorities, is outside its dates.",
        todo=_ANS,
        clause="RFC 5280 4.1.2.5",
    ),
    "no_revocation_list": Advice(
        "Aucune liste de révocation en vigueur ne parle du certificat du signataire, ou d'une de "
        "ses autorités.",
        "No revocation list in force speaks of the certificate of the signer, or of one of its "
        "authorities.",
        todo=Text(
            "Déclarer la liste de révocation de chaque autorité sous la racine et de la racine.",
            "Declare the revocation list of each authority below the root, and of the root.",
        ),
        clause="RFC 5280 6.3",
    ),
    "revoked_signer": Advice(
        "Le certificat du signataire, ou d'une de ses autorités, est révoqué.",
        "The certificate of the signer, or of one of its authorities, is revoked.",
        todo=_ANS,
        clause="RFC 5280 6.3",
    ),
    "content": Advice(
        "Le contenu n'est pas celui d'une liste de version 1.0.0, ou aucun domaine n'est lisible.",
        "The content is not that of a list of version 1.0.0, or no domain can be read.",
        todo=_ANS,
    ),
    "future": Advice(
        "La liste est datée de l'avenir.", "The list has a date of the future.", todo=_ANS
    ),
    "older": Advice(
        "La liste est plus ancienne que celle qui est conservée, ou la contredit à la même date.",
        "The list is older than the kept one, or contradicts it at the same date.",
        todo=_ANS,
    ),
    "never_taken": Advice(
        "Aucune liste n'a encore été retenue : aucune DRIMbox n'est connue.",
        "No list was taken yet: no DRIMbox is known.",
        todo=_PUBLISHER,
    ),
    "too_old": Advice(
        "Aucune liste n'a été vérifiée depuis trois jours : aucune DRIMbox n'est connue.",
        "No list was verified for three days: no DRIMbox is known.",
        todo=_PUBLISHER,
    ),
}
