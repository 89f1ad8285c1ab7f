# Inkveil: `make run` and `make test` are all the set-up there is.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PORT ?= 8501
BENCHES := ledger read merge detect redact workbench workbench_view reviewers kills certify

.PHONY: run test test-all test-libraries check bench setup tesseract browser clean lock

run: setup tesseract
	$(BIN)/inkveil serve --port $(PORT)

# Style, types, import directions and every test but the slow ones, browser tests included.
test: setup tesseract browser check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-all: setup tesseract browser check
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

# The OCR libraries of docs/local-engines.md themselves, in an environment of their own: 9 GB, not in CI.
LIBRARIES := .venv-libraries
test-libraries: $(LIBRARIES)/.ready
	OMP_NUM_THREADS=1 $(LIBRARIES)/bin/python -m pytest -W ignore tests/engines_local

$(LIBRARIES)/.ready: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Inkveil needs Python 3.11 or newer." >&2; exit 1; }
	$(PYTHON) -m venv $(LIBRARIES)
	$(LIBRARIES)/bin/python -m pip install -q --disable-pip-version-check pytest pytest-timeout \
		-e '.[doctr,easyocr,got-ocr,kraken,line-models,yomitoku]'
	$(LIBRARIES)/bin/python -m pip install -q --disable-pip-version-check --no-deps 'kraken>=7.1,<8'
	$(LIBRARIES)/bin/python -m pip install -q --disable-pip-version-check 'paddleocr>=3.7,<4' 'paddlepaddle>=3.3,<4'
	@touch $@

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Accuracy and speed: ratios and CPU seconds beside the bare engine or tool; see bench/RESULTS.md.
bench: setup tesseract browser
	for b in $(BENCHES); do echo "== bench/$$b.py"; $(BIN)/python bench/$$b.py || exit 1; done

setup: $(BIN)/.ready

# The lock is complete: --no-deps keeps pip from asking the index for newer releases of what an extra names.
$(BIN)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Inkveil needs Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing: apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . >.venv/install.log 2>&1 \
		|| { cat .venv/install.log >&2; exit 1; }
	@touch $@

tesseract:
	@sh scripts/system_packages.sh tesseract

browser:
	@sh scripts/system_packages.sh browser

lock: setup
	$(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .venv-libraries build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
