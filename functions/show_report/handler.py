"""``POST vi/v1/tenants/{tenant}/reading/{page}/report``: one report of the page's own list."""

from functions.aws.patient_pages import on_page
from functions.show_report import answers

handler = on_page(answers.report)
