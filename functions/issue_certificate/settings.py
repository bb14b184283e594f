"""Settings of issue_certificate."""

from functions.aws.settings import PlatformEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(PlatformEnvironment):
    """The authority's key, and the host on which agents have their places."""

    agent_authority_key_arn: str
    in_url: str
