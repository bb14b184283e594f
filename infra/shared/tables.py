"""The tables: where each study and each accepted message stands; the operators' sessions."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.shared.names import named
from infra.shared.retained import retained


class Tables(Construct):
    """``studies`` by (tenant, study_instance_uid), ``messages`` by (tenant, message_id).

    The index ``by_state`` of each lists one tenant's items in one state, by time of change:
    ``tenant_state`` is ``<tenant>#<state>``. ``operations`` by (tenant, item) holds the causes of
    held publications, and the operators' filters. ``patients`` by (tenant, patient), a keyed hash
    of the INS, is only ever asked for one patient; so is ``sessions`` by (tenant, session), whose
    items the table itself forgets once they have ended (``ends_at``), and ``links`` by (tenant,
    link), the state of the tenant's links with the outside: its circuits and its structures'
    certificates.
    """

    def __init__(self, scope: Construct, key: kms.IKey) -> None:
        super().__init__(scope, "Tables")
        self.studies = _table(self, "studies", "study_instance_uid", key)
        self.messages = _table(self, "messages", "message_id", key)
        self.patients = _table(self, "patients", "patient", key, listed=False)
        self.sessions = _table(self, "sessions", "session", key, listed=False, ends="ends_at")
        self.operations = _table(self, "operations", "item", key, listed=False)
        self.links = _table(self, "links", "link", key, listed=False, ends="ends_at")


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
