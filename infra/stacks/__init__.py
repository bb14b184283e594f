"""The stacks: stateful, service, one per tenant."""
