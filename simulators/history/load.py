"""Gives a history to the simulated DMP, by its control endpoint."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from simulators.history.history import History

_SECONDS = 60


class NotLoaded(Exception):
    """The DMP does not answer, or refuses; the message says which."""


def load(
    made: History,
    dmp: str,
    authority: Path | None,
    *,
    authorization: str = "valid",
    treating_doctor: str = "",
) -> int:
    """The number of documents that the DMP at ``dmp`` took; the same history again changes nothing.

    The DMP also learns the patient's traits, and the ``authorization`` to consult it: valid,
    absent, expired or refused. Documents that are masked to professionals are shown to their
    authors and to the ``treating_doctor`` (a national identifier); to everybody, as long as none
    is told. Raises NotLoaded.
    """
    whose = made.patient
    described = {
        "ins": whose.ins,
        "oid": whose.ins_oid,
        "authorization": authorization,
        **({"treating_doctor": treating_doctor} if treating_doctor else {}),
        "traits": {
            "birth_family": whose.traits.family,
            "used_family": whose.traits.used_family,
            "givens": whose.traits.givens.split(),
            "birth_date": whose.traits.birth_date,
            "sex": whose.traits.sex,
        },
    }
    context = ssl.create_default_context(cafile=str(authority) if authority else None)
    try:
        with httpx.Client(verify=context, trust_env=False, timeout=_SECONDS) as http:
            http.post(f"{dmp}/_sim/patients", json=described).raise_for_status()
            answer = http.post(f"{dmp}/_sim/documents", content=made.body())
    except httpx.HTTPError as error:
        raise NotLoaded(f"the DMP does not answer: {type(error).__name__}") from error
    if answer.status_code != 201:
        raise NotLoaded(f"the DMP refuses the documents: HTTP {answer.status_code} {answer.text}")
    return int(answer.json()["documents"])
