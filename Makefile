# `make mnist` sets everything up and runs the main job; `make test` sets up and passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: mnist quick test docs numbers reproduce fuzz slow mutants lock clean

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

# The numbers of results/, written into the pages.
numbers: $(VENV)/installed
	$(BIN)/python -m tools.results pages

# The command of a row of results/ anew, its numbers beside those that the pages show.
reproduce: $(VENV)/installed
	$(BIN)/python -m tools.results reproduce $(ROW) $(if $(OF),--of $(OF))

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

# Every package is checked against the hashes in requirements/, which `make lock` writes. torch's
# build for processors is taken where pip finds it; the one for CUDA needs more packages.
LOCKED := $(BIN)/python -m pip install --quiet --no-deps --require-hashes
define install_torch_and_asynet
	$(LOCKED) -r requirements/torch-cpu.txt 2>/dev/null \
	  || $(LOCKED) -r requirements/torch.txt -r requirements/torch-cuda.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
endef

$(VENV)/installed: pyproject.toml requirements/run.txt | $(VENV)/bin/python
	$(LOCKED) -r requirements/run.txt
	$(install_torch_and_asynet)
	touch $@

$(VENV)/tested: pyproject.toml requirements/tested.txt | $(VENV)/bin/python
	$(LOCKED) -r requirements/run.txt -r requirements/tested.txt
	$(install_torch_and_asynet)
	touch $@ $(VENV)/installed

lock: | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/python tools/lock.py

clean:
	rm -rf $(VENV) runs
