"""``python -m front``: print the configuration of the front for peers, for ``nginx -c``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from front import options


def main(arguments: Sequence[str]) -> int:
    """Command line; 1 for a value that no configuration may hold."""
    try:
        front = options.read(arguments, "python -m front", __doc__)
    except ValueError as error:
        print(f"the front has no such configuration: {error}", file=sys.stderr)
        return 1
    sys.stdout.write(front.text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
