"""The agent's one file, ``agent.yaml``: its facts, and how they are read."""
