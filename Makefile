# The two commands of the README, and what development needs besides.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Test files side by side; each takes about 1 GB.
WORKERS ?= 2
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test lint bench data clean

demo: $(VENV)/.installed
	$(BIN)/roofpv demo demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.bench
	mkdir -p benchmarks/results
	$(BIN)/python benchmarks/run.py --json benchmarks/results/latest.json

# The bundled city and its weather, made anew from their scripts.
data: $(VENV)/.installed
	$(BIN)/python data/weather/generate.py
	$(BIN)/python data/buildings/generate.py

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'roofpv needs Python 3.11 or newer; give one with: make PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

$(VENV)/.test: $(VENV)/.installed
	$(PIP) -e ".[test]"
	touch $@

$(VENV)/.bench: $(VENV)/.installed
	$(PIP) -e ".[bench]"
	touch $@

$(VENV)/.lint: $(VENV)/.installed
	$(PIP) -e ".[lint]"
	touch $@

clean:
	rm -rf $(VENV) build dist demo .pytest_cache .mypy_cache .ruff_cache
