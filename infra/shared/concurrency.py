"""The concurrency that each function reserves of its account's: a floor and a ceiling at once.

AWS gives a reserving function that much and no more. The way in (``receive_message`` and the
authorizers) has a floor that no other work can take; background work has a ceiling, so that a
thousand series to fetch leave the acknowledgements alone. The steps of a publication share the
rest.
"""

from __future__ import annotations

from typing import Final

RESERVED: Final = {
    # The way in.
    "receive_message": 100,
    "authorize_sender": 100,
    "authorize_professional": 100,
    "authorize_operator": 20,
    "authorize_reader": 20,
    "authorize_pacs": 10,
    # The other public functions.
    "retrieve_study": 86,
    "search_exams": 20,
    "receive_note": 10,
    "request_upload": 10,
    "acknowledge_upload": 10,
    "follow_message": 10,
    "check_message": 10,
    "check_call": 5,
    "check_pasted_message": 5,
    "check_pasted_call": 3,
    "open_context": 15,
    "operator_session": 10,
    "reader_session": 10,
    "show_exams": 20,
    "list_exams": 20,
    "show_report": 20,
    "open_exam": 20,
    "open_file": 5,
    "import_exam": 5,
    "set_authorization": 10,
    "read_operations": 10,
    "act_on_operations": 10,
    "export_archive": 2,
    "serve_agents": 10,
    "enrol_agent": 2,
    "renew_agent": 2,
    "show_operations_pages": 20,
    "act_on_operations_pages": 8,
    "search_pacs": 10,  # each may wait for one tenant's slow PACS
    "serve_asset": 15,
    "check_health": 10,
    # Background.
    "fill_cache": 47,
    "fetch_exam": 40,
    "store_exam": 10,
    "reconcile_studies": 18,
    "sweep_inbox": 2,
    "start_reconciliation": 2,
    "check_certificates": 2,
    "seal_audit": 2,
    "wake_waits": 20,
    "refresh_white_list": 2,
    "refresh_revocations": 2,
}
# AWS refuses a reservation that leaves the account less; the steps of publications need them too.
LEAST_UNRESERVED: Final = 100


def reservations(account_concurrency: int) -> dict[str, int]:
    """The reservations in an account of that quota; none where they would not leave enough.

    A new account has a quota of 10 and cannot reserve anything.
    """
    fits = sum(RESERVED.values()) + LEAST_UNRESERVED <= account_concurrency
    return dict(RESERVED) if fits else {}
