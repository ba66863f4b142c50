# What hosts the lab: recorded runs, images, a machine, a class. Read by the Makefile; binder/README.md says which is for whom.

.PHONY: site image binder vm hub test-image test-vm bench-class

site: tools-lab .venv/test.done  ## run every lesson, and write each as a page that needs nothing else (SITE=site)
	$(BIN)/python binder/site/build.py $(SITE)

image:  ## make our own container image from Debian's packages, load it into Docker, and open it (PORT=8888)
	binder/image build
	binder/image load
	binder/image run $(PORT)

binder: .venv/test.done  ## build the image as Binder does, by repo2docker and Docker, and open it (PORT=8888)
	$(BIN)/jupyter-repo2docker --config binder/repo2docker_config.py --no-run .
	binder/image run $(PORT)

vm:  ## make a virtual machine with the lab, and boot it (PORT=8888)
	test -e build/vm/root.ext4 || binder/vm build
	PORT=$(or $(PORT),8888) binder/vm run

hub: .venv/test.done  ## a class on this machine, to try it: JupyterHub on http://127.0.0.1:8000, password "class"
	mkdir -p build/hub
	PATH="$(CURDIR)/$(BIN):$$PATH" NSLAB_HUB=$(CURDIR)/build/hub NSLAB_NOTEBOOKS=$(CURDIR)/notebooks \
		NSLAB_CLASS_PASSWORD=class jupyterhub -f binder/hub/jupyterhub_config.py

test-image: .venv/test.done  ## build our image, and try it under a real Docker: minutes
	binder/image build build/image.tar
	NSLAB_IMAGE=$(CURDIR)/build/image.tar $(BIN)/pytest tests/hosting/test_image.py

test-vm: .venv/test.done  ## build the virtual machine, boot it, run the lessons in it, reboot, and run them again: minutes
	test -e build/vm/root.ext4 || binder/vm build
	NSLAB_VM=$(CURDIR)/build/vm $(BIN)/pytest tests/hosting/test_vm.py

bench-class: .venv/test.done  ## memory and start-up of 1, 10 and 30 learners on a JupyterHub
	$(BIN)/python tests/hosting/bench.py
