# make demo: set up, and print the emotions of five sentences.
# make serve: set up, and serve emotions and the page at http://127.0.0.1:8000.
# make test: set up everything, and run the tests.

PYTHON ?= python3
VENV := .venv
DEMO_VENV := .venv-demo
SERVE_VENV := .venv-serve
BIN := $(VENV)/bin
DATA ?= ../shared/data/goemotions

.PHONY: help demo serve test lint docs model embed pictures accuracy corpus everyday encoders moderation evaluate \
  bench bench-check load-test compare-servers page-budget older-cpu trust mutants wheel clean

help:
	@grep -E '^# make' Makefile | sed 's/^# //'

$(DEMO_VENV)/.done: pyproject.toml
	$(PYTHON) -m venv $(DEMO_VENV)
	$(DEMO_VENV)/bin/python -m pip install --quiet --editable .
	@touch $@

demo: $(DEMO_VENV)/.done
	@$(DEMO_VENV)/bin/emoticare predict --format table \
	  "My stomach is in knots about tomorrow." \
	  "Oh great, another meeting that could have been an email." \
	  "She said yes!" \
	  "Nobody came to my birthday party." \
	  "The train leaves at nine."

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

# A file's tests share fixtures, so they stay with one worker.
test: $(VENV)/.done
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

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
	$(BIN)/python teachers/encoders.py encoders

# make model: make the embedded model from nothing, in runs/; stopped, it goes on where it was.
# About 6 hours on 2 cores. The teachers' part is skipped with `make model TEACHER_OUTPUTS=
# teachers/committee.safetensors`, which leaves two.
TEACHER_OUTPUTS ?= runs/committee.safetensors
OUT_OF_DOMAIN ?= ../shared/data/ood
CORPORA ?= ../shared/data
UNLABELLED := --unlabelled $(OUT_OF_DOMAIN)/emobank.csv \
  --unlabelled $(OUT_OF_DOMAIN)/xed-en-neutral.tsv
MINILM := --data $(DATA) --base encoders/all-MiniLM-L6-v2
MPNET := --data $(DATA) --base encoders/all-mpnet-base-v2
SEEDS := 0 1 2
STUDENTS := $(SEEDS:%=runs/student-%/model/manifest.json)

model: runs/student-0/model/manifest.json

runs/plain/model/manifest.json: | encoders
	$(BIN)/emoticare train --preset emoticare $(MINILM) --out runs/plain --seed 0

runs/plain/teacher/config.json: runs/plain/model/manifest.json
	$(BIN)/emoticare export hf runs/plain/teacher --model runs/plain/model

runs/mpnet-0/teacher/provenance.json: | encoders
	$(BIN)/emoticare train --preset teacher $(MPNET) --epochs 2 --out runs/mpnet-0 --seed 0

runs/minilm-%/teacher/provenance.json: | encoders
	$(BIN)/emoticare train --preset teacher $(MINILM) --learning-rate 2e-4 --out runs/minilm-$* --seed $*

# MPNet, unlike the student and the others, counts twice.
TEACHERS := runs/mpnet-0/teacher runs/mpnet-0/teacher runs/minilm-1/teacher runs/plain/teacher \
  runs/minilm-2/teacher
runs/committee.safetensors: runs/mpnet-0/teacher/provenance.json \
  runs/minilm-1/teacher/provenance.json runs/plain/teacher/config.json \
  runs/minilm-2/teacher/provenance.json
	$(BIN)/emoticare teacher-outputs $(TEACHERS) --data $(DATA) $(UNLABELLED) --out $@

DISTILL := $(BIN)/emoticare distill --data $(DATA) $(UNLABELLED) --teacher-outputs $(TEACHER_OUTPUTS)
FULL_SIZE := --base encoders/all-MiniLM-L6-v2 --seed 0

# The slim students are cut from this one.
runs/wide-0/model/manifest.json: $(TEACHER_OUTPUTS) | encoders
	$(DISTILL) $(FULL_SIZE) --preset emoticare --out runs/wide-0

