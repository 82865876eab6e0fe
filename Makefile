# Two commands are enough: `make report` and `make test`. Each installs the environment if it is missing.
.DELETE_ON_ERROR:
.PHONY: help setup report data test check test-browser lint thorough faults audit calibrate power backtest fuzz docs edition new-source picture bench lab clean
PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE  # otherwise each process compiles the project again
BIN := .venv/bin
READY := .venv/.ready
AXE := .venv/node_modules/axe-core/axe.min.js
LIGHTHOUSE := .venv/node_modules/.bin/lighthouse

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: $(READY) ## Install the environment from the lock, hashes checked

$(READY): requirements.lock pyproject.toml
	@echo "Installing the environment (once; uses the network) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 setup")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --editable .
	@touch $@

report: $(READY) ## Make the quarterly report in both languages (QUARTER=2025Q4)
	@$(BIN)/indicators report $(QUARTER)

data: $(READY) ## Download the newest files of the agencies (SOURCES="cbp_drugs rnpdno")
	@$(BIN)/indicators fetch $(SOURCES)

test: $(READY) ## Run the fast tests (90 seconds on two cores)
	@$(BIN)/python -m pytest

check: $(READY) $(LIGHTHOUSE) ## Run style, types, all tests, the report and its pages in a browser, as the CI does
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m pytest -m "not browser and not thorough"
	@$(MAKE) --no-print-directory report
	@$(MAKE) --no-print-directory test-browser

test-browser: $(READY) $(LIGHTHOUSE) ## Run the tests in a headless browser (chromium, axe-core, lighthouse)
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -qq -y chromium)
	@AXE_CORE="$$PWD/$(AXE)" LIGHTHOUSE="$$PWD/$(LIGHTHOUSE)" $(BIN)/python -m pytest -m "browser and not thorough" -n 0

$(LIGHTHOUSE): $(READY)
	@npm install --silent --no-save --no-package-lock --prefix .venv axe-core@4.14.1 lighthouse@12.8.2
	@touch $@

lint: $(READY) ## Check style and types
	@$(BIN)/ruff check src tests tools && $(BIN)/ruff format --check src tests tools && $(BIN)/mypy

thorough: $(READY) ## Run the tests that take minutes: disk faults, changed copies of real releases, the report by kernels
	@$(BIN)/python -m pytest -m thorough

faults: $(READY) ## Break add, build and report at every write to the disk
	@INDICATORS_FAULTS=all $(BIN)/python -m pytest -m thorough tests/faults -rP

audit: $(READY) ## Check the locked dependencies for security advisories (uses the network)
	@$(BIN)/uv tool run --quiet pip-audit==2.9.0 -r requirements.lock --disable-pip --require-hashes --strict --progress-spinner off

FOR ?= 60

fuzz: $(READY) ## Fuzz every reader for 60 seconds (FOR=600)
	@test -d .venv/fuzz || $(BIN)/uv pip install --quiet --python $(BIN)/python --target .venv/fuzz atheris==3.0.0 || true
	@PYTHONPATH=.venv/fuzz:tests $(BIN)/python -m fuzz.readers $(FOR)

docs: $(READY) ## Write docs/reference and the licences from code and catalogue
	@$(BIN)/python tools/reference_docs.py

edition: $(READY) ## Write data/processed/edition from the warehouse, as catalog/edition.toml declares it
	@$(BIN)/python tools/edition.py

new-source: $(READY) ## Begin a source with stubs (NAME=agency_series TABLE= MEASURE=)
	@$(BIN)/python tools/new_source.py $(if $(TABLE),--table $(TABLE)) $(if $(MEASURE),--measure $(MEASURE)) -- $(NAME)

calibrate: $(READY) ## Simulate intervals and alarms and write docs/methods/calibration
	@$(BIN)/python tools/calibration.py

power: $(READY) ## Plant faults in the releases of the store and write docs/methods/checks
	@$(BIN)/python tools/check_power.py

backtest: $(READY) ## Test the nowcasts on past releases and write docs/methods/nowcast
	@$(BIN)/python tools/nowcast_backtest.py

picture: report ## Take the README's pictures from the newest report
	@$(BIN)/python tools/picture.py

bench: $(READY) ## Measure speed beside other tools and write docs/benchmarks.md (an hour; BENCH="--rounds 1")
	@$(BIN)/python tests/bench/run.py $(BENCH)

lab: $(READY) ## Build the warehouse and open the notebooks
	@$(BIN)/python -c 'from indicators import paths, warehouse; warehouse.ensure(paths.home(), print)'
	@$(BIN)/jupyter lab notebooks

clean: ## Remove caches and the warehouse (never data/raw or reports)
	@rm -rf .pytest_cache .mypy_cache .ruff_cache data/processed/warehouse.* data/processed/cache
