"""The synthesized templates as the rules see them: resources, and what points at what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Json = Any  # a JSON value: CloudFormation's own shapes, checked where a rule reads them


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
    """All stacks of one deployment."""

    stacks: tuple[StackTemplate, ...]

    def resources(self, *types: str) -> Iterator[Resource]:
        """Every resource of one of ``types``; of any type when none is given."""
        for stack in self.stacks:
            for logical_id, definition in stack.template.get("Resources", {}).items():
                if not types or definition["Type"] in types:
                    yield Resource(stack.name, logical_id, definition["Type"], definition)

    def target(self, stack: str, value: Json) -> Resource | None:
        """The resource that ``value`` (a Ref, GetAtt or ImportValue of ``stack``) stands for."""
        if not isinstance(value, Mapping):
            return None
        if "Fn::ImportValue" in value:
            return self._exported(value["Fn::ImportValue"])
        logical_id = value.get("Ref") or value.get("Fn::GetAtt", [None])[0]
        definition = self._template(stack).get("Resources", {}).get(logical_id)
        if definition is None:
            return None
        return Resource(stack, str(logical_id), definition["Type"], definition)

    def text(self, stack: str, value: Json) -> str:
        """``value`` as one text; what only AWS knows stands in it as ``${stack.LogicalId}``."""
        if isinstance(value, Mapping) and "Fn::Join" in value:
            separator, parts = value["Fn::Join"]
            return str(separator).join(self.text(stack, part) for part in parts)
        if isinstance(value, Mapping):
            found = self.target(stack, value)
            name = value.get("Ref", "?") if found is None else f"{found.stack}.{found.logical_id}"
            return f"${{{name}}}"
        return str(value)

    def pointed_by(self, resource: Resource, name: str) -> Resource | None:
        """The resource that the property ``name`` of ``resource`` stands for."""
        return self.target(resource.stack, resource.properties.get(name))

    def _template(self, stack: str) -> Mapping[str, Json]:
        return next(one.template for one in self.stacks if one.name == stack)

    def _exported(self, export: str) -> Resource | None:
        for stack in self.stacks:
            for output in stack.template.get("Outputs", {}).values():
                if output.get("Export", {}).get("Name") == export:
                    return self.target(stack.name, output["Value"])
        return None


@dataclass(frozen=True, slots=True)
class Finding:
    """A resource (empty ``logical_id``: the stack itself) that breaks a rule, and how."""

    stack: str
    logical_id: str
    what: str


def at(resource: Resource, what: str) -> Finding:
    """The finding that ``resource`` breaks a rule."""
    return Finding(resource.stack, resource.logical_id, what)


def many(value: Json) -> list[Json]:
    """CloudFormation lets one item stand for a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
