# Everything runs in .venv; nothing else is needed but Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
DOCS_IN_TESTS := tests/test_talks.py tests/test_readme.py

.PHONY: install run test lint bench docs lock

install: .venv/installed

.venv/installed: pyproject.toml requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 以上が必要です")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	touch $@

run: install
	$(BIN)/python app.py demo

test: install
	$(BIN)/python -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python app.py flows --check

bench: install
	$(BIN)/python -m bench

docs: install
	$(BIN)/python app.py flows
	WRITE_DOCS=1 $(BIN)/python -m pytest $(DOCS_IN_TESTS)

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check '.[test]'
	.venv-lock/bin/python -m pip freeze --exclude kyosai-line > requirements.lock
	rm -rf .venv-lock
