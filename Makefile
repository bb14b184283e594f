# Everything starts here. `make help` lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
export PYTHONUNBUFFERED := 1
# Where the environment forbids Python to keep its bytecode, every process compiles all that it
# imports, and the stack and its tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE
# uv trusts the machine's authorities: a proxy that inspects TLS has its own among them.
export UV_SYSTEM_CERTS ?= 1

# The last line that a person sees where the set-up fails: the tools name a package, not the network.
UNREACHED = echo "the packages were not installed: see above. Most often PyPI, or the index in its place, is not reached; only the first set-up, and one after a change of uv.lock, need it." >&2; exit 1

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml uv.lock infra/bootstrap.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if (3, 11) <= v < (3, 14) else "Python 3.11 to 3.13 is needed, this is %d.%d: make PYTHON=python3.13 ..." % v[:2])'
	@echo "== set-up: the project's own environment in $(VENV)"
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r infra/bootstrap.txt || { $(UNREACHED); }
	@$(VENV)/bin/uv sync --frozen --quiet || { $(UNREACHED); }
	@touch $@

web: $(READY) ## build the viewer of web/viewer, unless its sources are those of the last build
	@$(PY) -m infra.web

run: $(READY) web ## the whole stack on 127.0.0.1: set-up, synth, simulators, the main job; stays up
	@$(PY) -m infra.demo run

stop: ## stop the processes of `make run`, and no others
	@if test -x $(PY); then $(PY) -m infra.demo stop; else echo "nothing runs here"; fi

token: $(READY) ## a professional's access token from the local Pro Santé Connect
	@$(PY) -m infra.demo token

# Through the environment and unexpanded: the text of ID never becomes a part of a command.
replay: override export ID := $(value ID)
replay: $(READY) ## give a held publication another try: make replay ID=…
	@$(PY) -m infra.demo replay

test: $(READY) web ## install the judges where allowed, then every test
	@$(PY) -m tests.judges run

check: $(READY) ## the fast lane: format, lint, types, imports, fast tests
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/lint-imports --no-cache
	@$(VENV)/bin/mypy
	@HYPOTHESIS_PROFILE=fast $(PY) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder -m "not stack and not judge and not slow" -x

proof: $(READY) web ## longer than make test, before a larger change is merged: the whole authentication matrix, every syntax in the viewer, each kill of a fetch and of a publication, a report of 30 MB, two thousand messages of a killed agent, each call on the things of others by an agent's loan, a hundred professionals at once
	@PROOF=whole $(PY) -m pytest -q -n 0 tests/matrix tests/drimbox/reading/test_kills.py tests/drimbox/publication tests/drimbox/reconciliation/test_running.py tests/drimbox/webhook/test_teller.py tests/handlers/test_show_report.py tests/agent/spool/test_kills.py tests/infra/local/test_lent_calls.py tests/handlers/test_site_agent.py tests/flows/test_sessions_apart.py
# Chromium's driver keeps a loop of asyncio in its process: the agent's tests start their own.
	@PROOF=whole $(PY) -m pytest -q -n 0 tests/browser/test_viewer_syntaxes.py

test-lambda: $(READY) ## library and handlers on Lambda's Python, the arm64 layer under qemu: Debian, root
	@$(PY) -m tests.lambda_runtime

faults: $(READY) ## the fault campaign: every external call fails in every way; see docs/faults.md
	@$(PY) -m tests.campaign

FUZZ := .local/fuzz/env
fuzz: $(READY) ## fuzz every parser of outside input: MINUTES=10 in all or RUNS=… each, PARSERS="cda pacs"
	@UV_PROJECT_ENVIRONMENT=$(FUZZ) $(VENV)/bin/uv sync --frozen --quiet --no-default-groups --group fuzz --python $(PY)
	@$(FUZZ)/bin/python -c "import atheris" 2>/dev/null || { echo "atheris has wheels for Linux on x86_64 alone"; exit 1; }
	@$(PY) -m tests.fuzz --python $(FUZZ)/bin/python --minutes $(or $(MINUTES),10) --runs $(or $(RUNS),0) $(PARSERS)

bench: $(READY) ## measure, side by side with peers; PARTS=endurance: a thousand reports
	@$(PY) -m bench $(PARTS)

examples: $(READY) ## write the examples of the OpenAPI documents, from the code's own answers
	@$(PY) -m tests.infra.example_scenes

codes: $(READY) ## write docs/codes.md, every code in words, from functions/drimbox/wording
	@$(PY) -m infra.codes

cost: $(READY) ## write docs/cost.md, the bill of AWS, from templates, traced calls and prices
	@$(PY) -m infra.cost

synth: $(READY) ## synthesize the CloudFormation templates into cdk.out
	@$(PY) -m infra.synth --out cdk.out

# As ID above: through the environment, unexpanded.
diff: override export BASE := $(value BASE)
diff: $(READY) ## the templates against those of a commit: make diff BASE=… (HEAD)
	@$(PY) -m infra.diff "$$BASE"

deploy: $(READY) ## deploy to AWS: needs credentials and `cdk.json` filled; see docs/runbooks/deploy.md
	@$(PY) -m infra.deploy check
	@$(PY) -m infra.web
	@$(PY) -m infra.layers ensure
	@$(PY) -m infra.synth --out cdk.out
	@$(PY) -m infra.deploy

clean: ## remove built files; local data stays in .local
	rm -rf cdk.out .mypy_cache .ruff_cache .pytest_cache .coverage

.PHONY: help web run stop token replay test proof test-lambda check faults fuzz bench codes examples cost synth diff deploy clean
