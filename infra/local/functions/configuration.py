"""A function as the template configures it, and the environment that its processes get."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.local.assembly import Assembly
from infra.local.install import Install
from infra.local.template import Deployment, Resource, TemplateError

DEFAULT_MEMORY_MB: Final = 128
DEFAULT_TIMEOUT_SECONDS: Final = 3
# Concurrency of a function without a reservation; callers wait for a free process. Each process
# costs a second of processor to start: more of them than this only get in each other's way.
DEFAULT_CONCURRENCY: Final = max(4, 2 * (os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class FunctionConfiguration:
    """The settings that start and bound one function's processes.

    ``reserved_concurrency`` is None when the template reserves none; 0 turns the function off.
    """

    name: str
    arn: str
    handler: str
    asset: Path
    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None
    environment: Mapping[str, str]


def read_functions(
    deployment: Deployment, assembly: Assembly, install: Install, endpoint: str
) -> Iterator[FunctionConfiguration]:
    """Every function of the templates.

    Layers are not unpacked: they are built for Lambda's platform, so third-party packages come
    from the environment that runs this runtime.

    Raises:
        TemplateError: code that is not a zip asset of the assembly.
    """
    for resource in deployment.of_type("AWS::Lambda::Function"):
        properties = resource.properties
        object_key = properties.get("Code", {}).get("S3Key")
        if object_key is None or properties.get("PackageType", "Zip") != "Zip":
            raise TemplateError(f"{resource.place}: code that is not a zip asset is not known here")
        memory = int(properties.get("MemorySize", DEFAULT_MEMORY_MB))
        asset = assembly.asset(str(object_key))
        reserved = properties.get("ReservedConcurrentExecutions")
        yield FunctionConfiguration(
            name=resource.reference,
            arn=resource.attributes["Arn"],
            handler=str(properties["Handler"]),
            asset=asset,
            memory_mb=memory,
            timeout_seconds=int(properties.get("Timeout", DEFAULT_TIMEOUT_SECONDS)),
            reserved_concurrency=None if reserved is None else int(reserved),
            environment={
                **properties.get("Environment", {}).get("Variables", {}),
                **_runtime_environment(resource, asset, memory, install, endpoint),
            },
        )


def _runtime_environment(
    resource: Resource, asset: Path, memory_mb: int, install: Install, endpoint: str
) -> dict[str, str]:
    """The variables that Lambda itself defines ("Defined runtime environment variables")."""
    return {
        "AWS_ACCESS_KEY_ID": install.access_key_id,
        "AWS_SECRET_ACCESS_KEY": install.secret_access_key,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": resource.region,
        "AWS_DEFAULT_REGION": resource.region,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3",
        "AWS_LAMBDA_FUNCTION_NAME": resource.reference,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{resource.reference}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(asset),
        "PYTHONPATH": str(asset),
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }
