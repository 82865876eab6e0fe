# Two commands are enough: `make report` and `make test`. Each sets the environment up when it is missing.
.DELETE_ON_ERROR:
.PHONY: help setup report data test check test-browser lint thorough faults audit calibrate backtest fuzz docs new-source picture bench lab clean
PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE  # or each of the many processes would compile the project anew
BIN := .venv/bin
READY := .venv/.ready
AXE := .venv/node_modules/axe-core/axe.min.js
LIGHTHOUSE := .venv/node_modules/.bin/lighthouse

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## Make the environment from the lock (hashes checked)

$(READY): requirements.lock pyproject.toml
	@echo "Setting the environment up (once; needs the network) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
	@touch $@

report: $(READY) ## Make the quarterly report, in both languages
	@$(BIN)/indicators report $(QUARTER)

data: $(READY) ## Ask the agencies for their newest files (the only target that asks them)
	@$(BIN)/indicators fetch $(SOURCES)

test: $(READY) ## Run the fast tests (a minute and a half on two cores)
	@$(BIN)/python -m pytest

check: $(READY) $(LIGHTHOUSE) ## Run all that decides on a change: style, types, tests, the report, its pages in a browser
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -m "not browser and not thorough"
	@$(MAKE) --no-print-directory report
	@$(MAKE) --no-print-directory test-browser

test-browser: $(READY) $(LIGHTHOUSE) ## Run the tests that need a headless browser (Debian's chromium, npm's axe-core and lighthouse)
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -qq -y chromium)
	@AXE_CORE=$(CURDIR)/$(AXE) LIGHTHOUSE=$(CURDIR)/$(LIGHTHOUSE) $(BIN)/python -m pytest -m "browser and not thorough" -n 0

$(LIGHTHOUSE): $(READY)
	@npm install --silent --no-save --no-package-lock --prefix .venv axe-core@4.14.1 lighthouse@12.8.2
	@touch $@

lint: $(READY) ## Check style and types
	@$(BIN)/ruff check src tests tools && $(BIN)/ruff format --check src tests tools && $(BIN)/mypy

thorough: $(READY) ## Run the tests that take minutes: faults of the disk, changed copies of real releases, the whole report by kernels, and from rows in another order
	@$(BIN)/python -m pytest -m thorough

faults: $(READY) ## Break add, build and report at every change they make to the disk, not at some of them
	@INDICATORS_FAULTS=all $(BIN)/python -m pytest -m thorough tests/faults -rP

audit: $(READY) ## Check the locked dependencies for known advisories (needs the network)
	@$(BIN)/uv tool run --quiet pip-audit==2.9.0 -r requirements.lock --disable-pip --require-hashes --strict --progress-spinner off

FOR ?= 60

fuzz: $(READY) ## Fuzz every reader for FOR seconds (60), guided by coverage where atheris has a wheel
	@test -d .venv/fuzz || $(BIN)/uv pip install --quiet --python $(BIN)/python --target .venv/fuzz atheris==3.0.0 || true
	@PYTHONPATH=.venv/fuzz:tests $(BIN)/python -m fuzz.readers $(FOR)

docs: $(READY) ## Write docs/reference and the licences from the code and the catalogue
	@$(BIN)/python tools/reference_docs.py

new-source: $(READY) ## Begin the source NAME=agency_series (TABLE=, MEASURE= if the name does not contain them)
	@$(BIN)/python tools/new_source.py $(if $(TABLE),--table $(TABLE)) $(if $(MEASURE),--measure $(MEASURE)) -- $(NAME)

calibrate: $(READY) ## Simulate what the intervals and alarms are worth; writes docs/methods/calibration
	@$(BIN)/python tools/calibration.py

backtest: $(READY) ## Test the nowcasts on the releases in the warehouse; writes docs/methods/nowcast
	@$(BIN)/python tools/nowcast_backtest.py

picture: report ## Take the README's pictures of the scorecard, from the newest report
	@$(BIN)/python tools/picture.py

bench: $(READY) ## Measure it beside the usual tools (an hour; BENCH="--rounds 1" for less); writes docs/benchmarks.md
	@$(BIN)/python tests/bench/run.py $(BENCH)

lab: $(READY) ## Open the notebooks, the warehouse built first
	@$(BIN)/python -c 'from indicators import paths, warehouse; warehouse.ensure(paths.home(), print)'
	@$(BIN)/jupyter lab notebooks

clean: ## Remove what can be made again (never data/raw, never reports)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache data/processed/warehouse.* data/processed/cache
