"""The agents at the sites: the askers, the takers of their answers, and the loan of credentials."""

from __future__ import annotations

import time
from datetime import timedelta
from os import urandom
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from functions.aws import clients, tenant_secrets
from functions.aws.agent_register import DynamoTries
from functions.aws.agent_states import DynamoAgentStates
from functions.aws.blobs import tenant_key_alias
from functions.aws.cache_store import S3CacheStore
from functions.aws.faults import storage
from functions.aws.jobs import DynamoJobs, SiteJobs, SqsJobs
from functions.aws.questions import DynamoQuestions, SqsBell
from functions.aws.queues import SqsTicks
from functions.drimbox.agents.answering import INCOMING, AnswerDesk
from functions.drimbox.agents.desk import QuestionDesk
from functions.drimbox.agents.loan import Credentials, LoanDesk, Places
from functions.drimbox.agents.sealed_criteria import PURPOSE, SealedCriteria
from functions.drimbox.agents.site_pacs import SearchedSite, SiteAgent
from functions.drimbox.identity.sealing import NONCE_BYTES, Seal
from functions.drimbox.publication.site_fills import SiteFills

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.aws import settings_protocols as names
    from functions.aws.stores import TenantStores
    from functions.drimbox.importing.site_agent import AgentStore

# The shortest that a role that was itself assumed may lend for, and the longest: an hour.
_LENT: Final = timedelta(hours=1)
# The days for which the bucket keeps an answer.
_ANSWER_DAYS: Final = 1
# Seconds. A person waits for the answer to a search; the function has 28.
_SEARCH: Final = 12.0
_PAUSE: Final = 0.25
# Seconds. A call of an import waits for its agent, before the execution does.
_IMPORT: Final = 60.0
_SESSION_NAME: Final = 64


def open_agent(stores: TenantStores[names.NamesAnswers]) -> SiteAgent:
    """The agents of a tenant, for those who ask them."""
    answers = S3CacheStore(stores.settings.cache_bucket, stores.slug, days=_ANSWER_DAYS)
    return SiteAgent(stores.tenant, _desk(stores), answers, _states(stores))


def open_presence(stores: TenantStores[names.NamesAgents]) -> SiteAgent:
    """The same for a function that reads no answer but one of a word."""
    from functions.aws.stores import Closed  # noqa: PLC0415  # it imports this module

    answers: Any = Closed("answers of agents")
    return SiteAgent(stores.tenant, _desk(stores), answers, _states(stores))


def open_searched(stores: TenantStores[names.NamesSearches], correlation_id: str) -> SearchedSite:
    """The same for an operator's search."""
    end = time.monotonic() + _SEARCH

    def wait() -> bool:
        time.sleep(_PAUSE)
        return time.monotonic() < end

    return SearchedSite(open_agent(stores), correlation_id, _criteria(stores), wait)


def open_store(stores: TenantStores[names.NamesImporting], asker: Mapping[str, str]) -> AgentStore:
    """The site's PACS behind its agents, for the import that ``asker`` names."""
    # The functions that serve agents know nothing of imports.
    from functions.drimbox.importing.site_agent import AgentStore  # noqa: PLC0415

    end = time.monotonic() + _IMPORT

    def wait() -> bool:
        time.sleep(_PAUSE)
        return time.monotonic() < end

    return AgentStore(open_agent(stores), stores.readings, asker, stores.spool, wait)


def open_answers(stores: TenantStores[names.NamesServing]) -> AnswerDesk:
    """The desk that takes the answers of a tenant's agents."""
    settings = stores.settings
    ticks = SqsTicks(settings.ticks_queue_url, stores.slug)
    return AnswerDesk(
        stores.slug,
        _desk(stores),
        S3CacheStore(settings.cache_bucket, stores.slug, days=_ANSWER_DAYS),
        _criteria(stores),
        stores.readings,
        ticks.answered,
    )


def open_site_fills(stores: TenantStores[names.NamesServing]) -> SiteFills:
    """The desk that tells a tenant's agents of series."""
    settings = stores.settings
    return SiteFills(
        stores.slug,
        stores.records,
        stores.archive,
        DynamoJobs(settings.jobs_table, stores.slug, stores.clock),
        site_jobs(settings, stores.slug),
        stores.clock,
    )


