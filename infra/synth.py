"""``python -m infra.synth --out DIR [--context FILE]``: synthesize with the overlay FILE.

FILE is a JSON object whose keys replace those of ``cdk.json``'s context.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import node
from infra.rules.assembly import resource_counts
from infra.rules.reading import read_assembly
from infra.shared.deployment import ROOT, context_of_project


def synthesize(out: Path, overlay: Mapping[str, Any]) -> subprocess.CompletedProcess[str]:
    """Run ``app.py`` in a process of its own; its assembly is written to ``out``."""
    environment = {
        **os.environ,
        "PATH": f"{node.folder()}{os.pathsep}{os.environ['PATH']}",
        "CDK_OUTDIR": str(out.resolve()),
        "CDK_CONTEXT_JSON": json.dumps({**context_of_project(), **overlay}),
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the process's status."""
    parser = argparse.ArgumentParser(prog="python -m infra.synth", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--context", type=Path)
    options = parser.parse_args(arguments)
    overlay = json.loads(options.context.read_text("utf-8")) if options.context else {}
    done = synthesize(options.out, overlay)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    if done.returncode == 0:
        counts = resource_counts(read_assembly(options.out))
        print(f"{len(counts)} templates in {options.out}; resources of each (limit 500):")
        for name, count in counts.items():
            print(f"{count:5} {name}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
