"""Every resource type that the runtime knows, with the properties that it serves and those that it
does not enforce.

One table decides whether a template can run here: a type that is not in it, or a property that a
served type does not know, stops the start. Nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

IAM: Final = (
    "IAM roles, policies and permissions: every function may call everything; a role that is lent"
    " with a tag is enforced on queues and objects"
)
KMS: Final = (
    "KMS key policies, grants and rotation; data at rest is not encrypted on this disk (pairs sign)"
)
WAF: Final = "WAF rules"
MONITORING: Final = (
    "alarms, dashboards, log retention and tracing: logs are files, nothing is watched"
)
THROTTLING: Final = "throttling, usage plans and provisioned throughput"
TLS: Final = "certificates and domain names of the cloud: a local authority signs the local hosts"
BACKUP: Final = "backups, point-in-time recovery, deletion protection, replicas"
TOPICS: Final = "notifications: published ones are lines of logs/alerts.jsonl, nobody is told"
NETWORK: Final = (
    "queue policies, public access blocks, resource policies; bucket policies: a Deny holds, the"
    " transport counts as TLS, an Allow adds nothing"
)
SIZING: Final = "processor share, architecture, ephemeral storage and runtime version of functions"
MODELS: Final = "request models and validators of gateways"
ACCESS_LOGS: Final = "access logs and execution logs of gateways, buckets and workflows"
TAGS: Final = "tags"
ASYNC: Final = "destinations and queues of asynchronous invocations (two retries are made)"
STORAGE: Final = "storage classes and transitions between them"
CHECKSUMS: Final = (
    "CRC32C and CRC64NVME checksums are kept, not verified (CRC32, SHA-1, SHA-256, MD5 are)"
)

# Said whatever the templates hold: differences of the runtime itself.
ALWAYS: Final = (
    CHECKSUMS,
    "consistency delays: reads are always current, queues never deliver twice",
)


@dataclass(frozen=True, slots=True)
class Known:
    """One resource type.

    ``honoured`` names the properties that have their effect here; ``unenforced`` maps each property
    that has none to its entry of the list; ``note`` is the entry of the type itself when the whole
    of it has no effect (then every property is accepted), but for those that are ``honoured``.
    """

    honoured: frozenset[str] = frozenset()
    unenforced: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None


def _served(honoured: str, **unenforced: str) -> Known:
    return Known(frozenset(honoured.split()), {"Tags": TAGS, **unenforced})


def _ignored(note: str, honoured: str = "") -> Known:
    return Known(frozenset(honoured.split()), note=note)


CATALOGUE: Final[Mapping[str, Known]] = {
    "AWS::ApiGateway::Authorizer": _served(
        "AuthorizerResultTtlInSeconds AuthorizerUri IdentitySource Name RestApiId Type",
        AuthorizerCredentials=IAM,
    ),
    "AWS::ApiGateway::BasePathMapping": _served("BasePath DomainName RestApiId Stage"),
    "AWS::ApiGateway::Deployment": _served("Description RestApiId StageName"),
    "AWS::ApiGateway::DomainName": _served(
        "DomainName MutualTlsAuthentication",
        CertificateArn=TLS,
        RegionalCertificateArn=TLS,
        EndpointConfiguration=TLS,
        EndpointAccessMode=TLS,
        OwnershipVerificationCertificateArn=TLS,
        SecurityPolicy=TLS,
    ),
    "AWS::ApiGateway::GatewayResponse": _served(
        "ResponseParameters ResponseTemplates ResponseType RestApiId StatusCode"
    ),
    "AWS::ApiGateway::Method": _served(
        "ApiKeyRequired AuthorizationType AuthorizerId HttpMethod Integration MethodResponses"
        " OperationName RequestParameters ResourceId RestApiId",
        AuthorizationScopes=IAM,
        RequestModels=MODELS,
        RequestValidatorId=MODELS,
    ),
    "AWS::ApiGateway::Resource": _served("ParentId PathPart RestApiId"),
    "AWS::ApiGateway::RestApi": _served(
        "BinaryMediaTypes Description DisableExecuteApiEndpoint Name",
        ApiKeySourceType=THROTTLING,
        EndpointAccessMode=TLS,
        EndpointConfiguration=TLS,
        MinimumCompressionSize=THROTTLING,
        Policy=NETWORK,
        SecurityPolicy=TLS,
    ),
    "AWS::ApiGateway::Stage": _served(
        "DeploymentId Description RestApiId StageName Variables",
        AccessLogSetting=ACCESS_LOGS,
        CacheClusterEnabled=THROTTLING,
        MethodSettings=THROTTLING,
        TracingEnabled=MONITORING,
    ),
    "AWS::ApiGateway::Account": _ignored(ACCESS_LOGS),
    "AWS::ApiGateway::Model": _ignored(MODELS),
    "AWS::ApiGateway::RequestValidator": _ignored(MODELS),
    "AWS::ApiGateway::UsagePlan": _ignored(THROTTLING),
    "AWS::Backup::BackupPlan": _ignored(BACKUP),
    "AWS::Backup::BackupSelection": _ignored(BACKUP),
    "AWS::Backup::BackupVault": _ignored(BACKUP),
    "AWS::CDK::Metadata": _ignored("metadata of the synthesis"),
    "AWS::CertificateManager::Certificate": _ignored(TLS),
    "AWS::CloudTrail::Trail": _ignored(ACCESS_LOGS),
    "AWS::CloudWatch::Alarm": _ignored(MONITORING),
    "AWS::CloudWatch::CompositeAlarm": _ignored(MONITORING),
    "AWS::CloudWatch::Dashboard": _ignored(MONITORING),
    "AWS::DynamoDB::GlobalTable": _served(
        "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes"
        " TableName TimeToLiveSpecification",
        Replicas=BACKUP,
        SSESpecification=KMS,
        WarmThroughput=THROTTLING,
        WriteOnDemandThroughputSettings=THROTTLING,
        WriteProvisionedThroughputSettings=THROTTLING,
        StreamSpecification=BACKUP,
    ),
    "AWS::DynamoDB::Table": _served(
        "AttributeDefinitions BillingMode GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes"
        " TableName TimeToLiveSpecification",
        ContributorInsightsSpecification=MONITORING,
        DeletionProtectionEnabled=BACKUP,
        OnDemandThroughput=THROTTLING,
        PointInTimeRecoverySpecification=BACKUP,
        ProvisionedThroughput=THROTTLING,
        SSESpecification=KMS,
        TableClass=STORAGE,
    ),
    "AWS::Events::Rule": _served(
        "Description Name ScheduleExpression State Targets",
        EventPattern=MONITORING,
        RoleArn=IAM,
    ),
    "AWS::IAM::ManagedPolicy": _ignored(IAM),
    # Those of a role that is lent hold for its loans.
    "AWS::IAM::Policy": _ignored(IAM, "PolicyDocument Roles"),
    "AWS::IAM::Role": _ignored(IAM, "AssumeRolePolicyDocument"),
    "AWS::KMS::Alias": _ignored(KMS, "AliasName TargetKeyId"),
    "AWS::KMS::Key": _ignored(KMS, "KeySpec KeyUsage"),
    "AWS::Lambda::Alias": _served(
        "Description FunctionName FunctionVersion Name", ProvisionedConcurrencyConfig=SIZING
    ),
    "AWS::Lambda::EventInvokeConfig": _ignored(ASYNC),
    "AWS::Lambda::EventSourceMapping": _served(
        "BatchSize Enabled EventSourceArn FunctionName FunctionResponseTypes"
        " MaximumBatchingWindowInSeconds ScalingConfig",
        KmsKeyArn=KMS,
        MetricsConfig=MONITORING,
    ),
    "AWS::Lambda::Function": _served(
        "Code Description Environment FunctionName Handler Layers MemorySize PackageType"
        " ReservedConcurrentExecutions Timeout",
        Architectures=SIZING,
        DeadLetterConfig=ASYNC,
        EphemeralStorage=SIZING,
        KmsKeyArn=KMS,
        LoggingConfig=MONITORING,
        RecursiveLoop=ASYNC,
        Role=IAM,
        Runtime=SIZING,
        RuntimeManagementConfig=SIZING,
        SnapStart=SIZING,
        TracingConfig=MONITORING,
        VpcConfig=NETWORK,
    ),
    "AWS::Lambda::LayerVersion": _served(
        "Content Description LayerName LicenseInfo",
        CompatibleArchitectures=SIZING,
        CompatibleRuntimes=SIZING,
    ),
    "AWS::Lambda::Permission": _ignored(IAM),
    "AWS::Lambda::Version": _served("Description FunctionName", CodeSha256=SIZING),
    "AWS::Logs::LogGroup": _ignored(MONITORING),
    "AWS::Logs::LogStream": _ignored(MONITORING),
    "AWS::Logs::MetricFilter": _ignored(MONITORING),
    "AWS::Logs::QueryDefinition": _ignored(MONITORING),
    "AWS::Logs::ResourcePolicy": _ignored(MONITORING),
    "AWS::Route53::RecordSet": _ignored(TLS),
    "AWS::S3::Bucket": _served(
        "BucketName CorsConfiguration LifecycleConfiguration ObjectLockConfiguration"
        " ObjectLockEnabled VersioningConfiguration",
        AccessControl=NETWORK,
        BucketEncryption=KMS,
        IntelligentTieringConfigurations=STORAGE,
        InventoryConfigurations=MONITORING,
        LoggingConfiguration=ACCESS_LOGS,
        MetricsConfigurations=MONITORING,
        OwnershipControls=NETWORK,
        PublicAccessBlockConfiguration=NETWORK,
        ReplicationConfiguration=BACKUP,
    ),
    "AWS::S3::BucketPolicy": _served("Bucket PolicyDocument"),
    "AWS::SNS::Subscription": _ignored(TOPICS),
    "AWS::SNS::Topic": _ignored(TOPICS),
    "AWS::SNS::TopicPolicy": _ignored(TOPICS),
    "AWS::SQS::Queue": _served(
        "DelaySeconds MaximumMessageSize MessageRetentionPeriod QueueName"
        " ReceiveMessageWaitTimeSeconds RedrivePolicy VisibilityTimeout",
        KmsDataKeyReusePeriodSeconds=KMS,
        KmsMasterKeyId=KMS,
        RedriveAllowPolicy=IAM,
        SqsManagedSseEnabled=KMS,
    ),
    "AWS::SQS::QueuePolicy": _ignored(NETWORK),
    "AWS::SSM::Parameter": _served(
        "AllowedPattern Description Name Type Value", DataType=SIZING, Tier=SIZING
    ),
    "AWS::SecretsManager::ResourcePolicy": _ignored(IAM),
    "AWS::SecretsManager::Secret": _served(
        "Description GenerateSecretString Name SecretString",
        KmsKeyId=KMS,
        ReplicaRegions=BACKUP,
    ),
    "AWS::StepFunctions::StateMachine": _served(
        "Definition DefinitionString DefinitionSubstitutions StateMachineName StateMachineType",
        EncryptionConfiguration=KMS,
        LoggingConfiguration=ACCESS_LOGS,
        RoleArn=IAM,
        TracingConfiguration=MONITORING,
    ),
    "AWS::WAFv2::LoggingConfiguration": _ignored(WAF),
    "AWS::WAFv2::WebACL": _ignored(WAF),
    "AWS::WAFv2::WebACLAssociation": _ignored(WAF),
    "Custom::TenantFile": _served("File ServiceToken Tenant", ServiceTimeout=ASYNC),
    "AWS::XRay::Group": _ignored(MONITORING),
    "AWS::XRay::SamplingRule": _ignored(MONITORING),
}
