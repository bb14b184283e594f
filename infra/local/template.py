"""From templates to resources: intrinsic functions resolved, unknown parts refused.

The result is plain data. Everything that runs (tables, queues, functions, routes, workflows) is
made from these resolved resources and from nothing else.
"""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from infra.local.assembly import Assembly, Stack
from infra.local.catalogue import ALWAYS, CATALOGUE
from infra.local.install import Install
from infra.local.ref_getatt import OPAQUE, RETURN_VALUES, Named

# CDK's own version check reads this parameter; no local effect.
BOOTSTRAP_PARAMETER: Final = re.compile(r"^/cdk-bootstrap/[a-z0-9]+/version$")
BOOTSTRAP_VERSION: Final = "31"
MAX_REFERENCE_DEPTH: Final = 100


class TemplateError(Exception):
    """A template that cannot run here; the message lists every reason, one a line."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one stack: ``reference`` is what Ref gives, ``properties`` are resolved."""

    stack: str
    logical_id: str
    type: str
    account: str
    region: str
    reference: str
    attributes: Mapping[str, str]
    properties: Mapping[str, Any]

    @property
    def place(self) -> str:
        """Where to find it: ``stack/logical id``."""
        return f"{self.stack}/{self.logical_id}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """Everything the assembly asks for."""

    account: str
    region: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, str]
    not_enforced: tuple[str, ...]

    def of_type(self, *types: str) -> Iterator[Resource]:
        """The resources of these types, in the order of the templates."""
        return (resource for resource in self.resources if resource.type in types)


def resolve(assembly: Assembly, install: Install, endpoint: str) -> Deployment:
    """Resolve every stack of ``assembly``; ``endpoint`` is the base URL of the local AWS endpoint.

    Raises:
        TemplateError: a resource type, a property or a function that the runtime does not know,
            or stacks of several accounts or regions.
    """
    environments = {(stack.account, stack.region) for stack in assembly.stacks}
    if len(environments) != 1:
        raise TemplateError("the stacks belong to several accounts or regions")
    problems: list[str] = []
    notes: Counter[str] = Counter(ALWAYS)
    for stack in assembly.stacks:
        problems.extend(_unknown_parts(stack, notes))
    if problems:
        raise TemplateError("\n".join(problems))
    resources: list[Resource] = []
    outputs: dict[str, str] = {}
    exports: dict[str, str] = {}
    parameters: dict[str, str] = {}
    for stack in assembly.stacks:
        resolver = _StackResolver(stack, install, endpoint, exports, parameters)
        for resource in resolver.resources():
            resources.append(resource)
            if resource.type == "AWS::SSM::Parameter":
                parameters[resource.reference] = str(resource.properties["Value"])
        stack_outputs, stack_exports = resolver.outputs()
        outputs.update(stack_outputs)
        exports.update(stack_exports)
    account, region = environments.pop()
    not_enforced = tuple(sorted(notes))
    return Deployment(account, region, tuple(resources), outputs, not_enforced)


def _unknown_parts(stack: Stack, notes: Counter[str]) -> Iterator[str]:
    """Each reason why this stack cannot run; fills ``notes`` with settings that have no effect."""
    for logical_id, resource in stack.template.get("Resources", {}).items():
        place = f"{stack.name}/{logical_id}"
        known = CATALOGUE.get(resource["Type"])
        if known is None:
            yield f"{place}: resource type {resource['Type']} is not known here"
            continue
        if known.note is not None:
            notes[known.note] += 1
            continue
        for name in resource.get("Properties", {}):
            if name in known.unenforced:
                notes[known.unenforced[name]] += 1
            elif name not in known.honoured:
                yield f"{place}: property {name} of {resource['Type']} is not known here"


class _StackResolver:
    """Evaluates the functions of one template (CloudFormation "Intrinsic function reference")."""

    def __init__(
        self,
        stack: Stack,
        install: Install,
        endpoint: str,
        exports: Mapping[str, str],
        parameters: Mapping[str, str],
    ) -> None:
        self._stack = stack
        self._install = install
        self._endpoint = endpoint
        self._exports = exports
        self._parameters = parameters
        self._named: dict[str, Named] = {}
        self._depth = 0
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Ref": self._reference,
            "Fn::GetAtt": self._attribute,
            "Fn::Join": self._join,
            "Fn::Sub": self._substitute,
            "Fn::If": self._if,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::ImportValue": self._import_value,
            "Fn::Base64": lambda value: base64.b64encode(self._text(value).encode()).decode(),
            "Fn::ToJsonString": lambda value: json.dumps(self.value(value)),
        }
        self._conditions: Mapping[str, Callable[[Any], bool]] = {
            "Fn::Equals": lambda pair: bool(self.value(pair[0]) == self.value(pair[1])),
            "Fn::Not": lambda one: not self._condition(one[0]),
            "Fn::And": lambda all_of: all(self._condition(one) for one in all_of),
            "Fn::Or": lambda any_of: any(self._condition(one) for one in any_of),
            "Condition": self._named_condition,
        }

    def resources(self) -> Iterator[Resource]:
        """Every resource whose condition holds, resolved."""
        for logical_id, resource in self._template("Resources").items():
            condition = resource.get("Condition")
            if condition is not None and not self._named_condition(condition):
                continue
            named = self._resource(logical_id)
            values = RETURN_VALUES.get(resource["Type"], OPAQUE)
            yield Resource(
                stack=self._stack.name,
                logical_id=logical_id,
                type=resource["Type"],
                account=self._stack.account,
                region=self._stack.region,
                reference=values.reference(named),
                attributes={name: give(named) for name, give in values.attributes.items()},
                properties=named.properties,
            )

    def outputs(self) -> tuple[dict[str, str], dict[str, str]]:
        """The stack's outputs by key, and its exports by name."""
        outputs: dict[str, str] = {}
        exports: dict[str, str] = {}
        for key, output in self._template("Outputs").items():
            condition = output.get("Condition")
            if condition is not None and not self._named_condition(condition):
                continue
            outputs[key] = self._text(output["Value"])
            if "Export" in output:
                exports[self._text(output["Export"]["Name"])] = outputs[key]
        return outputs, exports

    def value(self, node: Any) -> Any:
        """``node`` with every function evaluated; members that are AWS::NoValue disappear."""
        if isinstance(node, Mapping):
            if len(node) == 1:
                ((name, argument),) = node.items()
                if name in self._functions:
                    return self._call(name, argument)
                if name.startswith("Fn::"):
                    raise TemplateError(f"{self._stack.name}: function {name} is not known here")
            members = ((name, self.value(member)) for name, member in node.items())
            return {name: member for name, member in members if member is not None}
        if isinstance(node, list):
            return [item for item in map(self.value, node) if item is not None]
        if isinstance(node, str) and "{{resolve:" in node:
            raise TemplateError(f"{self._stack.name}: dynamic references are not known here")
        return node

    def _call(self, name: str, argument: Any) -> Any:
        try:
            return self._functions[name](argument)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise TemplateError(f"{self._stack.name}: {name} is malformed") from error

    def _template(self, section: str) -> Mapping[str, Any]:
        content: Mapping[str, Any] = self._stack.template.get(section, {})
        return content

    def _text(self, node: Any) -> str:
        value = self.value(node)
        return value if isinstance(value, str) else json.dumps(value)

    def _resource(self, logical_id: str) -> Named:
        if logical_id in self._named:
            return self._named[logical_id]
        if self._depth > MAX_REFERENCE_DEPTH:
            raise TemplateError(f"{self._stack.name}/{logical_id} refers to itself")
        self._depth += 1
        try:
            resource = self._template("Resources")[logical_id]
            named = Named(
                install=self._install,
                endpoint=self._endpoint,
                account=self._stack.account,
                region=self._stack.region,
                stack=self._stack.name,
                logical_id=logical_id,
                properties=self._properties(resource),
            )
        finally:
            self._depth -= 1
        self._named[logical_id] = named
        return named

    def _properties(self, resource: Mapping[str, Any]) -> Mapping[str, Any]:
        """Resolved properties; those of a type without effect are not looked at."""
        properties, known = resource.get("Properties", {}), CATALOGUE[resource["Type"]]
        if known.note is None:
            resolved = self.value(properties)
            return resolved if isinstance(resolved, Mapping) else {}
        # Beside these, only what a name is made of matters, and may itself be a function.
        return {
            name: self.value(member)
            for name, member in properties.items()
            if name.endswith("Name") or name in known.honoured
        }

    def _reference(self, name: str) -> Any:
        pseudo: Mapping[str, Any] = {
            "AWS::AccountId": self._stack.account,
            "AWS::NoValue": None,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": self._stack.region,
            "AWS::StackId": (
                f"arn:aws:cloudformation:{self._stack.region}:{self._stack.account}"
                f":stack/{self._stack.name}/local"
            ),
            "AWS::StackName": self._stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        parameter = self._template("Parameters").get(name)
        if parameter is not None:
            return self._parameter(name, parameter)
        values = RETURN_VALUES.get(self._type(name), OPAQUE)
        return values.reference(self._resource(name))

    def _parameter(self, name: str, parameter: Mapping[str, Any]) -> Any:
        if "Default" not in parameter:
            raise TemplateError(f"{self._stack.name}: parameter {name} has no default value")
        value = parameter["Default"]
        if not str(parameter["Type"]).startswith("AWS::SSM::Parameter::Value<"):
            return value
        if BOOTSTRAP_PARAMETER.match(value):
            return BOOTSTRAP_VERSION
        if value not in self._parameters:
            raise TemplateError(f"{self._stack.name}: no stack creates the parameter {value}")
        return self._parameters[value]

    def _type(self, logical_id: str) -> str:
        resources = self._template("Resources")
        if logical_id not in resources:
            raise TemplateError(f"{self._stack.name}: nothing is called {logical_id}")
        return str(resources[logical_id]["Type"])

    def _attribute(self, argument: Any) -> str:
        logical_id, attribute = (
            argument.split(".", 1) if isinstance(argument, str) else (argument[0], argument[1])
        )
        kind = self._type(logical_id)
        give = RETURN_VALUES.get(kind, OPAQUE).attributes.get(attribute)
        if give is None:
            place = f"{self._stack.name}/{logical_id}"
            raise TemplateError(f"{place}: attribute {attribute} of {kind} is not known here")
        return give(self._resource(logical_id))

    def _join(self, argument: Any) -> str:
        separator, items = argument
        return str(separator).join(self._text(item) for item in self.value(items))

    def _substitute(self, argument: Any) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self._text(value) for name, value in given.items()}

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return values[name]
            return self._text({"Fn::GetAtt": name} if "." in name else {"Ref": name})

        return re.sub(r"\$\{([^}]+)\}", replace, text)

    def _if(self, argument: Any) -> Any:
        condition, when_true, when_false = argument
        return self.value(when_true if self._named_condition(condition) else when_false)

    def _select(self, argument: Any) -> Any:
        index, items = argument
        return self.value(items)[int(self.value(index))]

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return self._text(text).split(separator)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second = argument
        return self._template("Mappings")[name][self.value(first)][self.value(second)]

    def _import_value(self, argument: Any) -> str:
        name = self._text(argument)
        if name not in self._exports:
            raise TemplateError(f"{self._stack.name}: no stack exports {name}")
        return self._exports[name]

    def _named_condition(self, name: str) -> bool:
        return self._condition(self._template("Conditions")[name])

    def _condition(self, node: Mapping[str, Any]) -> bool:
        ((name, argument),) = node.items()
        if name not in self._conditions:
            raise TemplateError(f"{self._stack.name}: condition {name} is not known here")
        return self._conditions[name](argument)


_FUNCTION_ARN: Final = re.compile(r"arn:aws:lambda:[^:/]+:\d+:function:([A-Za-z0-9_-]+)")


def function_name(text: str) -> str:
    """The function's name in an ARN, a qualified ARN, an integration URI or a bare name.

    Raises:
        TemplateError: the text names no function.
    """
    match = _FUNCTION_ARN.search(text)
    if match:
        return match[1]
    bare = text.split(":", 1)[0]
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", bare):
        raise TemplateError("a target is not a function")
    return bare
