# Everything that is done to this project by hand or by machine. `make` alone lists it.
#
# Needs Python 3.11 or newer and make; the rest is installed below this folder, in .tools and .venv. Written for GNU make 3.81
# (macOS). Set-up talks on stderr only: with ARGS=--json, the stdout of `make run` belongs to the program.

UV := .tools/uv/bin/uv
SAM := .tools/sam/bin/sam
VENV := .venv/bin
ARGS ?=

# The interpreters that are installed are used, none is fetched, but for the deployment's own version in `make build`.
export UV_PYTHON_DOWNLOADS := never
export SAM_CLI_TELEMETRY := 0
# uv brings certificates of its own, which a company's proxy or package mirror does not use; the machine's are trusted if it has any.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS := true
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-quick lint format lock check-lock check-template build check-build redrive clean FORCE
.PHONY: corpus compare bench-parse fuzz crash-report faults disorder soak

help:
	@echo "make run          the whole system on this machine, until Ctrl-C (ARGS=--help lists its options)"
	@echo "make test         all tests (ARGS=... goes to pytest)"
	@echo "make test-quick   the tests that need no running system and no crashes: under 3 minutes on two cores"
	@echo "make lint         ruff and mypy; make format: ruff, changing files"
	@echo "make clean        remove what was built and cached; .venv and .tools stay"
	@echo
	@echo "make check-template  checks template.yaml with the linters of SAM and CloudFormation"
	@echo "make build        what is deployed, into .aws-sam; make check-build looks at it"
	@echo "make redrive      gives what failed in a deployed stack to its functions again: STACK=name"
	@echo "make lock         newer versions within pyproject.toml's bounds, all pinned; make check-lock: are they what it says?"
	@echo
	@echo "make corpus       how your own mail would fare: DIR=folder-or-mailbox-file"
	@echo "make compare      what is read right of the example mails, beside other parsers (ARGS=--failures lists what is not)"
	@echo "make bench-parse  what parsing costs beside mail-parser"
	@echo "make fuzz         generated messages through the core: N=100000"
	@echo
	@echo "make crash-report every use case killed at each of its calls to AWS, and at all pairs (ARGS=\"sending --pairs 20\")"
	@echo "make faults       every fault of AWS at every call of every use case (ARGS=\"sending -n 10\" draws some)"
	@echo "make disorder     events doubled, reordered and at the same time: N=2000, or one run again: SEED=17"
	@echo "make soak         a flood of emails while workers are killed: N=50000"

run: .venv/.synced
	@exec $(VENV)/python -m local $(ARGS)

# tests/conftest.py says which tests share a worker: those of a file, and those of one running system. More than four workers
# only wait for each other's servers.
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

crash-report: .venv/.synced
	@exec $(VENV)/python -m tools.crash_report $(ARGS)

soak: .venv/.synced
	@exec $(VENV)/python -m tools.soak -n $(N) $(if $(SEED),--seed $(SEED)) $(ARGS)

redrive: .venv/.synced
	@exec $(VENV)/python -m tools.redrive $(if $(STACK),"$(STACK)",$(error STACK=... names the stack))

lint: .venv/.synced
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy

format: .venv/.synced
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

# sam validate wants to know a region; nothing is called.
check-template: .venv/.synced .tools/.sam
	@AWS_DEFAULT_REGION=eu-west-1 $(SAM) validate --lint
	@$(VENV)/cfn-lint template.yaml

# sam build looks for the runtime's own version on PATH.
build: .tools/.sam .tools/.python3.13
	@PATH="$(CURDIR)/.tools/python3.13:$$PATH" UV="$(CURDIR)/$(UV)" $(SAM) build $(ARGS)

# Is what was built small enough, and does it import?
check-build: .tools/.python3.13
	@.tools/python3.13/python3.13 tools/check_build.py $(UV)

EXPORT := $(UV) export --quiet --frozen --no-default-groups --no-emit-project --no-header --no-annotate

lock: .tools/.uv
	@$(UV) lock --upgrade
	@$(EXPORT) -o layers/common/requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --generate-hashes --no-header --no-annotate tools/uv.in -o tools/uv-requirements.txt
	@$(UV) pip compile --quiet --universal --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate tools/sam.in -o tools/sam-requirements.txt

# Do uv.lock and what is exported from it still say what pyproject.toml says?
check-lock: .tools/.uv
	@$(UV) lock --check
	@$(EXPORT) | diff - layers/common/requirements.txt

clean:
	@rm -rf .aws-sam build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@find . -name __pycache__ -not -path './.venv/*' -not -path './.tools/*' -prune -exec rm -rf {} +

# Stamps: written last, so that an interrupted set-up is done again, and the second make has nothing to do.

.tools/.uv: tools/uv-requirements.txt tools/bootstrap.py
	@echo "Installing uv ..." >&2
	@python=$$(sh tools/find-python.sh) \
	    || { echo "Python 3.11 or newer is needed, and none was found on PATH. (PYTHON=/path/to/python3 make ... names one.)" >&2; exit 1; }; \
	"$$python" tools/bootstrap.py >&2
	@touch $@

.venv/.synced: .tools/.uv pyproject.toml uv.lock $(if $(wildcard .venv/bin/python),,FORCE)
	@echo "Installing the packages of uv.lock ..." >&2
	@$(UV) sync --frozen --python "$$(sh tools/find-python.sh)" >&2
	@touch $@

# SAM's command line pins what others want newer, so it lives in an environment of its own.
.tools/.sam: .tools/.uv tools/sam-requirements.txt
	@echo "Installing the SAM command line ..." >&2
	@$(UV) venv --quiet --clear --python "$$(sh tools/find-python.sh)" .tools/sam >&2
	@$(UV) pip install --quiet --python .tools/sam --require-hashes -r tools/sam-requirements.txt >&2
	@touch $@

# The version of Python that Lambda runs: one that is here, else one that uv fetches.
.tools/.python3.13: .tools/.uv $(if $(wildcard .tools/python3.13/python3.13),,FORCE)
	@python=$$(sh tools/find-python.sh 3.13 || $(UV) python find 3.13 2>/dev/null \
	    || { UV_PYTHON_DOWNLOADS=manual $(UV) python install 3.13 >&2 && $(UV) python find 3.13; }) \
	    || { echo "Python 3.13, which Lambda runs, is needed here; it was not found and could not be installed." >&2; exit 1; }; \
	rm -rf .tools/python3.13 && mkdir -p .tools/python3.13 && ln -s "$$python" .tools/python3.13/python3.13
	@touch $@

FORCE:
