# make help lists the targets. Needs python3 (3.11+) with venv, make and git.
PYTHON ?= python3
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
PROMPT ?= Find all TODO comments in the codebase

.DEFAULT_GOAL := help
.PHONY: help run setup setup-dev setup-real test check bench soak reference docs pictures binary locales plurals lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.run: pyproject.toml requirements/run.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	touch $@

setup: $(VENV)/.run ## install opencode into .venv

setup-dev: $(VENV)/.dev ## the same with what the tests need

run: setup ## install and open opencode here; without a terminal do one job on the keyless default
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/opencode; \
	else exec $(BIN)/opencode run -m offline/rules "$(PROMPT)"; fi

test: setup-dev ## the suite; what fails under load gets one more try, alone
	$(BIN)/pytest -q -n 5 --dist worksteal || $(BIN)/pytest -q --last-failed --last-failed-no-failures none

setup-real: ## programs and servers for the tests that need them (Debian, root; npm)
	./.ci/setup-real
	./.ci/setup-real-servers

check: setup-dev ## format, lint, types, floors, and the wheel in a bare environment
	$(BIN)/ruff format --check src
	$(BIN)/ruff check src
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	./.ci/check-wheel

bench: setup-dev ## figures, as ratios against a reference in the same run
	$(BIN)/python -m opencode.tests.bench

soak: setup-dev ## long runs: kill -9, fuzzing
	$(BIN)/python -m opencode.tests.bench.soak
	HYPOTHESIS_PROFILE=soak $(BIN)/pytest -q --timeout 600 $$(grep -rl "from hypothesis" src/opencode/tests/unit --include=test_*.py)

locales: setup-dev ## write the English of commands and errors into locales/en.json
	$(BIN)/python -m opencode.tests.catalogue

plurals: setup-dev ## write the plural rules of all languages from CLDR
	$(BIN)/python -m opencode.tests.plural_rules
	$(BIN)/ruff format --quiet src/opencode/i18n/plural_table.py

lock: setup-dev ## pin every dependency with its hashes
	./.ci/lock

reference: setup-dev ## write what the code knows itself into docs/: settings, tools, errors, transcripts
	$(BIN)/python .ci/reference
	$(BIN)/python -m opencode.tests.replay

docs: setup-dev ## the documentation as a site in build/site (extra docs)
	$(BIN)/python -c 'import material' 2>/dev/null || $(BIN)/pip install --quiet -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

pictures: setup-dev ## take the pictures of docs/pictures from the running program
	$(BIN)/python -m opencode.tests.pictures

binary: setup-dev ## one runnable file for this platform, dist/opencode-PLATFORM/bin/opencode, tried out
	$(BIN)/python .ci/binary
	./.ci/check-binary

clean: ## remove what was built
	rm -rf dist build .pytest_cache .ruff_cache
