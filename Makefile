# make demo | test | lint | bench | serve: each makes .venv first, with everything pinned in constraints.txt
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS ?= test
STAMP := $(VENV)/.installed-$(EXTRAS)
# The benchmark of grouping compares with other groupers, which nothing else needs.
BENCH_STAMP := $(VENV)/.installed-$(EXTRAS),bench

.PHONY: demo test lint bench serve clean constraints

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

# There are no pages yet: this settles the demo county and opens its report in the browser.
serve: $(STAMP)
	$(BIN)/tongchou demo --serve

$(VENV)/.installed-%: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt --editable '.[$*]'
	touch $@

constraints:
	$(BIN)/uv pip compile --quiet --no-annotate --no-header --all-extras --python-version 3.11 pyproject.toml -o constraints.txt

clean:
	rm -rf $(VENV) demo
