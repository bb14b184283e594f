"""AWS in this process for every test here."""

from tests.fakes.aws import aws

__all__ = ["aws"]
