"""``POST vi/v1/tenants/{tenant}/reading/{page}/import``."""

from functions.aws.patient_pages import on_page
from functions.import_exam import answers

handler = on_page(answers.import_exams)
