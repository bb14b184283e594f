"""The scene in this process: moto, the simulators, and the gateway of the templates."""

from tests.fakes.aws import aws
from tests.handlers.conftest import journey, outside, site
from tests.infra.conftest import assembly_folder

__all__ = ["assembly_folder", "aws", "journey", "outside", "site"]
