"""The stacks: stateful, platform, publication, one per host, one per tenant."""
