"""The environment as each function reads it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.errors import ConfigurationError

FUNCTIONS = sorted(
    path.parent.name for path in Path(__file__).parents[2].glob("functions/*/handler.py")
)


def test_every_function_has_settings() -> None:
    constructs = Path(__file__).parents[2].glob("infra/functions/*.py")
    assert sorted(path.stem for path in constructs if path.stem != "__init__") == FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_environment_is_read_or_every_missing_variable_is_named(name: str) -> None:
    settings: type[PlatformEnvironment] = importlib.import_module(
        f"functions.{name}.settings"
    ).Settings
    env = dict.fromkeys(settings.names(), "300")
    read = settings.read(env)
    assert read.powertools_service_name == "300"
    with pytest.raises(ConfigurationError) as raised:
        settings.read({"LOG_LEVEL": "INFO", "TENANTS_TABLE": ""})
    for missing in settings.names() - {"LOG_LEVEL"}:
        assert missing in raised.value.detail


def test_a_number_that_is_not_one_is_refused() -> None:
    settings = importlib.import_module("functions.retrieve_study.settings").Settings
    env = {**dict.fromkeys(settings.names(), "x"), "SIGNED_URL_SECONDS": "soon"}
    with pytest.raises(ConfigurationError, match="SIGNED_URL_SECONDS"):
        settings.read(env)
    assert settings.read({**env, "SIGNED_URL_SECONDS": "300"}).signed_url_seconds == 300
