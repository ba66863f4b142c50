# Targets that host the lab: recorded runs, images, a machine, a class. binder/README.md says which is for whom.

PROXY := $(BIN)/configurable-http-proxy

.PHONY: site site-zip binder image hub vm test-vm test-kinds test-site test-binder test-chart bench-class

SITE ?= site
IN_LANGUAGE = NSLAB_LANG=$(LANGUAGE_FOLDER)
WITH_TERMINAL = $(if $(shell command -v python3),python3 binder/with_terminal.py)

site: tools-lab .venv/test.done  ## run every lesson, and write each as a page that needs nothing else (SITE=site)
	$(BIN)/python -m binder.site $(SITE)

site-zip: site  ## the same, and all of it as one file for a release: dist/nslab-recorded-runs.zip
	@mkdir -p dist
	@cd $(dir $(abspath $(SITE))) && $(CURDIR)/$(BIN)/python -m zipfile -c $(CURDIR)/dist/nslab-recorded-runs.zip $(notdir $(abspath $(SITE)))
	@echo "nslab: dist/nslab-recorded-runs.zip"

test-site: tools-test .venv/test.done  ## make the whole site, and check each page: links, a phone's width, accessibility
	$(BIN)/python -m binder.site build/site
	NSLAB_SITE=$(CURDIR)/build/site $(BIN)/pytest tests/hosting/test_site.py tests/hosting/test_site_browser.py

binder: .venv/test.done  ## build the image as a Binder host does (repo2docker), and open it in Docker (PORT=8888)
	@binder/image check binder
	@test -e site/index.html || $(MAKE) --no-print-directory site
	@R2D=$(BIN)/jupyter-repo2docker binder/image binder
	@PORT=$(PORT) $(IN_LANGUAGE) $(WITH_TERMINAL) binder/image run nslab-binder

image:  ## make our own container image from Debian's packages, load it into Docker, and open it (PORT=8888)
	@binder/image check
	@test -e site/index.html || $(MAKE) --no-print-directory site
	binder/image build
	binder/image load
	@PORT=$(PORT) $(IN_LANGUAGE) $(WITH_TERMINAL) binder/image run

vm:  ## make a virtual machine with the lab, and boot it (PORT=8888)
	@binder/vm check
	test -e build/vm/root.ext4 || binder/vm build
	@PORT=$(PORT) $(IN_LANGUAGE) $(WITH_TERMINAL) binder/vm run

test-vm: .venv/test.done  ## build the virtual machine, boot it, run the lessons in it, reboot, and hold a class in it: minutes
	@binder/vm check
	test -e build/vm/root.ext4 || binder/vm build
	NSLAB_VM=$(CURDIR)/build/vm $(BIN)/pytest -s tests/hosting/test_vm.py tests/hosting/test_vm_class.py

test-kinds: .venv/test.done  ## the command lines about what this Linux may lack, in Debian's as a process: half an hour
	tests/hosting/stock_linux -q tests/live/network/test_command_lines.py -m kinds

test-binder: tools-test-binder .venv/test.done  ## build the image for Binder line by line, and open it: minutes
	NSLAB_BINDER=1 $(BIN)/pytest -n 0 tests/hosting/test_binder_image.py

test-chart: .venv/test.done  ## render the values for Kubernetes in the real chart, with Helm as a library (75 MB)
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes --only-binary :all: --no-deps --upgrade \
		--target build/helm -r tests/hosting/chart/requirements.txt
	PYTHONPATH=build/helm $(BIN)/pytest -n 0 tests/hosting/test_kubernetes.py tests/hosting/test_chart.py

hub: tools-lab $(PROXY)  ## a class on this machine, for a trial: JupyterHub (PORT=8000 PASSWORD=...)
	@binder/settings/install .venv
	@$(IN_LANGUAGE) $(BIN)/python binder/with_terminal.py $(BIN)/python binder/hub/trial.py

bench-class: tools-lab $(PROXY)  ## measure a class of 1, 10, 30, 50 learners, and write the table in binder/README.md
	$(BIN)/python tests/hosting/bench.py

pytest: $(PROXY)

# The hub's proxy is a Node.js program; a wheel in the lock file contains Node.js and npm.
$(PROXY): binder/hub/package-lock.json .venv/test.done
	@echo "nslab: installing the hub's proxy into .venv with npm"
	@mkdir -p .venv/hub && cp binder/hub/package.json binder/hub/package-lock.json .venv/hub/
	@$(BIN)/python binder/hub/install_proxy.py .venv/hub $@
