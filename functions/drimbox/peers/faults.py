"""Why no white list can be taken; ``wording.white_list.FAULTS`` says each one in words."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """The value is a code of the interface."""

    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    SIGNATURE_FORM = "signature_form"
    ALTERED = "altered"
    OTHER_SIGNER = "other_signer"
    UNTRUSTED_SIGNER = "untrusted_signer"
    SIGNER_DATES = "signer_dates"
    NO_REVOCATION_LIST = "no_revocation_list"
    REVOKED_SIGNER = "revoked_signer"
    CONTENT = "content"
    FUTURE = "future"
    OLDER = "older"
    NEVER_TAKEN = "never_taken"
    TOO_OLD = "too_old"
