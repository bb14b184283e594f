"""What stacks and functions have in common."""
