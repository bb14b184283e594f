"""The operator behind a request on ``in``: a program, known by its client certificate."""

from __future__ import annotations

from functions.aws import callers, requests
from functions.aws.sites import StepSettings, open_site
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.publication.ports import Site


def arrive(event: requests.Event, settings: StepSettings) -> tuple[Site, Caller]:
    """The tenant's site as ``settings`` open it, and who asks; Absent for a foreign certificate.

    Whether the caller may do what is asked is for :mod:`functions.drimbox.operations`.
    """
    program = callers.program(event)
    site = open_site(settings, program.tenant)
    operator = site.tenant.operator_by_certificate(program.subject)
    return site, Caller(operator, program.subject, requests.request_id(event))
