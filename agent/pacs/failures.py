"""The failure of one request to the archive, before it is known whether others fail too."""

from __future__ import annotations

from functions.drimbox.errors import PacsUnavailable


class RequestFailed(PacsUnavailable):
    """The archive was reached, and failed for this request or did not end its answer."""
