"""The tables, and every kind of item that they hold.

A key is (tenant, sort key). A kind stands before a ``#``, in a table of several kinds and in an
index: ``cause#pacs_unavailable``, ``demo#held``.

* ``tenants`` by (tenant, item): ``file`` is the tenant's file (JSON), with the stack that wrote it.
* ``studies`` by (tenant, study_instance_uid): the record of a study's manifest; listed by state.
* ``messages`` by (tenant, message_id): the state of an accepted message; listed by state.
* ``imports`` by (tenant, study_instance_uid): a study that was imported from another site, its site
  and the time; it is kept without end.
* ``patients`` by (tenant, patient): the traits beside an INS, under a keyed hash of that INS.
* ``sessions`` by (tenant, session), until its ``ends_at``: ``session#<hash>`` is an operator's
  session, ``attempt#<hash>`` a sign-in in progress; ``reader_session#<hash>`` and
  ``reader_attempt#<hash>`` are those of professionals.
* ``circuits`` by (tenant, circuit): the state of one circuit breaker, until its ``ends_at``.
* ``health`` by (tenant, service), until its ``ends_at``: ``pacs`` is the last answer of the PACS to
  a probe, ``outcome#<service>`` the last outcome of a service that consultations ask, and
  ``source#<hash>`` of the tenant ``*`` the state of another DRIMbox. The health check, which needs
  no credential, has this table and not ``circuits``.
* ``jobs`` by (tenant, job), until its ``ends_at``: ``fill#<hash of the wish>`` is the job to bring
  one series of one edition into the cache; another kind of work will be another kind of item.
* ``operations`` by (tenant, item), an item of one of these kinds:

  * ``cause#<reason>``: the open cause of held publications, and the alerts sent about it;
  * ``outage#<circuit>``: a service that stays away, likewise;
  * ``held#<member>``: one held publication, counted in its cause;
  * ``filters#<hash of the owner>``: the filters of one operator;
  * ``inbox_swept``: when the tenant's inbox was swept last.

* ``lookups`` by (tenant, lookup): ``term#<mark>#<time>#<message>`` says that a message has a term,
  under a keyed hash of that term; ``facts#<message>`` are its sealed facts for lists;
  until its ``ends_at``, ``refused#<hour>#<message>#<code>`` is a message that was refused, and
  ``refusal#<message>`` its last refusal.

* ``certificates`` by (tenant, certificate), until its ``ends_at``: ``<holder>#<use>`` is the last
  finding on a structure's certificate; ``last_judged`` of the tenant ``*`` is the tenant whose
  certificates were judged last. IAM cannot tell kinds of items apart, so the function that
  sees keys, and those that answer senders, have this table and not ``operations``.

* ``peers`` by (tenant, item): ``white_list`` of the tenant ``*``, which is no slug, is the national
  list of DRIMboxes that was verified last, ``white_list_refusal`` the last refusal of one. They
  serve all tenants.

* ``waits`` by (tenant, wait), until its ``ends_at``: ``wait#<message>#<study>`` is a change that
  waits outside the workflow, ``ticker`` the number and the time of the tenant's next tick;
  ``starts#<second>`` of the tenant ``*`` counts the starts of all tenants in that second.

* ``agents`` by (tenant, agent): ``agent#<name>`` is an agent that holds, or may get, a certificate
  of our own authority; until its ``ends_at``, ``tries#<hash>#<window>`` counts requests to enrol.

* ``news`` by (tenant, item): ``message#<message>`` says how far a message's sender was told, and
  ``study#<study>`` which messages published the study; ``missed#<time>#<message>``, until its
  ``ends_at``, is a message whose last state was given up at that time.

The index ``by_state`` of a table lists one tenant's items in one state, by time of change: its key
``tenant_state`` is ``<tenant>#<state>``. DynamoDB deletes an item after its ``ends_at``.
"""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.shared.names import named
from infra.shared.retained import retained


class Tables(Construct):
    """The tables; the module names every kind of item."""

    def __init__(self, scope: Construct, key: kms.IKey) -> None:
        super().__init__(scope, "Tables")
        self.studies = _table(self, "studies", "study_instance_uid", key)
        self.messages = _table(self, "messages", "message_id", key)
        self.imports = _table(self, "imports", "study_instance_uid", key, listed=False)
        self.patients = _table(self, "patients", "patient", key, listed=False)
        self.lookups = _table(self, "lookups", "lookup", key, listed=False, ends="ends_at")
        self.sessions = _table(self, "sessions", "session", key, listed=False, ends="ends_at")
        self.operations = _table(self, "operations", "item", key, listed=False)
        self.certificates = _table(
            self, "certificates", "certificate", key, listed=False, ends="ends_at"
        )
        self.health = _table(self, "health", "service", key, listed=False, ends="ends_at")
        self.peers = _table(self, "peers", "item", key, listed=False)
        self.circuits = _table(self, "circuits", "circuit", key, listed=False, ends="ends_at")
        self.tenants = _table(self, "tenants", "item", key, listed=False)
        self.jobs = _table(self, "jobs", "job", key, listed=False, ends="ends_at")
        self.waits = _table(self, "waits", "wait", key, listed=False, ends="ends_at")
        self.news = _table(self, "news", "item", key, listed=False, ends="ends_at")
        self.agents = _table(self, "agents", "agent", key, listed=False, ends="ends_at")


def _table(
    scope: Construct,
    name: str,
    sort_key: str,
    key: kms.IKey,
    *,
    listed: bool = True,
    ends: str | None = None,
) -> dynamodb.TableV2:
    table = dynamodb.TableV2(
        scope,
        name.capitalize(),
        table_name=named(name),
        partition_key=_text("tenant"),
        sort_key=_text(sort_key),
        billing=dynamodb.Billing.on_demand(),
        encryption=dynamodb.TableEncryptionV2.customer_managed_key(key),
        point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=True
        ),
        deletion_protection=True,
        time_to_live_attribute=ends,
        global_secondary_indexes=[
            dynamodb.GlobalSecondaryIndexPropsV2(
                index_name="by_state",
                partition_key=_text("tenant_state"),
                sort_key=_text("changed_at"),
            )
        ]
        if listed
        else None,
    )
    return retained(table)


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
