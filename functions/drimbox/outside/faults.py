"""The reasons why a given file is not opened: the whole of it, or one exam in it."""

from __future__ import annotations

from enum import StrEnum

from functions.drimbox.errors import RequestError


class FileRefused(RequestError):
    """The whole file is refused; ``code`` is one of ``wording.refusals.PROBLEMS``."""

    code, status = "file_unreadable", 400


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
    HIDDEN = "hidden"
    NOT_IN_RECORD = "not_in_record"
