"""Settings of import_exam."""

from functions.aws.settings import DmpReaderEnvironment
from functions.drimbox.values import frozen


@frozen
class Settings(DmpReaderEnvironment):
    """The opened exams and their workflows, and the studies that are known here."""

    studies_table: str
    imports_table: str
    readings_bucket: str
    fetch_workflow_arn: str
    import_workflow_arn: str
    health_table: str
