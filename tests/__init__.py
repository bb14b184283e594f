"""Mirrors the tree; ``fakes`` are the ports in memory, ``flows`` journeys through the stack."""
