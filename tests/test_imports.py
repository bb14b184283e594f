"""The contracts of imports name every folder that they are about."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[1]
CONTRACTS: Final[dict[str, dict[str, Any]]] = {
    contract["name"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
}
# The modules of ``functions.aws`` that a contract leaves to its importers.
LEFT: Final = {
    "handlers reach AWS through its doors alone: no adapter is made in a handler": {
        "asked_exams",
        "callers",
        "cloudformation",
        "entry",
        "large_exports",
        "logging",
        "metrics",
        "opened_reading",
        "opening_exams",
        "operator_pages",
        "operators",
        "pages",
        "patient_pages",
        "policies",
        "readers",
        "reading_pages",
        "replies",
        "requests",
        "stores",
    },
    "a function's settings know the reader of the environment alone": {"settings"},
}


def lambdas() -> set[str]:
    return {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}


def test_every_lambda_is_among_those_that_import_no_other() -> None:
    named = CONTRACTS["no Lambda imports another"]["modules"]
    assert named == sorted(f"functions.{name}" for name in lambdas())


def test_a_lambda_has_no_module_that_the_contracts_do_not_see() -> None:
    seen = set(CONTRACTS["only the plumbing speaks to AWS"]["source_modules"])
    modules = {
        f"functions.*.{path.stem}"
        for name in lambdas()
        for path in (ROOT / "functions" / name).glob("[a-z]*.py")
    }
    assert modules == seen


@pytest.mark.parametrize("name", LEFT)
def test_every_module_of_the_plumbing_is_refused_or_left(name: str) -> None:
    modules = {f"functions.aws.{path.stem}" for path in (ROOT / "functions/aws").glob("[a-z]*.py")}
    refused = set(CONTRACTS[name]["forbidden_modules"])
    assert modules - refused == {f"functions.aws.{one}" for one in LEFT[name]}
    assert refused <= modules
