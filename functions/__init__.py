"""The Lambda functions, one folder each; ``drimbox`` is their domain, ``aws`` their plumbing."""

from __future__ import annotations

import gc

# Imports make a hundred thousand objects that live as long as the process. With the interpreter's
# own threshold (700 in 3.11, 2,000 in 3.13) the collector looks at all of them again and again.
gc.set_threshold(50_000)
