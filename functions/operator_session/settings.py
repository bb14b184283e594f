"""Settings of operator_session."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """The operators' provider and the sessions."""

    audit_bucket: str
    sessions_table: str
    session_secrets: str
    vi_url: str
    operator_issuer: str
    operator_client_id: str
    operator_client_secret: str
    trust_anchors_secret: str
