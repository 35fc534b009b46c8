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
LOCK    = $(VENV)/.installed-lock
CLUSTER = $(VENV)/.installed-cluster
PINS    = requirements
PIP     = $(BIN)/python -m pip --disable-pip-version-check install --no-deps
# Whole lists of pins with hashes: nothing is resolved, nothing is built, nothing else can come in.
LOCKED  = $(PIP) --progress-bar on --require-hashes --only-binary :all:

export DO_NOT_TRACK = 1

.PHONY: demo test test-browser check setup lint format soak bench train adapter mcp scale cluster test-cluster lake test-lake lock notices sbom clean help

help:            ## this list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: $(STAMP)   ## the whole path on sample data, then the dashboard on 127.0.0.1 (OPEN=0 stops after publishing)
	$(BIN)/hoshiyomi demo $(if $(filter 0,$(OPEN)),--no-open,--open) --port $(PORT)

test: $(DEV)     ## everything CI runs: format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 4 $(TESTS)

test-browser: $(BROWSER) ## every page in a real Chromium, both languages; pictures go to screenshots/
	@command -v "$${CHROMIUM:-chromium}" >/dev/null || { echo "make test-browser needs Debian's chromium and fonts-noto-cjk (or CHROMIUM=path)" >&2; exit 1; }
	$(BIN)/python -m pytest -n 3 --dist load -m "browser and not soak" tests/browser

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
	$(BIN)/python benchmarks/search.py

train: $(TRAIN)  ## make the bundled model again from its recipe (hours on two cores)
	$(BIN)/python -m models.training.recipe

adapter: $(STAMP) ## the optional app-store-scraper adapter, without its 2020 pins
	$(LOCKED) -r $(PINS)/adapter.txt

mcp: $(STAMP)    ## what `hoshiyomi mcp` needs besides, for assistants
	$(LOCKED) -r $(PINS)/mcp.txt

scale: $(STAMP)  ## what [scale] of hoshiyomi.toml needs besides: Dask, Ray, S3 (docs/scale.md)
	$(LOCKED) -r $(PINS)/scale.txt

cluster: $(CLUSTER) ## a cluster on this machine until Ctrl-C: PostgreSQL, Prefect, workers, Dask, Ray, S3, all on loopback
	$(BIN)/python -m tests.cluster.machine $(if $(FOLDER),--folder $(FOLDER))

test-cluster: $(CLUSTER) ## what needs such a cluster: the same predictions, nothing lost, nothing double (CLUSTER_KILLS=200)
	$(BIN)/python -m pytest -m cluster tests

lake: $(STAMP)   ## what [scale] warehouse = "ducklake" needs besides
	$(LOCKED) -r $(PINS)/lake.txt

test-lake: $(DEV) ## the tests of the warehouse on a DuckLake, with a catalog file and with one in PostgreSQL
	$(LOCKED) -r $(PINS)/lake.txt
	HOSHIYOMI_TEST_WAREHOUSE=ducklake $(BIN)/python -m pytest -n 3 tests/warehouse

lock: $(LOCK)    ## work out the pins of requirements/ from pyproject.toml (UPGRADE=1: the newest that fit)
	$(BIN)/python $(PINS)/lock.py $(if $(UPGRADE),--upgrade)

notices: $(STAMP) ## write THIRD_PARTY_NOTICES.md from what the pinned packages say of themselves
	$(BIN)/python $(PINS)/notices.py > THIRD_PARTY_NOTICES.md

sbom: $(DEV)     ## write sbom.json: what the program consists of, as CycloneDX
	$(BIN)/python $(PINS)/sbom.py > sbom.json

clean:           ## forget the environment (data stays)
	rm -rf $(VENV)

$(BIN)/python:
	@echo "[1/2] making $(VENV) with $(PYTHON)"
	$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml $(PINS)/build.txt $(PINS)/runtime.txt | $(BIN)/python
	@echo "[2/2] installing the pinned packages (a few minutes the first time)"
	$(LOCKED) -r $(PINS)/build.txt
	$(LOCKED) -r $(PINS)/runtime.txt
	$(PIP) --no-build-isolation -e .
	@touch $@

$(DEV): $(STAMP) $(PINS)/dev.txt
	@echo "installing the development tools"
	$(LOCKED) -r $(PINS)/dev.txt
	@touch $@

$(BROWSER): $(DEV) $(PINS)/browser.txt
	@echo "installing what drives the browser"
	$(LOCKED) -r $(PINS)/browser.txt
	@touch $@

$(CLUSTER): $(DEV) $(PINS)/scale.txt $(PINS)/cluster.txt
	@echo "installing Dask, Ray and an S3 server"
	$(LOCKED) -r $(PINS)/scale.txt
	$(LOCKED) -r $(PINS)/cluster.txt
	@touch $@

$(LOCK): $(STAMP) $(PINS)/lock.txt
	$(LOCKED) -r $(PINS)/lock.txt
	@touch $@

# PyTorch for graphics cards brings gigabytes of its own; a build for processors that is there stays.
$(TRAIN): $(STAMP) $(PINS)/train.txt $(PINS)/train-cuda.txt
	@echo "installing the training tools (PyTorch among them)"
	$(LOCKED) -r $(PINS)/train.txt
	if $(BIN)/python -c 'from importlib.metadata import version as v; exit("+" in v("torch"))'; \
	  then $(LOCKED) -r $(PINS)/train-cuda.txt; else echo "PyTorch is its build for processors"; fi
	@touch $@
