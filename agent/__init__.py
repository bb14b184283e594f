"""The site's agent: it opens connections to the outside, and nobody outside reaches it."""
