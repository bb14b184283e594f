"""Our own rules on the synthesized templates; each has a number and fixtures that break it."""
