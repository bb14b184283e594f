"""``python -m infra.local``: see ``infra.local.run``."""

from __future__ import annotations

import sys

from infra.local.run import main

if __name__ == "__main__":
    sys.exit(main())
