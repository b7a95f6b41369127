# make demo | test | lint | bench | serve: each makes .venv first, with everything pinned in constraints.txt
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS ?= test
STAMP := $(VENV)/.installed-$(EXTRAS)
# The benchmark of grouping compares with other groupers, which nothing else needs.
BENCH_STAMP := $(VENV)/.installed-$(EXTRAS),bench

.PHONY: demo test lint bench bench-api kill-server serve clean constraints

demo: $(STAMP)
	$(BIN)/tongchou demo

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.grouper
	$(BIN)/python -m benchmarks.benefit
	$(BIN)/python -m benchmarks.ledger
	$(BIN)/python -m benchmarks.intake_lists

# The place under load: 500 requests a second, the pages, the memory of 50 open ones. CASES=1000000 FOLDER=bench for more.
CASES ?= 60000
bench-api: $(STAMP)
	$(BIN)/python -m benchmarks.api --cases $(CASES) $(if $(FOLDER),--folder $(FOLDER))

# The demo county with a user for each role; it is made the first time. Another region: tongchou serve --region DIR
serve: $(STAMP)
	$(BIN)/tongchou serve --demo

# The server killed twenty times at each step: computing, posting, receiving a file, examining it, taking it in.
kill-server: $(STAMP)
	$(BIN)/python -m benchmarks.kill_server
	$(BIN)/python -m benchmarks.kill_upload

$(VENV)/.installed-%: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable '.[$*]'
	touch $@

constraints:
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --all-extras --python-version 3.11 pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) demo
