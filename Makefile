# `make mnist` sets everything up and runs the main job; `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: mnist quick test docs fuzz slow mutants clean

mnist: $(VENV)/installed
	$(BIN)/python -m asynet.run studies/mnist_stdp.yaml

quick: $(VENV)/installed
	$(BIN)/python -m asynet.run studies/mnist_stdp_quick.yaml

test: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/numpydoc lint $$(find asynet -name '*.py')
	$(MAKE) docs
	$(BIN)/python -m pytest -n 2 --durations=10

# The documentation, in docs/_build/html; a link that leads nowhere, or any other warning, is an error.
docs: $(VENV)/tested
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

# Fresh random examples in every property test, ten times as many; the seed is printed.
fuzz: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=fuzz -m 'not slow' --hypothesis-show-statistics -k 'not benchmarks'

slow: $(VENV)/tested
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,neuro,sweep,docs,notebooks]'
	$(BIN)/python -m pytest -m slow

# Small faults, one at a time in a copy of the code, each of which the tests must notice.
mutants: $(VENV)/tested
	$(BIN)/python tools/mutants.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/tested: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,neuro,sweep,docs]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) runs
