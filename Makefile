# All commands of this project. `make` alone lists them.
#
# They need make and Python 3.11 or newer. Everything else is installed in .tools and .venv of this folder. The Makefile works
# with GNU make 3.81 (macOS). Set-up prints on stderr only, because programs read the stdout of `make run ARGS=--json`.

UV := .tools/uv/bin/uv
SAM := .tools/sam/bin/sam
VENV := .venv/bin
TSC := .tools/console/node_modules/.bin/tsc
ARGS ?=

# uv uses installed interpreters and downloads none. The exception is Lambda's version of Python, for `make build`.
export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
# By default, uv trusts its own list of certificate authorities. A company's proxy or package mirror may have a certificate of
# another authority. So uv trusts the list of this machine, if there is one.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS := true
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-quick lint types format vendor screenshots lock check-lock check-template build check-build smoke adopt restore redrive clean FORCE
.PHONY: corpus compare bench bench-page bench-parse cost counts stored-items fuzz crash-report faults disorder soak storm import-check search-check

help:
	@echo "Run and check"
	@echo "  make run             run the whole system on this machine, until Ctrl-C (ARGS=--help lists the options)"
	@echo "  make test            run all tests (ARGS=... goes to pytest)"
	@echo "  make test-quick      run the tests that need no running system and no crashes: under 3 minutes on two cores"
	@echo "  make lint            run ruff and mypy, and check the types of the console (make types)"
	@echo "  make format          let ruff correct and format the code"
	@echo "  make vendor          write the console's libraries anew, from the versions of tools/console/package.json"
	@echo "  make screenshots     make the pictures of the console in docs/screenshots"
	@echo "  make clean           delete build output and caches; .venv and .tools stay"
	@echo
	@echo "Build and operate"
	@echo "  make check-template  check template.yaml with SAM, cfn-lint (for all regions that receive) and checkov"
	@echo "  make build           build what is deployed, into .aws-sam"
	@echo "  make check-build     check the size of the build, and that everything in it can be imported"
	@echo "  make smoke           look whether a deployed stack works: STACK=name (ARGS=--help lists the options)"
	@echo "  make adopt           make a new stack of what an earlier one left behind: STACK=name SUFFIX=suffix"
	@echo "  make restore         bring lost cases back from a restored copy of the table: STACK=name FROM=table"
	@echo "  make deploy          deploy what was built, an environment of samconfig.toml: ENV=dev (ARGS=\"Name=value --option\")"
	@echo "  make redrive         process failed emails and events of a deployed stack again: STACK=name"
	@echo "  make lock            update all pinned versions within the bounds of pyproject.toml"
	@echo "  make check-lock      check that the pinned versions match pyproject.toml"
	@echo
	@echo "Measure"
	@echo "  make corpus          read your own emails and report problems: DIR=folder-or-mailbox-file"
	@echo "  make compare         compare how much we and other parsers read correctly (ARGS=--failures lists the errors)"
	@echo "  make bench-parse     compare CPU time and memory of parsing with mail-parser"
	@echo "  make bench           measure speed, calls and cost, beside their targets (ARGS=inbound does one part)"
	@echo "  make bench-page      write the figures of the last make bench into docs/performance.md again"
	@echo "  make cost            print what AWS bills each month (ARGS=\"--emails 1000000 --months 24\")"
	@echo "  make counts          count AWS calls and DynamoDB units of each use case (ARGS=--write writes the numbers down)"
	@echo "  make stored-items    write down what a new release stores, for the tests of later releases (ARGS=--help)"
	@echo "  make fuzz            try generated messages, SMTP envelopes and senders: N=100000"
	@echo
	@echo "Test reliability"
	@echo "  make crash-report    stop every use case at each of its AWS calls, and at all pairs (ARGS=\"sending --pairs 20\")"
	@echo "  make faults          cause every AWS fault at every call of every use case (ARGS=\"sending -n 10\" takes a sample)"
	@echo "  make disorder        send events twice, in another order, and at the same time: N=2000; SEED=17 repeats one run"
	@echo "  make soak            send many emails while workers are killed: N=50000"
	@echo "  make storm           a thousand emails fail at once, and one call repairs them"
	@echo "  make search-check    search among 10,000 cases (ARGS=\"-n 100000\")"
	@echo "  make import-check    import 100,000 employees while the worker is killed (ARGS=\"-n 10000\")"

run: .venv/.synced
	@exec $(VENV)/python -m local $(ARGS)

