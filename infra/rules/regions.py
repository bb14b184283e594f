"""Where data may be: in the European Economic Area, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from infra.rules.assembly import Assembly, Finding, at
from infra.shared.deployment import EEA_REGIONS


def region(assembly: Assembly) -> Iterator[Finding]:
    """A1: HDS v2 asks for storage in the European Economic Area."""
    for stack in assembly.stacks:
        if stack.region not in EEA_REGIONS:
            yield Finding(stack.name, "", f"region {stack.region} is not allowed")


def no_copy_elsewhere(assembly: Assembly) -> Iterator[Finding]:
    """A2: no replica of a table or bucket in another region."""
    regions = {stack.name: stack.region for stack in assembly.stacks}
    for table in assembly.resources("AWS::DynamoDB::GlobalTable"):
        for replica in table.properties["Replicas"]:
            if assembly.text(table.stack, replica["Region"]) != regions[table.stack]:
                yield at(table, "a replica in another region")
    for bucket in assembly.resources("AWS::S3::Bucket"):
        if "ReplicationConfiguration" in bucket.properties:
            yield at(bucket, "a bucket is replicated")
