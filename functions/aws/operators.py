"""The operator behind a request: a program by its certificate, or a person by a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from functions.aws import callers, requests
from functions.aws.settings_protocols import NamesAudit
from functions.aws.stores import TenantStores, for_operators
from functions.drimbox.errors import BadRequest, NotAuthenticated
from functions.drimbox.operations.permissions import Caller
from functions.drimbox.values import frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.aws.entry import Answer
    from functions.aws.replies import Reply
    from functions.drimbox.publication.ports import Site
    from functions.drimbox.tenants.model import Operator

S = TypeVar("S", bound=NamesAudit)
S_co = TypeVar("S_co", bound=NamesAudit, covariant=True)


@frozen
class Visit(Generic[S_co]):
    """One request of an operator: the tenant's stores, and the caller.

    :mod:`functions.drimbox.operations` decides on the caller's permissions.
    """

    stores: TenantStores[S_co]
    caller: Caller

    @property
    def site(self) -> Site:
        """The tenant's site."""
        return self.stores.site

    @property
    def operator(self) -> Operator:
        """The declared operator; NotAuthenticated when the tenant's file names none."""
        if self.caller.operator is None:
            raise NotAuthenticated("not an operator any more")
        return self.caller.operator


def program_visit(event: requests.Event, settings: S) -> Visit[S]:
    """The visit of a program; Absent for a foreign certificate.

    A sender's program, which is no operator's, gets a visit that may do nothing.
    """
    program = callers.program(event)
    stores = for_operators(settings, program.tenant)
    operator = stores.tenant.operator_by_certificate(program.subject)
    return Visit(stores, Caller(operator, program.subject, requests.request_id(event)))


def person_visit(event: requests.Event, settings: S) -> Visit[S]:
    """The visit of a person; NotAuthenticated without a live session of a declared operator."""
    person = callers.signed_in(event)
    stores = for_operators(settings, person.tenant)
    operator = stores.tenant.operator_by_oidc(person.subject)
    if operator is None:
        raise NotAuthenticated("not an operator any more")
    return Visit(stores, Caller(operator, person.subject, requests.request_id(event)))


def audited(
    visit: Callable[[requests.Event, Any], Visit[Any]], settings: Callable[[], Any]
) -> Callable[[Answer], Answer]:
    """Wrap the answers to operators, whom ``visit`` knows: a request that is ill-formed, such as an
    empty search, leaves an audit record as any other refusal does. It names the field.
    """

    def wrap(answer: Answer) -> Answer:
        def audited_answer(event: requests.Event) -> Reply:
            try:
                return answer(event)
            except BadRequest as error:
                visited = visit(event, settings())
                visited.stores.audit.record(
                    "operation.refused",
                    key=f"{visited.caller.request_id}/{error.field}",
                    result=error.code,
                    who=visited.caller.subject,
                    facts={"field": error.field},
                )
                raise

        return audited_answer

    return wrap
