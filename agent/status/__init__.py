"""The agent's own word on its state: a page and JSON on this machine alone, and a log of lines."""
