"""The host ``vi``: exams and pages for professionals, and the operators' pages."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from infra.functions.act_on_operations_pages import ActOnOperationsPages
from infra.functions.authorize_operator import AuthorizeOperator
from infra.functions.authorize_reader import AuthorizeReader
from infra.functions.check_pasted_call import CheckPastedCall
from infra.functions.check_pasted_message import CheckPastedMessage
from infra.functions.enrol_agent import EnrolAgent
from infra.functions.fetch_exam import FetchExam
from infra.functions.import_exam import ImportExam
from infra.functions.list_exams import ListExams
from infra.functions.open_context import OpenContext
from infra.functions.open_exam import OpenExam
from infra.functions.open_file import OpenFile
from infra.functions.operator_session import OperatorSession
from infra.functions.reader_session import ReaderSession
from infra.functions.search_exams import SearchExams
from infra.functions.search_pacs import SearchPacs
from infra.functions.serve_asset import ServeAsset
from infra.functions.set_authorization import SetAuthorization
from infra.functions.show_exams import ShowExams
from infra.functions.show_operations_pages import ShowOperationsPages
from infra.functions.show_report import ShowReport
from infra.functions.store_exam import StoreExam
from infra.shared.api import RestHost
from infra.shared.deployment import Deployment
from infra.shared.function import known_function
from infra.shared.platform import Platform
from infra.workflows.fetch import FetchWorkflow
from infra.workflows.importing import ImportWorkflow


class ViStack(Stack):
    """Lists its constructs; each of them says what it is for."""

    def __init__(
        self, scope: Construct, construct_id: str, *, deployment: Deployment, **props: Any
    ) -> None:
        super().__init__(scope, construct_id, **props)
        platform = Platform.of(self, deployment)
        fetch = FetchWorkflow(self, platform, fetch_exam=FetchExam(self, platform))
        importing = ImportWorkflow(self, platform, store_exam=StoreExam(self, platform))
        RestHost(
            self,
            "vi",
            platform,
            known_function(self, "authorize_professional"),
            AuthorizeOperator(self, platform),
            AuthorizeReader(self, platform),
            SearchExams(self, platform),
            OperatorSession(self, platform),
            ShowOperationsPages(self, platform),
            ActOnOperationsPages(self, platform),
            SearchPacs(self, platform),
            EnrolAgent(self, platform),
            CheckPastedMessage(self, platform),
            CheckPastedCall(self, platform),
            OpenContext(self, platform),
            ReaderSession(self, platform),
            ShowExams(self, platform),
            ListExams(self, platform),
            ShowReport(self, platform),
            OpenExam(self, platform, fetch.machine),
            OpenFile(self, platform),
            ImportExam(self, platform, fetch.machine, importing.machine),
            SetAuthorization(self, platform),
            ServeAsset(self, platform),
        )
