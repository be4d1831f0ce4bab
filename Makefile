# Everything a newcomer needs: `make demo`, `make test`. Nothing but Python 3.10+ and make is assumed.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LOWEST := .venv-minimum
DATA   ?= ../shared/data
SEEDS  ?= 5
SEED   ?= $(shell date +%Y%m%d)
EXAMPLES ?= examples/[0-9]*.py
# Seconds that an example may take, by the clock: run them on a machine that does nothing else.
LONGEST  ?= 120
# Small networks gain little from a second thread: one thread for each of several processes.
TESTS  := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test test-minimum nightly check conformance bench bench-images bench-speed bench-gpu figures examples docs architecture release-check clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(STAMP)  ## set up, then show the main job on embedded tables (writes demo-output/)
	$(BIN)/sdv-fair4free demo --output demo-output

test: $(STAMP)  ## set up, then lint, type-check, build the documentation site and run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(MAKE) docs
	$(TESTS)

$(LOWEST)/.installed: pyproject.toml constraints-minimum.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade pip
	$(LOWEST)/bin/python -m pip install --quiet --constraint constraints-minimum.txt torch
	$(LOWEST)/bin/python -m pip install --quiet --constraint constraints-minimum.txt --editable '.[images,parquet]' pytest pytest-xdist hypothesis 'setuptools>=77'
	touch $@

test-minimum: $(LOWEST)/.installed  ## run tests with the lowest versions but torch's; none of Dask, site, notebooks, build, mypy
	OMP_NUM_THREADS=1 $(LOWEST)/bin/python -m pytest -n auto --maxprocesses 8 --dist worksteal

nightly: $(STAMP)  ## try 500 random tables, others on each day (SEED=number repeats one); stops at what fails
	FAIR4FREE_TABLES=nightly OMP_NUM_THREADS=1 $(BIN)/python -m pytest tests/property \
		--hypothesis-seed=$(SEED) --hypothesis-show-statistics

check: $(STAMP)  ## the quick half of `make test`: format, lint, types, unit tests
	$(BIN)/ruff format .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/unit -x -q

bench: $(STAMP)  ## measure all of docs/benchmarks*.md (DATA=folder SEEDS=5); hours, goes on where it stopped
	$(BIN)/python -m sdv_fair4free.benchmark --data $(DATA) --seeds $(SEEDS) --folder bench-output --output docs/benchmarks.md
	$(BIN)/python -m sdv_fair4free.benchmark.reach --data $(DATA)/adult --seeds $(SEEDS) --output docs/benchmarks.md
	$(BIN)/python -m sdv_fair4free.benchmark.quoted
	$(MAKE) bench-images
	$(MAKE) bench-speed
	$(BIN)/python -m sdv_fair4free.benchmark.tables --data $(DATA)/adult --output docs/benchmarks-tables.md

bench-images: $(STAMP)  ## measure pictures for docs/benchmarks.md (DATA=folder with mnist/); half an hour
	$(BIN)/python -m sdv_fair4free.benchmark.images --data $(DATA)/mnist --folder bench-output --output docs/benchmarks.md

bench-speed: $(STAMP)  ## measure speed and growth for docs/benchmarks.md (DATA=folder with adult/); over an hour
	$(BIN)/python -m sdv_fair4free.benchmark.speed --data $(DATA)/adult --folder bench-output --output docs/benchmarks.md --sampling docs/benchmarks-sampling.md
	$(BIN)/python -m sdv_fair4free.benchmark.growth --folder bench-output --output docs/benchmarks.md

bench-gpu: $(STAMP)  ## measure a GPU for docs/benchmarks.md (DATA=folder with adult/, mnist/); minutes, 20 GB of memory
	$(BIN)/python -m sdv_fair4free.benchmark.gpu --data $(DATA) --output docs/benchmarks.md

figures: $(STAMP)  ## draw the figures of docs/how-it-works.md anew (DATA=folder with adult/); a minute
	$(BIN)/python -m sdv_fair4free.benchmark.figures --data $(DATA)/adult --folder docs/images --page docs/how-it-works.md

examples: $(STAMP)  ## run every example, and tell how long each takes; fails where one takes over two minutes
	@slow=''; \
	for file in $(EXAMPLES); do \
		start=$$(date +%s); \
		$(BIN)/python $$file > /dev/null || { echo "$$file failed" >&2; exit 1; }; \
		took=$$(($$(date +%s) - start)); \
		echo "$$took s  $$file"; \
		if [ $$took -gt $(LONGEST) ]; then slow="$$slow $$file"; fi; \
	done; \
	if [ -n "$$slow" ]; then echo "more than $(LONGEST) s:$$slow" >&2; exit 1; fi

conformance: $(STAMP)  ## check what SDV's users expect, for ours and for SDV's TVAE (writes docs/conformance.md)
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.conformance

docs: $(STAMP)  ## build the documentation site into site/, strictly: open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

architecture: $(STAMP)  ## draw the diagram and the table of docs/architecture.md from the imports
	$(BIN)/python -m tests.architecture

release-check: $(STAMP)  ## build source archive and wheel, and put the wheel to work in a clean environment
	$(BIN)/python tools/changelog.py --check
	$(BIN)/python -m pytest tests/integration/test_release.py

clean:  ## remove what the commands above made
	rm -rf $(VENV) $(LOWEST) build dist site *.egg-info demo-output bench-output .pytest_cache .mypy_cache .ruff_cache .hypothesis