runs/wide-0/hf/config.json: runs/wide-0/model/manifest.json
	$(BIN)/emoticare export hf runs/wide-0/hf --model runs/wide-0/model

# Everyday English: texts of the corpus and of its sources, and a teacher that knows both worlds.
MIXTURE := runs/mixture/written.jsonl
$(MIXTURE): corpora/everyday/written.tsv corpora/everyday/real.tsv
	$(BIN)/python corpora/mixture.py $(CORPORA) runs/mixture

EVERYDAY := --everyday corpora/everyday --texts $(CORPORA)/everyday
runs/everyday-mpnet-0/teacher/provenance.json: $(MIXTURE) $(TEACHER_OUTPUTS) | encoders
	$(BIN)/emoticare distill --preset teacher $(MPNET) --teacher-outputs $(TEACHER_OUTPUTS) --epochs 1 \
	  --mix runs/mixture/written.jsonl=0.23 --mix runs/mixture/real.jsonl=0.19 \
	  --mix runs/mixture/raters.jsonl=0.03 $(EVERYDAY) --out runs/everyday-mpnet-0 --seed 0

EVERYDAY_OUTPUTS ?= runs/everyday.safetensors
runs/everyday.safetensors: runs/everyday-mpnet-0/teacher/provenance.json
	$(BIN)/emoticare teacher-outputs runs/everyday-mpnet-0/teacher --mix runs/mixture/written.jsonl=0.1 \
	  --mix runs/mixture/real.jsonl=0.1 --mix runs/mixture/raters.jsonl=0.1 \
	  --mix runs/mixture/unlabelled.jsonl=0.1 --out $@

WITH_EVERYDAY := $(DISTILL) --teacher-outputs $(EVERYDAY_OUTPUTS) $(EVERYDAY)
runs/slim-%/model/manifest.json: runs/wide-0/hf/config.json $(EVERYDAY_OUTPUTS) $(MIXTURE)
	$(WITH_EVERYDAY) --mix runs/mixture/written.jsonl=0.18 --mix runs/mixture/real.jsonl=0.17 \
	  --mix runs/mixture/raters.jsonl=0.02 --mix runs/mixture/unlabelled.jsonl=0.03 --preset slim \
	  --base runs/wide-0/hf --out runs/slim-$* --seed $*

# Make would delete it as a step on the way.
.PRECIOUS: runs/slim-%/model/manifest.json
runs/student-%/model/manifest.json: runs/slim-%/model/manifest.json $(EVERYDAY_OUTPUTS) $(MIXTURE)
	$(WITH_EVERYDAY) --mix runs/mixture/written.jsonl=0.23 --mix runs/mixture/real.jsonl=0.18 \
	  --mix runs/mixture/raters.jsonl=0.01 --mix runs/mixture/risks.jsonl=0.03 \
	  --mix runs/mixture/statements.jsonl=0.04 --mix runs/mixture/unlabelled.jsonl=0.02 \
	  --preset everyday --base runs/slim-$*/model --out runs/student-$* --seed $*