# The tests start hundreds of processes: with bytecode, they need not compile what they import.
unexport PYTHONDONTWRITEBYTECODE

# Tests of one file share a worker, and so do tests of one running system (tests/conftest.py). With more than four
# workers, the tests only wait for each other's servers.
test: .venv/.synced
	@exec $(VENV)/python -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

test-quick: .venv/.synced
	@exec $(VENV)/python -m pytest -n auto --maxprocesses 4 --dist loadfile -m "not e2e and not slow" $(ARGS)

DIR ?= tests/emails
corpus: .venv/.synced
	@exec $(VENV)/python -m tools.corpus "$(DIR)"

compare: .venv/.synced
	@exec $(VENV)/python -m bench.understanding $(ARGS)

N ?= 10000
fuzz: .venv/.synced
	@exec $(VENV)/python -m tools.fuzz -n $(N) $(if $(SEED),--seed $(SEED)) $(ARGS)

disorder: .venv/.synced
	@exec $(VENV)/python -m tools.disorder $(if $(SEED),--seed $(SEED),-n $(if $(filter command line,$(origin N)),$(N),2000)) $(ARGS)

faults: .venv/.synced
	@exec $(VENV)/python -m tools.faults $(ARGS)

bench-parse: .venv/.synced
	@exec $(VENV)/python -m bench.parsing

bench: .venv/.synced
	@exec $(VENV)/python -m bench $(ARGS)

bench-page: .venv/.synced
	@exec $(VENV)/python -m bench.page

cost: .venv/.synced
	@exec $(VENV)/python -m bench.cost $(ARGS)

counts: .venv/.synced
	@exec $(VENV)/python -m tools.counts $(ARGS)

stored-items: .venv/.synced
	@exec $(VENV)/python -m tools.stored_items $(ARGS)

crash-report: .venv/.synced
	@exec $(VENV)/python -m tools.crash_report $(ARGS)

soak: .venv/.synced
	@exec $(VENV)/python -m tools.soak -n $(N) $(if $(SEED),--seed $(SEED)) $(ARGS)

storm: .venv/.synced
	@STORM_EMAILS=1000 exec $(VENV)/python -m pytest -q tests/reliability/test_storm.py \
		tests/e2e/admins/test_repaired_storm.py $(ARGS)

search-check: .venv/.synced
	@exec $(VENV)/python -m tools.search_check $(ARGS)

import-check: .venv/.synced
	@exec $(VENV)/python -m tools.import_check $(ARGS)

smoke: .venv/.synced
	@exec $(VENV)/python -m tools.smoke $(if $(STACK),"$(STACK)",$(error Name the stack: make smoke STACK=name)) $(ARGS)

adopt: .venv/.synced
	@exec $(VENV)/python -m tools.adopt $(if $(and $(STACK),$(SUFFIX)),"$(STACK)" "$(SUFFIX)",$(error Name the new stack and the suffix of the earlier one: make adopt STACK=name SUFFIX=suffix))

restore: .venv/.synced
	@exec $(VENV)/python -m tools.restore $(if $(and $(STACK),$(FROM)),"$(STACK)" "$(FROM)",$(error Name the stack and the restored copy of its table: make restore STACK=name FROM=table)) $(ARGS)

redrive: .venv/.synced
	@exec $(VENV)/python -m tools.redrive $(if $(STACK),"$(STACK)",$(error Name the stack: make redrive STACK=name))

lint: .venv/.synced types
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

# Checks the types of the console's modules (JSDoc comments) with TypeScript.
types: .tools/.console
	@PATH="$(CURDIR)/.tools/node/bin:$$PATH" $(TSC) -p console

# Writes console/vendor from the packages of tools/console/package.json.
vendor: .venv/.synced .tools/.console
	@PATH="$(CURDIR)/.tools/node/bin:$$PATH" exec $(VENV)/python -m tools.vendor

# Pictures for README and docs, of the running system.
screenshots: .venv/.synced
	@exec $(VENV)/python -m tools.screenshots $(ARGS)

format: .venv/.synced
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

# `sam validate` requires a region, but calls no service. cfn-lint checks every region that receives (.cfnlintrc.yaml).
check-template: .venv/.synced .tools/.sam .tools/.checkov
	@AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --lint
	@$(VENV)/cfn-lint
	@$(VENV)/python -m tools.checkov_scan .tools/checkov/bin/checkov

