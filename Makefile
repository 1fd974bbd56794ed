# Everything a newcomer needs: only python3 (3.11 or newer, with venv) and make have to be there.
#   make demo   the whole chain with virtual wearers; ARGS='--port 8765 --no-browser' passes options on
#   make test   lint, types, tests
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# One more than there are cores: browser tests spend most of their time waiting for a set to be done.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
PAGE := dashboard/static/index.html
PAGE_SOURCES := $(shell find dashboard/web -type f -not -path '*/node_modules/*' 2>/dev/null)

.PHONY: demo test check lint types bench soak web lock system-packages clean

demo: $(VENV)/.run $(PAGE)
	@$(BIN)/tempoband demo $(ARGS)

test: $(VENV)/.dev system-packages $(PAGE) check
	$(BIN)/python -m pytest -m 'not soak' -n $(WORKERS) --dist loadfile --no-loadscope-reorder --reruns 2 --reruns-delay 1 $(ARGS)

check: $(VENV)/.dev $(PAGE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd dashboard/web && PATH="$(abspath $(BIN)):$$PATH" npm run --silent check

bench: $(VENV)/.dev $(PAGE)
	$(BIN)/python -m bench $(ARGS)

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -m soak --timeout 3600 $(ARGS)

web: $(PAGE)

$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("tempoband needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 cannot make virtual environments: install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m tempoband.app.running.preparation
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

$(PAGE): $(VENV)/.run $(PAGE_SOURCES)
	$(BIN)/python dashboard/build_hook.py
	@touch $@

system-packages:
	@$(BIN)/python tests/system_packages.py

lock:  # after a change of dependencies in pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra all --group build pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra all --group build --group dev --constraint requirements/run.txt pyproject.toml --output-file requirements/dev.txt

clean:
	rm -rf $(VENV) build dist dashboard/static dashboard/web/node_modules
