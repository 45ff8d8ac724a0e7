# Everything runs in .venv, which the first target that needs it builds.

PYTHON ?= python3
BIN := .venv/bin
# What is installed is compiled when it is first imported: most of it never is.
QUIETLY := --quiet --disable-pip-version-check --no-compile
# Thousands of small databases are made and thrown away: in memory, where there is room (kB).
ROOM := $(shell df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 && $$4 > 4000000 { print "/dev/shm" }')
SCRATCH := $(or $(ROOM),$(TMPDIR),/tmp)

.PHONY: demo test test-thorough test-browser screenshots lint audit bench bench-compare bench-large catalogues chaos clean
.DELETE_ON_ERROR:

demo: .venv/.installed
	$(BIN)/htbot demo

# More workers than processors: much of the suite waits, for servers and clocks.
# Without compiled files each worker and each process of a test would compile anew.
test: .venv/.tests-installed
	unset PYTHONDONTWRITEBYTECODE; TMPDIR=$(SCRATCH) \
	$(BIN)/python -m pytest -n $$($(BIN)/python -c 'import os; print((os.cpu_count() or 1) * 5 // 2)')

# The tests that draw at random, with all of their draws.
test-thorough: .venv/.tests-installed
	HT_THOROUGH=1 TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -n 2 $$(grep -rl --include='test_*.py' 'tests.thorough import' tests)

lint: .venv/.lint-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# In an environment of its own, which nothing else is looked up with. Without a network there
# is no such tool, and .ci/audit says that nothing was audited.
audit: .venv/bin/python
	test -x .venv/audit/bin/pip-audit || $(PYTHON) -m venv .venv/audit
	test -x .venv/audit/bin/pip-audit || .venv/audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3' || true
	$(BIN)/python .ci/audit

test-browser: .venv/.browser-installed
	$(BIN)/python -m pytest tests/browser

screenshots: .venv/.browser-installed
	$(BIN)/python -m tests.browser.pictures

# All of it, or PARTS: make bench PARTS='start memory'. Nothing is asserted.
bench: .venv/.tests-installed
	$(if $(PARTS),,$(BIN)/python -m tests.bench.disclosure)
	$(BIN)/python -m tests.bench $(PARTS)

# Two runs beside each other: make bench-compare OLD=before.json NEW=build/bench.json
bench-compare: .venv/.tests-installed
	$(BIN)/python -m tests.bench.compare $(OLD) $(NEW)

bench-large: .venv/.tests-installed
	$(BIN)/python -m tests.bench.disclosure --large

# Brings what translators fill in up to date with what the source says.
catalogues: .venv/.tests-installed
	$(BIN)/python -m tests.catalogues

chaos: .venv/.tests-installed
	$(BIN)/python -m tests.chaos

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "htbot needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install $(QUIETLY) -c constraints.txt -e .
	touch $@

.venv/.tests-installed: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install $(QUIETLY) -c constraints.txt -e '.[test]'
	touch $@ .venv/.installed

.venv/.lint-installed: .venv/.tests-installed
	$(BIN)/python -m pip install $(QUIETLY) -c constraints.txt -e '.[test,lint]'
	touch $@

.venv/.browser-installed: .venv/.tests-installed
	$(BIN)/python -m pip install $(QUIETLY) -c constraints.txt -e '.[test,browser]'
	touch $@

clean:
	rm -rf .venv build dist *.egg-info
