"""The operator behind a request: a program by its certificate, or a person by a session."""

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


def enter(event: requests.Event, settings: StepSettings) -> tuple[Site, Caller]:
    """The same for a person on ``vi``, known by a session; NotAuthenticated without a live one."""
    person = callers.signed_in(event)
    site = open_site(settings, person.tenant)
    operator = site.tenant.operator_by_oidc(person.subject)
    return site, Caller(operator, person.subject, requests.request_id(event))


def name(caller: Caller) -> str:
    """What the tenant's file calls the operator; the subject for who is none (any more)."""
    return caller.operator.name if caller.operator else caller.subject
