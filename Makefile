# `make mnist` sets everything up and runs the main job; `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: mnist quick test fuzz slow mutants clean

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
	$(BIN)/python -m pytest -n 2 --durations=10

# Fresh random examples in every property test, ten times as many; the seed is printed.
fuzz: $(VENV)/tested
	$(BIN)/python -m pytest -n 2 --hypothesis-profile=fuzz -m 'not slow' --hypothesis-show-statistics -k 'not benchmarks'

slow: $(VENV)/tested
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,neuro,sweep,notebooks]'
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
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,neuro,sweep]'
	touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) runs
