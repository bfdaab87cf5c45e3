# Two commands matter: `make run` and `make test`. Everything they need is made below .venv/.
VENV ?= .venv
# The first Python that is 3.11 or 3.12 and works (a name on PATH may be a shim that fails).
PYTHON ?= $(shell for name in python3.12 python3.11 python3 python; do \
	$$name -c 'import sys, venv, sqlite3, ssl; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null && { echo $$name; break; }; done)
BIN = $(VENV)/bin

.PHONY: help run test check lint eval bench rasa rasa-environment clean
help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1 |/' | column -t -s '|'

run: $(VENV)/ready ## set up what is missing and serve on http://127.0.0.1:8080
	@$(BIN)/bussola serve

# The tests' own processes keep the cores busy: more threads in each would only wait for each other.
test: $(VENV)/ready-test ## set up what is missing, look at the code and run the whole suite
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest --numprocesses auto --maxprocesses 4

check: $(VENV)/ready ## look for mistakes in the content
	@$(BIN)/bussola check

lint: $(VENV)/ready-test ## ruff and mypy
	@$(BIN)/ruff check . && $(BIN)/mypy

eval: $(VENV)/ready ## measure understanding on tests/eval
	@$(BIN)/bussola eval tests/eval

bench: $(VENV)/ready-test ## speed and memory, beside an empty endpoint
	@$(BIN)/python benchmarks/serving.py

rasa-environment: $(VENV)/ready
	@$(BIN)/bussola rasa --install

rasa: $(VENV)/ready ## serve Rasa as the other NLU engine (makes its own environment; needs Python 3.10)
	@$(BIN)/bussola rasa

clean: ## remove the environment and everything learnt or stored here
	rm -rf $(VENV) .venv-rasa var

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Bussola needs Python 3.11 or 3.12, and none was found. Install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Making the environment with $$($(PYTHON) --version) in $(VENV)/ (once; some minutes)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -c constraints.txt torch==2.13.0
	@$(BIN)/pip install --disable-pip-version-check --quiet --progress-bar on -c constraints.txt -e .
	@touch $@

$(VENV)/ready-test: $(VENV)/ready
	@$(BIN)/pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[test]'
	@touch $@
