"""The cloud assembly (``cdk.out``): which stacks it holds, in which order, and where code lies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Final

# Used when the application was synthesized for no account or region of its own.
UNKNOWN_ACCOUNT: Final = "000000000000"
UNKNOWN_REGION: Final = "eu-west-3"


class AssemblyError(Exception):
    """The folder is not a cloud assembly that can be run."""


@dataclass(frozen=True, slots=True)
class Stack:
    """One synthesized stack: ``template`` is the CloudFormation document, parsed."""

    name: str
    account: str
    region: str
    template: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assembly:
    """The stacks of one folder, each after those that it depends on."""

    folder: Path
    stacks: tuple[Stack, ...]

    def asset(self, object_key: str) -> Path:
        """The folder of the file asset that a template names ``<hash>.zip``.

        Raises:
            AssemblyError: the assembly holds no such asset, or not as a folder.
        """
        folder = self.folder / f"asset.{object_key.split('.', 1)[0]}"
        if not folder.is_dir():
            raise AssemblyError(f"the asset {object_key} is not a folder of {self.folder}")
        return folder.resolve()


def load_assembly(folder: Path) -> Assembly:
    """Read ``manifest.json`` and every template of the assembly in ``folder``.

    Raises:
        AssemblyError: no manifest, a stack without a template, or stacks that need each other.
    """
    manifest = _read_json(folder / "manifest.json")
    artifacts: dict[str, dict[str, Any]] = manifest.get("artifacts", {})
    order = TopologicalSorter(
        {name: artifact.get("dependencies", []) for name, artifact in sorted(artifacts.items())}
    )
    try:
        names = list(order.static_order())
    except CycleError as error:
        raise AssemblyError("the stacks depend on each other in a circle") from error
    stacks = [
        _stack(folder, name, artifacts[name])
        for name in names
        if artifacts.get(name, {}).get("type") == "aws:cloudformation:stack"
    ]
    if not stacks:
        raise AssemblyError(f"{folder} holds no stack")
    return Assembly(folder, tuple(stacks))


def _stack(folder: Path, artifact_id: str, artifact: Mapping[str, Any]) -> Stack:
    properties = artifact.get("properties", {})
    if "templateFile" not in properties:
        raise AssemblyError(f"the stack {artifact_id} has no template")
    account, region = _environment(str(artifact.get("environment", "")))
    return Stack(
        name=str(properties.get("stackName", artifact_id)),
        account=account,
        region=region,
        template=_read_json(folder / properties["templateFile"]),
    )


def _environment(environment: str) -> tuple[str, str]:
    """Account and region of ``aws://account/region``; the unknown ones get fixed stand-ins."""
    account, _, region = environment.removeprefix("aws://").partition("/")
    return (
        account if account.isdigit() else UNKNOWN_ACCOUNT,
        region if region and region != "unknown-region" else UNKNOWN_REGION,
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise AssemblyError(f"{path} cannot be read as JSON") from error
    if not isinstance(document, dict):
        raise AssemblyError(f"{path} is not a JSON object")
    return document