def site_jobs(settings: names.NamesFillJobs, tenant: str) -> SiteJobs:
    """The bells of the jobs that fill the cache of a tenant behind an agent."""
    return SiteJobs(
        SqsBell(settings.agent_queues_url, tenant), SqsJobs(settings.fill_jobs_queue_url, tenant)
    )


def open_loans(stores: TenantStores[names.NamesServing]) -> LoanDesk:
    """The desk that lends to a tenant's agents."""
    settings, slug = stores.settings, stores.slug
    _, partition, _, _, account, _ = settings.agent_role_arn.split(":", 5)
    sqs, s3 = clients.sqs().meta, clients.s3().meta
    return LoanDesk(
        tenant=stores.tenant,
        states=_states(stores),
        lender=StsLender(settings.agent_role_arn, slug),
        places=Places(
            region=sqs.region_name,
            sqs_url=sqs.endpoint_url,
            s3_url=s3.endpoint_url,
            queue_url=f"{settings.agent_queues_url}{slug}",
            bucket=settings.cache_bucket,
            prefix=f"{slug}/{INCOMING}",
            kms_key=f"arn:{partition}:kms:{sqs.region_name}:{account}:{tenant_key_alias(slug)}",
            outgoing_url=stores.readings.origin,
        ),
        audit=stores.audit,
        tries=open_tries(stores),
        clock=stores.clock,
        back=SqsTicks(settings.ticks_queue_url, slug).back,
    )


def open_tries(stores: TenantStores[names.NamesServing]) -> DynamoTries:
    """The counts of the requests of a tenant's agents."""
    return DynamoTries(stores.settings.agents_table, stores.slug, stores.clock)


class Failing(NamedTuple):
    """The desks that end jobs which no agent could do, by kind."""

    questions: AnswerDesk
    fills: SiteFills


def open_failing(stores: TenantStores[names.NamesFailing]) -> Failing:
    """These desks of a tenant; they read nothing of a job."""
    from functions.aws.stores import Closed  # noqa: PLC0415  # it imports this module

    settings, slug = stores.settings, stores.slug
    closed: Any = Closed("stores of answers")
    ticks = SqsTicks(settings.ticks_queue_url, slug)
    jobs = DynamoJobs(settings.jobs_table, slug, stores.clock)
    return Failing(
        AnswerDesk(slug, _desk(stores), closed, closed, closed, ticks.answered),
        SiteFills(slug, closed, closed, jobs, site_jobs(settings, slug), stores.clock),
    )


class StsLender:
    """Implements ``agents.loan.Lender``: the one role of all agents, of which the session's tag
    ``tenant`` opens that tenant's queue and place, and without which it opens nothing.
    """

    def __init__(self, role_arn: str, tenant: str) -> None:
        self._role_arn = role_arn
        self._tenant = tenant

    def lend(self, agent: str) -> Credentials:
        """For an hour; the session bears the names of tenant and agent."""
        with storage("role assume"):
            lent = clients.sts().assume_role(
                RoleArn=self._role_arn,
                RoleSessionName=f"{self._tenant}.{agent}"[:_SESSION_NAME],
                DurationSeconds=int(_LENT.total_seconds()),
                Tags=[{"Key": "tenant", "Value": self._tenant}],
            )["Credentials"]
        return Credentials(
            lent["AccessKeyId"],
            lent["SecretAccessKey"],
            lent["SessionToken"],
            lent["Expiration"],
        )


def _desk(stores: TenantStores[names.NamesJobs]) -> QuestionDesk:
    settings, slug = stores.settings, stores.slug
    bell = SqsBell(settings.agent_queues_url, slug)
    return QuestionDesk(DynamoQuestions(settings.jobs_table, slug), bell, stores.clock)


def _states(stores: TenantStores[names.NamesAgents]) -> DynamoAgentStates:
    return DynamoAgentStates(stores.settings.health_table, stores.slug)


def _criteria(stores: TenantStores[names.NamesSearches]) -> SealedCriteria:
    bucket = stores.settings.traits_secrets
    secret = tenant_secrets.text(bucket, stores.slug, tenant_secrets.TRAITS).encode()
    seal = Seal(secret, stores.slug, PURPOSE)
    return SealedCriteria(secret, seal, lambda: urandom(NONCE_BYTES))
