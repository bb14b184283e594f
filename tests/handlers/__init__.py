"""Handlers in this process: AWS by moto, the outside scripted."""
