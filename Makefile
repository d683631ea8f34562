# make demo: set up, and print the emotions of five sentences.
# make serve: set up, and serve emotions and the page at http://127.0.0.1:8000.
# make test: set up everything, and run the tests.

PYTHON ?= python3
VENV := .venv
DEMO_VENV := .venv-demo
SERVE_VENV := .venv-serve
BIN := $(VENV)/bin
DATA ?= ../shared/data/goemotions

.PHONY: help demo serve test lint train-model encoders evaluate load-test compare-servers older-cpu wheel clean

help:
	@grep -E '^# make' Makefile | sed 's/^# //'

$(DEMO_VENV)/.done: pyproject.toml
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

demo: $(DEMO_VENV)/.done
	@$(DEMO_VENV)/bin/emoticare predict --format table \
	  "I can't believe how thoughtful that was, I'm so touched." \
	  "I'm so proud of everything we've built together!" \
	  "I'm terrified of what might happen next." \
	  "This is the best day of my life!" \
	  "I don't really feel anything about it."

$(SERVE_VENV)/.done: pyproject.toml
	$(PYTHON) -m venv $(SERVE_VENV)
	$(SERVE_VENV)/bin/python -m pip install --quiet --editable '.[serve,telemetry]'
	@touch $@

serve: $(SERVE_VENV)/.done
	@$(SERVE_VENV)/bin/emoticare serve

# The pinned torch is the build for the CPU; any other request may bring gigabytes for a GPU.
$(VENV)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

test: $(VENV)/.done
	$(BIN)/python -m pytest

# For the tests that load an export with transformers 4 and with transformers.js.
.venv-transformers4/.done: constraints.txt
	$(PYTHON) -m venv .venv-transformers4
	.venv-transformers4/bin/python -m pip install --quiet --constraint constraints.txt torch
	.venv-transformers4/bin/python -m pip install --quiet --constraint constraints.txt 'transformers==4.57.*'
	@touch $@

.node/.done: tests/snippets/transformers_js/package.json
	mkdir -p .node
	cp $< .node/
	npm install --silent --ignore-scripts --no-package-lock --no-audit --no-fund --prefix .node
	@touch $@

# make lint: formatting, lint and types.
lint: $(VENV)/.done
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

# make encoders: bring the pretrained encoders into encoders/.
encoders: $(VENV)/.done
	$(BIN)/python -m emoticare.training.encoders encoders

# make train-model: train the embedded model again, from the encoder to runs/emoticare/model.
train-model: encoders
	$(BIN)/emoticare train --preset emoticare --data $(DATA) \
	  --base encoders/all-MiniLM-L6-v2 --out runs/emoticare --seed 0

# make evaluate: measure the embedded model on the test split.
evaluate: $(VENV)/.done
	$(BIN)/emoticare evaluate --data $(DATA) --split test

# make load-test: overload, slow clients, hang-ups, huge bodies and a soak, seven minutes (needs wrk).
load-test: $(VENV)/.done
	$(BIN)/python benchmarks/load_test.py

# make compare-servers: texts a second beside a plain FastAPI + HF pipeline server (needs wrk).
compare-servers: $(VENV)/.done
	$(BIN)/python benchmarks/compare_servers.py

# make older-cpu: the golden sentences under an emulated processor without VNNI (needs qemu-user).
older-cpu: $(VENV)/.done
	qemu-x86_64 -cpu Haswell $(BIN)/python -m pytest -p no:cacheprovider --timeout 1200 tests/test_golden.py

# make wheel: build the wheel into dist/.
wheel: $(VENV)/.done
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) $(DEMO_VENV) $(SERVE_VENV) .venv-transformers4 .node dist build screenshots
