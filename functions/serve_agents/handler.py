"""``in/v1/tenants/{tenant}/agents/…``: an agent at a site tells how it is, reads a job, answers it.

The certificate says which agent of which tenant calls; a program that is none finds nothing here.
"""

from __future__ import annotations

from typing import Final

from functions.aws import entry
from functions.serve_agents import answers

_BASE: Final = "/v1/tenants/{tenant}/agents"
ROUTES: Final[entry.Routes] = {
    ("POST", f"{_BASE}/loan"): answers.lend,
    ("GET", f"{_BASE}/jobs/{{job}}"): answers.show_job,
    ("POST", f"{_BASE}/jobs/{{job}}"): answers.take_answer,
}
handler = entry.http(entry.routes(ROUTES))
