"""The professional who signed in by Pro Santé Connect, and the places where they work."""

from __future__ import annotations

from functions.drimbox.values import frozen


@frozen
class Activity:
    """One place where a professional works.

    ``structure_id``: ``ancienIdentifiantDeLaStructure`` ("1" + FINESS or "3" + SIRET) or "".
    ``sector`` (…71.4.2.4), ``profession`` (…71.1.2.7) and ``specialty`` (…71.4.2.5) are bare codes,
    "" when unknown; they come from the activity and its ``exercice``.
    """

    structure_id: str
    structure_name: str
    sector: str
    profession: str
    specialty: str


@frozen
class HealthProfessional:
    """The professional who signed in, as userinfo gives it. Codes are bare, "" when unknown, as in
    :class:`Activity`.

    ``activities`` is empty when Pro Santé Connect gives no ``SubjectRefPro``; with several, the
    professional must choose.
    """

    subject_name_id: str
    family: str
    given: str
    profession: str
    specialty: str
    sector: str
    activities: tuple[Activity, ...]

    def __repr__(self) -> str:
        return "HealthProfessional(…)"
