"""Reading messages: every rule, every damage."""
