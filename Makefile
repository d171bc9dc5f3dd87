# Every command that a developer or an operator needs. `make` alone lists them.
SHELL := /bin/bash
PYTHON ?= $(shell for v in 3.11 3.12 3.13; do command -v python$$v && break; done || echo python3)
BIN := .venv/bin
WORKERS ?= auto
# Without it, each process of the tests and each server in them would compile all of their modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo serve unit test lint types docs bench fuzz soak clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## (.*)/\1\t\2/' | expand -t 10

setup: .venv/.ready ## everything pinned into .venv, kernels built

# The editable install keeps a list of packages, so a new one is installed too.
.venv/.ready: requirements/dev.txt requirements/build.txt pyproject.toml native/CMakeLists.txt \
  $(wildcard native/*.cpp native/*.hpp) $(shell find src -name __init__.py)
	./scripts/setup $(PYTHON)
	touch $@

demo: setup ## start a server on a temporary folder and take sample files through every export (ARGS=--exit ends afterwards)
	$(BIN)/outfeed demo $(ARGS)

serve: setup ## serve ./data on 127.0.0.1:8080
	$(BIN)/outfeed serve $(ARGS)

unit: setup ## the unit tests that are not slow, properties on a tenth of their examples: about a minute on two cores
	OUTFEED_EXAMPLES_SHARE=0.1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not slow" tests/unit $(ARGS)

test: setup lint types ## all tests, and what they need
	./scripts/test-needs
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(ARGS)

lint: setup ## ruff, all rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## mypy, strict, on package, tests and bench
	$(BIN)/mypy

docs: setup ## rewrite what the documents have from the code: tables, and the pictures of the gallery
	$(BIN)/python scripts/make_gallery.py
	$(BIN)/python scripts/make_drawings.py
	$(BIN)/python scripts/write_docs.py

bench: setup ## our numbers beside the peers', into bench/results and the README
	$(BIN)/python bench/run.py $(ARGS)
	$(BIN)/python scripts/write_docs.py

soak: setup ## 200 random kill -9 over upload, import, export and download
	OUTFEED_SOAK_KILLS=200 $(BIN)/pytest -s tests/acceptance/test_kills.py

fuzz: setup ## kernels under sanitizers, and random damage to every format and every door, long form
	./scripts/test-needs
	$(BIN)/python scripts/fuzz_kernels.py
	OUTFEED_EXAMPLES_SHARE=20 OUTFEED_FUZZ_EXAMPLES=20000 OUTFEED_FUZZ_MUTANTS=2000 \
	  $(BIN)/pytest -n $(WORKERS) -k "fuzz or property or hypothesis"

clean: ## remove .venv and build folders
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache
