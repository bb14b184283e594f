"""Settings of renew_agent."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The register of agents, and our authority over them."""

    audit_bucket: str
    agents_table: str
    agent_authority_secret: str
    issue_certificate_function: str
