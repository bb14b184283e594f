"""The generator of histories."""
