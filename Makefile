# Two commands for a new user: `make demo` and `make test`. Both make .venv first; a second run is instant.
# Options go through ARGS: make demo ARGS="--for 60s --json"

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help install demo test lint types imports pytest explore fuzz-api fuzz-decode bench storm effects oracles intervals docs pictures survey clean

ARGS ?=
WORKERS ?= 2
EXAMPLES ?= 2000
ROUNDS ?= 10
BIN := .venv/bin
PACKAGES := nearcart_contract nearcart_edge nearcart_gateway nearcart_measure nearcart_sim nearcart

help:
	@echo "make demo       a simulated shop, live, with a page on http://127.0.0.1:8080 (Ctrl-C stops it)"
	@echo "make test       every check and test"
	@echo "make explore    the property tests with new random examples each time; ROUNDS=10 rounds of them"
	@echo "make fuzz-api   the HTTP API under schemathesis for long (EXAMPLES=2000 an operation)"
	@echo "make bench      the benchmarks, JSON on standard output"
	@echo "make fuzz-decode  two million random and mutated payloads through decode"
	@echo "make storm      visits through a gateway that is killed again and again; ARGS=\"--visits 100000 --seconds 3600\""
	@echo "make intervals  the lift's intervals against worlds whose truth is known; ARGS=\"--replications 10000\""
	@echo "make effects    whether reports find what simulated offers truly cause, in six kinds of shop; 200 seeds of each take 20 minutes of processor time; ARGS=\"--seeds 50\""
	@echo "make oracles    record the figures of the lift's statistics again, with the field's own packages"
	@echo "make theengs    an unmodified Theengs Gateway from PyPI, heard as an edge"
	@echo "make install    only the virtual environment, in .venv"
	@echo "make docs       write the generated pages of docs/ again"
	@echo "make pictures   draw the true and believed paths of docs/accuracy.md again"
	@echo "make survey     docs/survey.md followed for five minutes: a browser taps while a simulated tag walks past recorded radios"
	@echo "make clean      remove .venv and caches"

# Standard output stays clean for --json: whatever set-up says goes to standard error.
.venv/installed-demo: pyproject.toml scripts/bootstrap deploy/apt-demo.txt
	@scripts/bootstrap demo >&2

.venv/installed-dev: pyproject.toml scripts/bootstrap deploy/apt-demo.txt deploy/apt-test.txt
	@scripts/bootstrap dev >&2

install: .venv/installed-dev

demo: .venv/installed-demo
	@exec $(BIN)/nearcart demo $(ARGS)

test: lint types imports pytest

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))

imports: .venv/installed-dev
	$(BIN)/lint-imports

pytest: .venv/installed-dev
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

explore: .venv/installed-dev
	@for round in $$(seq $(ROUNDS)); do echo "round $$round of $(ROUNDS)"; NEARCART_HYPOTHESIS=explore $(BIN)/pytest -q -n $(WORKERS) -m hypothesis $(ARGS) || exit 1; done

fuzz-api: .venv/installed-dev
	NEARCART_HYPOTHESIS=explore NEARCART_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/pytest -n $(WORKERS) --timeout=0 tests/gateway/web/rest/test_schemathesis.py $(ARGS)

bench: .venv/installed-dev
	@scripts/bench $(ARGS)

fuzz-decode: .venv/installed-dev
	@$(BIN)/python benchmarks/fuzz_decode.py $(ARGS)

storm: .venv/installed-dev
	@$(BIN)/python benchmarks/storm.py $(ARGS)

effects: .venv/installed-dev
	@$(BIN)/python benchmarks/effects.py $(ARGS)

oracles:
	@scripts/oracles

theengs: .venv/installed-dev build/theengs/installed
	@$(BIN)/python benchmarks/theengs.py $(ARGS)

# Somebody else's program under its own licence (GPL-3.0), in an environment of its own: never a part of nearcart.
build/theengs/installed:
	python3 -m venv build/theengs
	build/theengs/bin/pip install --quiet TheengsGateway==1.8.0
	@touch $@

intervals: .venv/installed-dev
	@$(BIN)/python -m benchmarks.intervals $(ARGS)

docs: .venv/installed-dev
	@$(BIN)/nearcart schema build/schema
	@cp build/schema/mqtt.md docs/mqtt.md

pictures: .venv/installed-dev
	@scripts/walk-pictures

survey: .venv/installed-dev
	NEARCART_SURVEY_LEGS=90 $(BIN)/pytest -q -n 0 tests/cli/test_survey_live.py $(ARGS)

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
