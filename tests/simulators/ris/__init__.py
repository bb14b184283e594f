"""The RIS simulator."""
