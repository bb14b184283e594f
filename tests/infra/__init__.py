"""The templates, their rules, the local runtime."""
