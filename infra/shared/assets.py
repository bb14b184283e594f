"""The one code asset of all functions but one, and the layer of third-party packages beside it."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import AssetHashType, IgnoreMode
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from functions.drimbox.pages.kit.built_files import BuiltFiles
from infra.layers import (
    BUILT,
    CODE,
    PLACEHOLDER,
    code_stamp_of,
    stamp_of,
    wanted_code_stamp,
)
from infra.shared.deployment import ROOT

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


def code(layers: Path) -> lambda_.Code:
    """The folder ``functions`` as it is imported: ``functions.<name>.handler.handler``.

    With bytecode when ``layers`` holds the present sources compiled; a deployment demands it.
    """
    stamp = code_stamp_of(layers)
    if stamp is not None and stamp == wanted_code_stamp():
        return lambda_.Code.from_asset(
            str(layers / CODE), asset_hash=stamp, asset_hash_type=AssetHashType.CUSTOM
        )
    return lambda_.Code.from_asset(
        str(ROOT),
        exclude=["/*", "!/functions", "**/__pycache__"],
        ignore_mode=IgnoreMode.GIT,
    )


def code_with_viewer() -> lambda_.Code:
    """The folder ``functions``, and the built files of the viewer where the function looks for
    them; without these, every file is absent."""
    return lambda_.Code.from_asset(
        str(ROOT),
        exclude=[
            *("/*", "!/functions", "**/__pycache__"),
            *("!/web", "/web/*", "!/web/viewer", "/web/viewer/*", "!/web/viewer/built"),
        ],
        ignore_mode=IgnoreMode.GIT,
    )


def built_viewer() -> BuiltFiles:
    """The viewer's files as they are built now, which :func:`code_with_viewer` takes along."""
    return BuiltFiles.read(ROOT / "web" / "viewer" / "built")


def dependency_layer(scope: Construct, layers: Path) -> lambda_.LayerVersion:
    """Third-party packages: the built layer, or a placeholder that no deployment may use."""
    stamp = stamp_of(layers)
    content = (
        lambda_.Code.from_asset(str(PLACEHOLDER))
        if stamp is None
        else lambda_.Code.from_asset(
            str(layers / BUILT), asset_hash=stamp, asset_hash_type=AssetHashType.CUSTOM
        )
    )
    return lambda_.LayerVersion(
        scope,
        "Dependencies",
        code=content,
        compatible_runtimes=[RUNTIME],
        compatible_architectures=[ARCHITECTURE],
        description="Third-party packages of pyproject.toml, versions and hashes of uv.lock",
    )
