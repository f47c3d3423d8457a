# The commands of the project; `make help` lists them.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data
export UV_PYTHON_DOWNLOADS := never
.DEFAULT_GOAL := help
.PHONY: help install run reset test lint unit unit-sqlite unit-postgresql projects faults e2e bench bench-attendance bench-exam-day messages lock

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

$(VENV)/bin/uv: requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=...)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.run-installed: requirements/run.txt $(VENV)/bin/uv
	@test -e $(VENV)/.test-installed || $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/run.txt
	@test ! -e $(VENV)/.test-installed || $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/run.txt
	@touch $@

$(VENV)/.test-installed: requirements/test.txt $(VENV)/bin/uv
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/test.txt
	@touch $@ $(VENV)/.run-installed

install: $(VENV)/.run-installed ## create the environment and install the pinned packages

run: $(VENV)/.run-installed ## start the site with demo data (HOST= PORT= DATA=)
	@LMS_DATA_DIR="$(DATA)" $(BIN)/python -m config.serve --host "$(HOST)" --port "$(PORT)"

reset: $(VENV)/.run-installed ## throw the data folder away and start over with the next `make run` (DATA=)
	@LMS_DATA_DIR="$(DATA)" $(BIN)/python -m config.serve --reset

test: $(VENV)/.test-installed ## install what the tests need and run all of them
	@$(BIN)/python -m tests.machine
	@$(BIN)/python -m tests.run

lint: $(VENV)/.test-installed ## style, types, layers, migrations, translations
	@$(BIN)/python -m tests.lint

unit: unit-sqlite unit-postgresql ## unit and integration tests on both databases

unit-sqlite: $(VENV)/.test-installed ## unit and integration tests on SQLite
	@$(BIN)/python -m tests.run unit-sqlite

unit-postgresql: $(VENV)/.test-installed ## unit and integration tests on PostgreSQL
	@$(BIN)/python -m tests.run unit-postgresql

projects: $(VENV)/.test-installed ## each plug-in alone
	@$(BIN)/python -m tests.run projects

faults: $(VENV)/.test-installed ## a hundred sittings while workers, database and clocks fail (needs PostgreSQL)
	@$(BIN)/python -m tests.run faults

e2e: $(VENV)/.test-installed ## browser tests (SQLite, then PostgreSQL)
	@$(BIN)/python -m tests.machine
	@$(BIN)/python -m tests.run e2e-sqlite e2e-postgresql

bench: $(VENV)/.test-installed ## measure the hot paths against their floors (needs PostgreSQL)
	@$(BIN)/python -m bench

bench-attendance: $(VENV)/.test-installed ## check-ins under load and faults (needs PostgreSQL, about 9 minutes)
	@$(BIN)/python -m bench.attendance

bench-exam-day: $(VENV)/.test-installed ## an exam day for 50 to 500 learners, and ten times the load (needs PostgreSQL, about 15 minutes)
	@$(BIN)/python -m bench.exam_day

messages: $(VENV)/.test-installed ## collect and compile the messages of every app
	@$(BIN)/python -m tests.messages

lock: $(VENV)/bin/uv ## compile the requirement files from pyproject.toml
	@$(BIN)/uv pip compile pyproject.toml -o requirements/run.txt --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --no-header -q
	@$(BIN)/uv pip compile pyproject.toml --extra test -c requirements/run.txt -o requirements/test.txt --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --no-header -q
