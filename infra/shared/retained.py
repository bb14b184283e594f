"""The one way to keep a resource whatever becomes of its stack."""

from __future__ import annotations

from typing import TypeVar

from aws_cdk import CfnResource, RemovalPolicy, Resource

Kept = TypeVar("Kept", bound=Resource | CfnResource)


def retained(resource: Kept) -> Kept:
    """Keep ``resource`` when its stack replaces or deletes it; the stack's rules demand it.

    Only a deployment that fails while it makes the resource takes it away again: its name is
    fixed, and the next deployment could not make it.
    """
    resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
    return resource
