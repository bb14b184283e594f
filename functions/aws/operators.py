"""The operator behind a request: a program by its certificate, or a person by a session."""

from __future__ import annotations

from dataclasses import dataclass

from functions.aws import callers, requests
from functions.aws.sites import StepSettings, open_site
from functions.drimbox.errors import NotAuthenticated
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.publication.ports import Site
from functions.drimbox.tenants.model import Operator


def arrive(event: requests.Event, settings: StepSettings) -> tuple[Site, Caller]:
    """The tenant's site as ``settings`` open it, and who asks; Absent for a foreign certificate.

    Whether the caller may do what is asked is for :mod:`functions.drimbox.operations`.
    """
    program = callers.program(event)
    site = open_site(settings, program.tenant)
    operator = site.tenant.operator_by_certificate(program.subject)
    return site, Caller(operator, program.subject, requests.request_id(event))


@dataclass(frozen=True, slots=True)
class Visit:
    """A person on the pages: a declared operator of this tenant, with a live session."""

    site: Site
    caller: Caller
    operator: Operator


def enter(event: requests.Event, settings: StepSettings) -> Visit:
    """Who asks for a page; NotAuthenticated without a live session, and for whom the tenant's file
    names no more.
    """
    person = callers.signed_in(event)
    site = open_site(settings, person.tenant)
    operator = site.tenant.operator_by_oidc(person.subject)
    if operator is None:
        raise NotAuthenticated("not an operator any more")
    return Visit(site, Caller(operator, person.subject, requests.request_id(event)), operator)
