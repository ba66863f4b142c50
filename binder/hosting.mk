# What hosts the lab: recorded runs, images, a machine, a class. Read by the Makefile; binder/README.md says which is for whom.

.PHONY: site image vm test-image test-vm

site: tools-lab .venv/test.done  ## run every lesson, and write each as a page that needs nothing else (SITE=site)
	$(BIN)/python binder/site/build.py $(SITE)

image:  ## make our own container image from Debian's packages, load it into Docker, and open it (PORT=8888)
	binder/image build
	binder/image load
	binder/image run $(PORT)

vm:  ## make a virtual machine with the lab, and boot it (PORT=8888)
	test -e build/vm/root.ext4 || binder/vm build
	PORT=$(or $(PORT),8888) binder/vm run

test-image: .venv/test.done  ## build our image, and try it under a real Docker: minutes
	binder/image build build/image.tar
	NSLAB_IMAGE=$(CURDIR)/build/image.tar $(BIN)/pytest tests/hosting/test_image.py

test-vm: .venv/test.done  ## build the virtual machine, boot it, run the lessons in it, reboot, and run them again: minutes
	test -e build/vm/root.ext4 || binder/vm build
	NSLAB_VM=$(CURDIR)/build/vm $(BIN)/pytest tests/hosting/test_vm.py
