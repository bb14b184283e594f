"""Tables, secrets and machines of the templates, created in the emulator.

Called at every start, before the journal is replayed: exactly the resources of the templates exist.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.dynamodb.models import dynamodb_backends
from moto.secretsmanager.models import secretsmanager_backends

from infra.local.aws.emulator import Emulator, EmulatorError
from infra.local.aws.records import Expiry
from infra.local.install import Install
from infra.local.template import Deployment, Resource

_DYNAMODB: Final = "DynamoDB_20120810."
_INDEX_FIELDS: Final = ("IndexName", "KeySchema", "Projection")


@dataclass(frozen=True, slots=True)
class Created:
    """The created resources that the services need: moto's tables, and their expiries."""

    tables: Mapping[str, Any]
    expiries: tuple[Expiry, ...]


def create(deployment: Deployment, emulator: Emulator, install: Install) -> Created:
    """Create everything that the emulator holds.

    Raises:
        EmulatorError: it refuses a definition; the message says which.
    """
    backend = dynamodb_backends[deployment.account][deployment.region]
    expiries: list[Expiry] = []
    for resource in deployment.of_type("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"):
        _create_table(resource, emulator)
        expiries.extend(_expiry(resource))
    for resource in deployment.of_type("AWS::SecretsManager::Secret"):
        _create_secret(resource, emulator, install)
    for resource in deployment.of_type("AWS::StepFunctions::StateMachine"):
        _create_machine(resource, emulator)
    return Created(dict(backend.tables), tuple(expiries))


def _create_table(resource: Resource, emulator: Emulator) -> None:
    properties = resource.properties
    table: dict[str, Any] = {
        "TableName": resource.reference,
        "AttributeDefinitions": properties["AttributeDefinitions"],
        "KeySchema": properties["KeySchema"],
        "BillingMode": "PAY_PER_REQUEST",
    }
    for name in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if properties.get(name):
            table[name] = [
                {field: index[field] for field in _INDEX_FIELDS} for index in properties[name]
            ]
    emulator.create("dynamodb", f"{_DYNAMODB}CreateTable", table)
    ends = properties.get("TimeToLiveSpecification")
    if ends and ends.get("Enabled"):
        emulator.create(
            "dynamodb",
            f"{_DYNAMODB}UpdateTimeToLive",
            {"TableName": resource.reference, "TimeToLiveSpecification": ends},
        )


def _expiry(resource: Resource) -> Iterator[Expiry]:
    ends = resource.properties.get("TimeToLiveSpecification", {})
    if ends.get("Enabled"):
        keys = tuple(str(key["AttributeName"]) for key in resource.properties["KeySchema"])
        yield Expiry(resource.reference, str(ends["AttributeName"]), keys)


def _create_secret(resource: Resource, emulator: Emulator, install: Install) -> None:
    name = resource.reference.partition(":secret:")[2][:-7]
    created = emulator.create(
        "secretsmanager",
        "secretsmanager.CreateSecret",
        {
            "Name": name,
            "SecretString": _secret_value(resource, install),
            "ClientRequestToken": install.token("secret version", resource.reference, length=32),
        },
    )
    backend = secretsmanager_backends[resource.account][resource.region]
    backend.secrets[created["Name"]].arn = resource.reference


def _secret_value(resource: Resource, install: Install) -> str:
    """The template's value, or a generated one that stays the same at every start."""
    if "SecretString" in resource.properties:
        return str(resource.properties["SecretString"])
    wanted = resource.properties.get("GenerateSecretString", {})
    length = int(wanted.get("PasswordLength", 32))
    excluded = wanted.get("ExcludeCharacters", "")
    characters = ""
    block = 0
    while len(characters) < length:
        raw = install.derive("secret value", resource.reference, str(block), length=64)
        text = base64.b64encode(raw).decode()
        characters += "".join(one for one in text if one.isalnum() and one not in excluded)
        block += 1
        if block > length + 64:
            raise EmulatorError(f"{resource.place}: every character is excluded")
    value = characters[:length]
    if "SecretStringTemplate" not in wanted:
        return value
    content = json.loads(wanted["SecretStringTemplate"])
    return json.dumps({**content, wanted["GenerateStringKey"]: value})


def _create_machine(resource: Resource, emulator: Emulator) -> None:
    properties = resource.properties
    if properties.get("StateMachineType", "STANDARD") != "STANDARD":
        raise EmulatorError(f"{resource.place}: express workflows are not known here")
    definition = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace("${" + name + "}", str(value))
    emulator.create(
        "states",
        "AWSStepFunctions.CreateStateMachine",
        {
            "name": resource.attributes["Name"],
            "definition": definition,
            # Not enforced; the interpreter only wants one that looks like one.
            "roleArn": f"arn:aws:iam::{resource.account}:role/local",
        },
    )
