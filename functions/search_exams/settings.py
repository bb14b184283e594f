"""Settings of search_exams."""

from functions.aws.settings import Environment
from functions.drimbox.values import frozen


@frozen
class Settings(Environment):
    """Pro Santé Connect, keys and the DMP."""

    audit_bucket: str
    dmp_url: str
    psc_issuer: str
    psc_userinfo_url: str
    psc_client_id: str
    psc_client_secret: str
    lps_secret: str
    trust_anchors_secret: str
    structure_secrets: str
    dmp_algorithms: str
