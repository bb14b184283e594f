"""The synthesized templates as the rules see them: resources, and the references between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Json = Any  # a JSON value: CloudFormation's own shapes, checked where a rule reads them

# The property that gives a resource the name by which other stacks refer to it.
NAMES: Final = {
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
# An ARN, or a queue's URL, that is made of such a name.
_MADE_OF_A_NAME: Final = re.compile(
    r"(?:arn:(?:aws|\$\{AWS::Partition\}):"
    r"(?:s3:::|(?:dynamodb:[^:]*:[^:]*:table/|lambda:[^:]*:[^:]*:function:|sns:[^:]*:[^:]*:"
    r"|sqs:[^:]*:[^:]*:|states:[^:]*:[^:]*:stateMachine:))|https://sqs\.[^/]*/[^/]*/)([\w.-]+)"
)
_MARK: Final = re.compile(r"\$\{([\w-]+)\.(\w+)\}")


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """One stack: its name, the region it is deployed to, its template."""

    name: str
    region: str
    template: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. ``definition`` is all of it, ``properties`` its ``Properties``."""

    stack: str
    logical_id: str
    type: str
    definition: Mapping[str, Json] = field(repr=False, compare=False)

    @property
    def properties(self) -> Mapping[str, Json]:
        """Its properties; empty when it has none."""
        properties: Mapping[str, Json] = self.definition.get("Properties", {})
        return properties


@dataclass(frozen=True, slots=True)
class Assembly:
    """All stacks of one deployment. ``named``: resources by the name that the template fixes."""

    stacks: tuple[StackTemplate, ...]
    named: Mapping[str, Resource] = field(init=False, repr=False, compare=False)
    _places: Mapping[tuple[str, str], Resource] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        places = {
            (stack.name, logical_id): Resource(
                stack.name, logical_id, definition["Type"], definition
            )
            for stack in self.stacks
            for logical_id, definition in stack.template.get("Resources", {}).items()
        }
        object.__setattr__(self, "_places", places)
        names = {
            resource.properties.get(NAMES[resource.type]): resource
            for resource in self.resources(*NAMES)
        }
        object.__setattr__(self, "named", {k: v for k, v in names.items() if isinstance(k, str)})

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of one of ``types``; of any type when none is given."""
        return (one for one in self._places.values() if not types or one.type in types)

    def target(self, stack: str, value: Json) -> Resource | None:
        """The resource for which ``value`` stands: its Ref or GetAtt, its name, or its ARN."""
        mark = _MARK.fullmatch(self.text(stack, value))
        return self._resource(*mark.groups()) if mark else None

    def text(self, stack: str, value: Json) -> str:
        """``value`` as one text, in which ``${stack.LogicalId}`` stands for a resource."""
        text = self._plain(stack, value)
        if text in self.named:
            return _mark(self.named[text])
        return _MADE_OF_A_NAME.sub(self._marked, text)

    def pointed_by(self, resource: Resource, name: str) -> Resource | None:
        """The resource that the property ``name`` of ``resource`` stands for."""
        return self.target(resource.stack, resource.properties.get(name))

    def _plain(self, stack: str, value: Json) -> str:
        if not isinstance(value, Mapping):
            return str(value)
        if "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(self._plain(stack, part) for part in parts)
        logical_id = str(value.get("Ref") or value.get("Fn::GetAtt", ["?"])[0])
        found = self._resource(stack, logical_id)
        return _mark(found) if found else f"${{{logical_id}}}"

    def _marked(self, match: re.Match[str]) -> str:
        found = self.named.get(match[1])
        return _mark(found) if found else match[0]

    def _resource(self, stack: str, logical_id: str) -> Resource | None:
        return self._places.get((stack, logical_id))


def _mark(resource: Resource) -> str:
    return f"${{{resource.stack}.{resource.logical_id}}}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A resource (empty ``logical_id``: the stack itself) that breaks a rule, and how."""

    stack: str
    logical_id: str
    what: str


def at(resource: Resource, what: str) -> Finding:
    """The finding that ``resource`` breaks a rule."""
    return Finding(resource.stack, resource.logical_id, what)


def resource_counts(assembly: Assembly) -> dict[str, int]:
    """How many resources each stack has, of the 500 that CloudFormation takes."""
    return {stack.name: len(stack.template.get("Resources", {})) for stack in assembly.stacks}


def many(value: Json) -> list[Json]:
    """CloudFormation lets one item stand for a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
