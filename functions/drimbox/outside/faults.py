"""The reasons why an exam of a given file is not shown."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The reason why one exam of a file is not shown."""

    OTHER_PATIENT = "other_patient"
    UNREADABLE = "unreadable"
    ALTERED = "altered"
    UNPROVABLE = "unprovable"
    SIGNATURE_WRONG = "signature_wrong"
    RESTRICTED = "restricted"
    WITHDRAWN = "withdrawn"
    OLDER = "older"
    GONE = "gone"
    NOT_IN_RECORD = "not_in_record"
