"""The programs of a neighbouring tenant and their authority, a program that nobody declares, and
the RIS of a site that nobody outside reaches.
"""

from __future__ import annotations

from typing import Final

UNDECLARED: Final = "CN=inconnu.example,OU=300000000000033,O=Inconnu,C=FR"
# An operator's program of the demo tenant that may look, and is no sender.
WATCHER: Final = "CN=watch.local.example,OU=1750803447,O=Clinique Ambroise,C=FR"
# The neighbour has an authority of its own beside the common one, for this sender alone.
B_S_AUTHORITY: Final = "CN=AC du voisin,O=Voisin,C=FR"
THIRD: Final = "CN=tiers.voisin.example,OU=300000000000041,O=Voisin,C=FR"
THIRD_SENDER: Final = ("TIERS", "VOISIN")
# A site behind an agent, which forwards the reports of its RIS too.
FAR: Final = "lointain"
FAR_RIS: Final = "CN=ris.lointain.example,OU=1750803447,O=Lointain,C=FR"
FAR_SENDER: Final = ("RIS", "LOINTAIN")
