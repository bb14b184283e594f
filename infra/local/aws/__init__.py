"""The local AWS endpoint: one loopback port that answers every service that the stacks use."""
