"""The local runtime, part by part."""
