"""The environment that moto reads when it is imported."""

from __future__ import annotations

import os


def prepare(account: str, region: str) -> None:
    """Set the account and region that moto answers for. Must come before its first import."""
    os.environ["MOTO_ACCOUNT_ID"] = account
    # Browsers of this machine must not reach the endpoint: the buckets' CORS rules are the only
    # ones.
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    os.environ["AWS_DEFAULT_REGION"] = region