# make embed: put student 0 into the package, with its evaluation, golden sentences, and the docs' outputs and tables.
EMBEDDED := src/emoticare/model/embedded
embed: runs/student-0/model/manifest.json
	cp runs/student-0/model/* $(EMBEDDED)/
	$(BIN)/emoticare evaluate --data $(DATA) --split test --json $(EMBEDDED)/evaluation.json
	$(BIN)/python tests/write_golden.py
	$(BIN)/python tests/write_docs_outputs.py
	PYTHONPATH=tests $(BIN)/python tests/server/write_answers.py
	$(BIN)/python benchmarks/write_tables.py $(CORPORA)

# make pictures: take the pictures of pages, report and demo in docs/images anew (needs chromium).
pictures: $(VENV)/.done
	$(BIN)/python tests/write_pictures.py

# make accuracy: three students and the plain model on the test split, and the teachers on dev.
accuracy: $(STUDENTS) runs/plain/model/manifest.json
	$(BIN)/python benchmarks/accuracy.py --data $(DATA) --xed $(OUT_OF_DOMAIN)/xed-en-annotated.tsv \
	  $(SEEDS:%=--student runs/student-%/model) --plain runs/plain/model \
	  --teacher-outputs $(TEACHER_OUTPUTS) --out docs/accuracy.json --plots docs/images

# make corpus: make the tables of the everyday corpus from its readings, and those of its data card.
corpus: $(VENV)/.done
	$(BIN)/python corpora/assemble.py $(CORPORA)
	$(BIN)/python corpora/card.py --write

# make everyday [PLAIN=model]: measure the embedded model, and one trained on labels alone, on everyday English.
everyday: $(VENV)/.done
	$(BIN)/python benchmarks/everyday.py --texts $(CORPORA)/everyday $(if $(PLAIN),--plain $(PLAIN))

# make tables: measure, with the embedded model, every table of the pages that a benchmark prints, five minutes.
tables: $(VENV)/.done
	$(BIN)/python benchmarks/write_tables.py $(CORPORA)

# make docs: build the documentation into build/docs, strictly.
docs: $(VENV)/.done
	$(BIN)/python -m sphinx --quiet --fail-on-warning --builder html docs build/docs

# make evaluate: measure the embedded model on the test split.
evaluate: $(VENV)/.done
	$(BIN)/emoticare evaluate --data $(DATA) --split test

# make bench: speed beside the Hugging Face pipeline and a plain ONNX Runtime loop, five minutes.
bench: $(VENV)/.done
	$(BIN)/emoticare bench --data $(DATA)

# make bench-check: fails where EmotiCare is slower, beside the plain loop, than bench_floor.json says.
bench-check: $(VENV)/.done
	$(BIN)/python benchmarks/bench_check.py --data $(DATA)

# make load-test: overload, slow clients, hang-ups, huge bodies and a soak, seven minutes (needs wrk).
load-test: $(VENV)/.done
	$(BIN)/python benchmarks/load_test.py

# make compare-servers: texts a second beside a plain FastAPI + HF pipeline server (needs wrk).
compare-servers: $(VENV)/.done
	$(BIN)/python benchmarks/compare_servers.py

# make page-budget: bytes, times and moves of the page in a browser (needs chromium); fails above 150 KB.
page-budget: $(VENV)/.done
	$(BIN)/python benchmarks/page_budget.py

# make older-cpu: the golden sentences under an emulated processor without VNNI (needs qemu-user).
older-cpu: $(VENV)/.done
	qemu-x86_64 -cpu Haswell $(BIN)/python -m pytest -p no:cacheprovider --timeout 1200 tests/test_golden.py

# make trust: all attacks whole, which takes hours; `make trust EMOTICARE_TRUST=0.02` for a try.
EMOTICARE_TRUST ?= 1
ATTACKED := trust test_growth.py test_hostile_input.py stages/test_growth.py server/test_growth.py \
  bulk/test_locks.py bulk/test_manifest.py bulk/test_damage.py bulk/test_kill.py model/test_artifact.py \
  model/test_graph_check.py model/test_files.py
trust: $(VENV)/.done
	EMOTICARE_TRUST=$(EMOTICARE_TRUST) $(BIN)/python -m pytest --timeout 0 $(ATTACKED:%=tests/%)

# make mutants N=600 SEED=0: small faults in modules where faults make no noise; which of them do tests find?
N ?= 600
SEED ?= 0
mutants: $(VENV)/.done
	$(BIN)/python benchmarks/mutants.py --n $(N) --seed $(SEED)

# make wheel: build the wheel into dist/.
wheel: $(VENV)/.done
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) $(DEMO_VENV) $(SERVE_VENV) .venv-transformers4 .node dist build screenshots
