"""``POST vi/v1/tenants/{tenant}/reading/{page}/report``: one report of the page's own list."""

from functions.aws.reading_pages import PAGES
from functions.show_report import answers

handler = PAGES.handler(answers.report)
