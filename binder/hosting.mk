# What hosts the lab: recorded runs, images, a machine, a class. Read by the Makefile; binder/README.md says which is for whom.

.PHONY: site

site: tools-lab .venv/test.done  ## run every lesson, and write each as a page that needs nothing else (SITE=site)
	$(BIN)/python binder/site/build.py $(SITE)
