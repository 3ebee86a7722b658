# What each command promises: docs/reference. All of them set up what they need first; a second set-up is a no-op.
.DEFAULT_GOAL := help
.PHONY: help run test test-fast check bench verify-full erp messages docs lock clean setup setup-dev
PYTHON := .venv/bin/python

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@scripts/setup

setup-dev:
	@scripts/setup dev

run: setup ## serve everything until Ctrl-C
	@exec $(PYTHON) scripts/serve.py

test: setup-dev ## every test, browser tests included
	@scripts/test

test-fast: setup-dev ## the tests without battery, real ERP, browser and killed processes
	@scripts/test fast

check: setup-dev ## format, lint, types, import contracts, migrations, templates, translations
	@scripts/check

bench: setup-dev ## figures beside their limits (SIZE=full for the large sizes)
	@exec scripts/bench

verify-full: setup-dev ## the long proofs at full size
	@exec scripts/verify-full

erp: setup ## bring up a real ERP with a demo manufacturer and connect the running QMS to it
	@exec scripts/erp/up

messages: setup-dev ## collect the texts to translate into locale/ and compile what is translated
	@$(PYTHON) scripts/messages.py collect && $(PYTHON) scripts/messages.py compile

docs: setup-dev ## generate docs/reference from the code
	@exec $(PYTHON) manage.py generate_docs

lock: ## renew the lock files from requirements*.in and package.json
	@exec scripts/lock

clean: ## remove everything that set-up made; data under var/ is kept
	rm -rf .venv .setup.lock node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +
	rm -f locale/*/LC_MESSAGES/*.mo