# sam build looks on PATH for the runtime's version of Python.
build: .tools/.sam .tools/.python3.13
	@PATH="$(CURDIR)/.tools/python3.13:$$PATH" UV="$(CURDIR)/$(UV)" $(SAM) build $(ARGS)

# sam deploy, with a Release that puts new code and new values into service.
ENV ?= default
deploy: .venv/.synced .tools/.sam
	@exec $(VENV)/python -m tools.deploy $(SAM) $(ENV) $(ARGS)

# Checks that the build is small enough and can be imported.
check-build: .tools/.python3.13
	@.tools/python3.13/python3.13 tools/check_build.py $(UV)

EXPORT := $(UV) export --quiet --frozen --no-default-groups --no-emit-project --no-header --no-annotate

lock: .tools/.uv
	@$(UV) lock --upgrade
	@$(EXPORT) -o layers/common/requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate tools/uv.in -o tools/uv-requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate tools/sam.in -o tools/sam-requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate tools/checkov.in -o tools/checkov-requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate tools/node.in -o tools/node-requirements.txt

# Checks that uv.lock, and what is exported from it, match pyproject.toml.
check-lock: .tools/.uv
	@$(UV) lock --check
	@$(EXPORT) | diff - layers/common/requirements.txt

clean:
	@rm -rf .aws-sam build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

# Stamp files. They are written last: an interrupted set-up is repeated, and a complete one is skipped.

.tools/.uv: tools/uv-requirements.txt tools/bootstrap.py
	@echo "Installing uv ..." >&2
	@python=$$(sh tools/find-python.sh) \
	    || { echo "Python 3.11 or newer is required, but was not found on PATH. Install it, or name it: PYTHON=/path/to/python3 make ..." >&2; exit 1; }; \
	"$$python" tools/bootstrap.py >&2
	@touch $@

.venv/.synced: .tools/.uv pyproject.toml uv.lock $(if $(wildcard .venv/bin/python),,FORCE)
	@echo "Installing the packages of uv.lock ..." >&2
	@$(UV) sync --frozen --python "$$(sh tools/find-python.sh)" >&2
	@touch $@

# SAM's command line pins old versions of packages. Other packages need newer ones, so SAM has an environment of its own.
.tools/.sam: .tools/.uv tools/sam-requirements.txt
	@echo "Installing the SAM command line ..." >&2
	@$(UV) venv --quiet --clear --python "$$(sh tools/find-python.sh)" .tools/sam >&2
	@$(UV) pip install --quiet --python .tools/sam --require-hashes -r tools/sam-requirements.txt >&2
	@touch $@

# checkov pins old versions of packages, too.
.tools/.checkov: .tools/.uv tools/checkov-requirements.txt
	@echo "Installing checkov ..." >&2
	@$(UV) venv --quiet --clear --python "$$(sh tools/find-python.sh)" .tools/checkov >&2
	@$(UV) pip install --quiet --python .tools/checkov --require-hashes -r tools/checkov-requirements.txt >&2
	@touch $@

# Node with npm, from a package of PyPI; and the npm packages that check and vendor the console's modules. They run no
# scripts when they are installed.
.tools/.console: .tools/.uv tools/node-requirements.txt tools/console/package.json tools/console/package-lock.json
	@echo "Installing Node and TypeScript ..." >&2
	@$(UV) venv --quiet --clear --python "$$(sh tools/find-python.sh)" .tools/node >&2
	@$(UV) pip install --quiet --python .tools/node --require-hashes -r tools/node-requirements.txt >&2
	@mkdir -p .tools/console && cp tools/console/package.json tools/console/package-lock.json tools/console/.npmrc .tools/console/
	@cd .tools/console && PATH="$(CURDIR)/.tools/node/bin:$$PATH" npm ci --silent >&2
	@touch $@

# Lambda's version of Python: an installed one, else one that uv downloads.
.tools/.python3.13: .tools/.uv $(if $(wildcard .tools/python3.13/python3.13),,FORCE)
	@python=$$(sh tools/find-python.sh 3.13 || $(UV) python find 3.13 2>/dev/null \
	    || { UV_PYTHON_DOWNLOADS=manual $(UV) python install 3.13 >&2 && $(UV) python find 3.13; }) \
	    || { echo "Python 3.13 (the version that Lambda runs) is required, but was not found and could not be downloaded. Install it." >&2; exit 1; }; \
	rm -rf .tools/python3.13 && mkdir -p .tools/python3.13 && ln -s "$$python" .tools/python3.13/python3.13
	@touch $@

FORCE:
