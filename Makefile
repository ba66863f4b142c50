# nslab: `make` without a target prints the list of targets.
#
# Everything is installed into .venv beside this file, except for system packages that are missing.

PYTHON ?=
PORT ?=
IP ?= 127.0.0.1
BROWSER ?= yes
TESTS ?= tests
SHARE ?= 1

ifneq ($(PORT),)
ifneq ($(shell [ '$(PORT)' -ge 1 -a '$(PORT)' -le 65535 ] 2>/dev/null && echo fits),fits)
$(error nslab: $(PORT) is no port: it is a number from 1 to 65535. Try PORT=8888)
endif
endif

BIN := .venv/bin
# LANG on the command line (make lab LANG=zh_CN.UTF-8) takes precedence over the environment's LC_ALL.
LANGUAGE_FOLDER := $(if $(filter zh%,$(or $(if $(findstring command,$(origin LANG)),$(LANG)),$(LC_ALL),$(LANG))),zh,en)
UV := $(BIN)/uv pip compile -q --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate
COMPILE := $(UV) pyproject.toml

.PHONY: help setup lab test lint pytest endurance bench widgets notebooks messages lock clean

help:  ## print this list
	@sed -n 's/^\([a-z-]*\):.*  ## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

setup: .venv/lab.done  ## make .venv with all that the lab needs

lab: tools-lab .venv/lab.done compiled  ## set up, then open JupyterLab (PORT=8888 IP=127.0.0.1 BROWSER=no)
	@echo "nslab: JupyterLab starts; its address is printed below. Ctrl-C twice ends it."
	@exec env PATH="$(CURDIR)/$(BIN):$$PATH" python binder/with_terminal.py jupyter lab --log-level=WARN --ServerApp.root_dir=notebooks --ServerApp.ip=$(IP) \
		$(if $(PORT),--ServerApp.port=$(PORT) --ServerApp.port_retries=0) $(if $(filter no,$(BROWSER)),--no-browser) \
		$(if $(filter 0,$(shell id -u)),--allow-root) --MultiKernelManager.default_kernel_name=nslab \
		--KernelManager.transport_encryption=auto --LanguageServerManager.autodetect=False \
		--LabApp.app_settings_dir=binder/settings --LabApp.default_url=/lab/tree/$(LANGUAGE_FOLDER)/0-welcome.ipynb

test: tools-test .venv/test.done lint pytest  ## set up, then check style, types and run every test (TESTS=tests/unit for some)

lint: .venv/javascript.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.javascript lint

pytest: .venv/javascript.done .venv/nbgrader.done compiled
	$(BIN)/pytest -n logical $(TESTS)

endurance: tools-test .venv/test.done  ## kill, interrupt and storm for hours (SHARE=0.1 for a tenth); see tests/endurance/README.md
	NSLAB_ENDURANCE=$(SHARE) $(BIN)/pytest -s -n 0 tests/endurance

bench: tools-lab .venv/test.done  ## measure, and write the table in tests/bench/README.md
	$(BIN)/python tests/bench/run.py

widgets: .venv/javascript.done  ## build nslab_kernel/jupyter/live.js from the modules in javascript/ beside it
	$(BIN)/python -m tests.javascript build

notebooks: .venv/test.done  ## weave notebooks/source/ into notebooks/en/ and notebooks/zh/
	$(BIN)/python notebooks/build.py

messages: .venv/test.done  ## collect the learner's sentences, and compile their Chinese
	@$(BIN)/pybabel -q extract -k _ -k translate_plural:1,2 --no-location --sort-output -o .venv/nslab.pot nslab_kernel
	@$(BIN)/pybabel -q update -D nslab -d nslab_kernel/locale -l zh_CN -i .venv/nslab.pot -w 120 \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	@$(BIN)/pybabel compile -D nslab -d nslab_kernel/locale -l zh_CN --statistics

lock: .venv/test.done  ## write the four lock files anew from pyproject.toml
	$(COMPILE) --group build -o requirements.lock
	$(COMPILE) --group build --group hub -c requirements.lock -o binder/hub/requirements.lock
	$(COMPILE) --group build --group test -c requirements.lock -c binder/hub/requirements.lock -o tests/requirements.lock
	$(UV) --group nbgrader --no-deps -c tests/requirements.lock -o tests/nbgrader/requirements.lock

clean:  ## remove .venv and every cache
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: compiled
compiled: .venv/lab.done  # a lab may not write compiled modules beside their sources, and would compile them at each start
	@$(BIN)/python -m compileall -q nslab_kernel

.PHONY: tools-lab tools-test tools-test-binder
tools-lab tools-test tools-test-binder: tools-%:
	@binder/system-packages $*

.venv/lab.done: requirements.lock pyproject.toml $(wildcard nslab_kernel/kernels/*/*) .venv/pyvenv.cfg
	@echo "nslab: installing $$(grep -c '==' requirements.lock) Python packages into .venv, about a minute"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "import matplotlib.font_manager"  # caches its list of fonts: a lab gets a copy, and could not keep a cache of its own
	@touch $@

.venv/test.done: tests/requirements.lock .venv/lab.done
	@echo "nslab: installing what the tests need into .venv ($$(grep -c '==' tests/requirements.lock) Python packages in all)"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r tests/requirements.lock
	@touch $@

.venv/javascript.done: nslab_kernel/jupyter/javascript/package-lock.json .venv/test.done
	@echo "nslab: installing what checks and builds JavaScript into .venv with npm"
	@$(BIN)/python -m tests.javascript install
	@touch $@

.venv/nbgrader.done: tests/nbgrader/requirements.lock .venv/test.done
	@echo "nslab: installing nbgrader into a folder of its own"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: --no-deps --upgrade --target .venv/nbgrader -r $<
	@touch $@

.PHONY: each-time
each-time:
.venv/pyvenv.cfg: each-time  # the script makes .venv anew only if the present one does not fit
	@binder/environment $(PYTHON)

include binder/hosting.mk
