"""The Lambda functions, one folder each; ``drimbox`` is their domain, ``aws`` their plumbing."""
