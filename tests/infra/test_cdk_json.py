"""``cdk.json`` as the CDK's command line reads it."""

from __future__ import annotations

import json

from infra.shared.deployment import ROOT, SAMPLE_ACCOUNT


def test_no_key_that_the_cdk_keeps_for_itself() -> None:
    # Its command line warns at every call about `context` keys with this prefix.
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    assert not [key for key in context if key.startswith("aws:")]


def test_it_is_shipped_with_nobody_s_account() -> None:
    assert json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]["account"] == (
        SAMPLE_ACCOUNT
    )
