# Needs Python 3.11 or newer and make; everything else is installed into .venv from hash-locked files.
PYTHON ?= python3
BIN := .venv/bin
# Each process of a test would compile all modules anew.
unexport PYTHONDONTWRITEBYTECODE
CORES := $(shell getconf _NPROCESSORS_ONLN)
# Twice as many as there are cores: tests wait for processes, files and clocks half of their time.
SPREAD := -n $(shell expr $(CORES) \* 2) --dist worksteal
DATABASE_TESTS := tests/storage tests/delivery tests/handlers tests/bot tests/conformance

# Every file that the tests can read, as `checksum size path`; what tools and people leave beside them is no part of it.
IGNORED := -name .git -o -name __pycache__ -o -name '.*_cache' -o -name '.coverage*' -o -name '*.db*' \
  -o -path ./.venv -o -path ./.hypothesis -o -path ./build -o -path ./dist -o -path ./data
FINGERPRINT = find . \( $(IGNORED) \) -prune -o -type f -exec cksum {} + | LC_ALL=C sort

.PHONY: help install demo docs test test-postgresql check release long explore torture torture-corrections torture-edits torture-withdrawals torture-fleet partitions mutants soak takeover readings fit pictures format lock audit clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { line = sprintf("%-19s", $$1); n = split($$2, words, " "); \
	  for (i = 1; i <= n; i++) { if (length(line " " words[i]) > 80) { print line; line = sprintf("%-19s", "") } \
	  line = line " " words[i] } print line }' $(MAKEFILE_LIST)

install: .venv/installed ## Install the bot into .venv

demo: .venv/installed ## See the bot at work in a browser: no token, no network, no Telegram (DRIVER=ptb, PORT=8081)
	@DRIVER=$(or $(DRIVER),aiogram) $(BIN)/digestbot demo $(if $(PORT),--port $(PORT))

# .venv/tested holds the fingerprint taken before a green run, and the checksum of what that run covered.
test: .venv/installed-dev ## Run the tests, measuring branch coverage
	@rm -f .venv/tested
	@$(FINGERPRINT) > .venv/testing
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q $(SPREAD)
	@$(BIN)/coverage run -m pytest -q $(SPREAD) --database=postgresql tests/storage tests/delivery/test_ledger.py \
	  --ignore=tests/storage/postgresql
	@$(BIN)/coverage combine -q
	@cksum .coverage >> .venv/testing
	@mv .venv/testing .venv/tested

long: .venv/installed-dev ## Run the tests that take minutes each: torture behind dying proxies and with planted faults, soak, walks in English
	@$(BIN)/pytest -q -m long

explore: .venv/installed-dev ## Run the property tests on examples drawn at random, other ones each time
	@EXAMPLES=exploring $(BIN)/pytest -q $(SPREAD) -m hypothesis

test-postgresql: .venv/installed-dev ## Run the tests that use a database on PostgreSQL, in a cluster of their own
	@$(BIN)/pytest -q $(SPREAD) --database=postgresql $(DATABASE_TESTS)

check: .venv/installed-dev ## Format, lint, types, imports, workflows, docs, coverage; runs the tests if a file has changed since
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/container/compose*.yaml
	$(BIN)/python -m deploy.docs_site
	@{ $(FINGERPRINT); cksum .coverage; } 2>/dev/null | cmp -s - .venv/tested || $(MAKE) --no-print-directory test
	$(BIN)/coverage report

docs: .venv/installed-dev ## Build the documentation as a site, in build/docs/html; each warning is an error
	@$(BIN)/python -m deploy.docs_site

release: .venv/installed-dev ## Build wheel, sdist, components and checksums of VERSION= into dist; the checkout stays (TAG=yes: tag it)
	@$(BIN)/python -m deploy.release $(VERSION) $(if $(filter yes,$(TAG)),--tag)

torture: .venv/installed-dev ## Kill the bot at random instants in 100 mornings, and audit the ledger
	@$(BIN)/python -m tests.torture

torture-corrections: .venv/installed-dev ## Kill the bot ten times while it corrects an edition for 5,000 people, and look at every chat
	@$(BIN)/python -m tests.torture.corrections

torture-edits: .venv/installed-dev ## Kill the bot ten times while it edits a broadcast that 5,000 people have, and look at every chat
	@$(BIN)/python -m tests.torture.edits

torture-withdrawals: .venv/installed-dev ## Kill the bot ten times while it withdraws an edition from 5,000 people, and look at every chat
	@$(BIN)/python -m tests.torture.withdrawals

torture-fleet: .venv/installed-dev ## Kill, freeze or stop one of three processes each second for MINUTES=10 (DRIVER=, SEED=), and audit every ledger
	@$(BIN)/python -m tests.fleet --minutes $(or $(MINUTES),10) --driver $(or $(DRIVER),aiogram) --seed $(or $(SEED),1)

partitions: .venv/installed-dev ## Cut the network of a bot's owner in five ways, as root, and print how soon another process goes on
	@$(BIN)/python -m tests.fleet.partitions

soak: .venv/installed-dev ## Run the bot with mornings, commands, floods and outages for MINUTES=30, and fail on growth or a traceback
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),30) --driver $(or $(DRIVER),aiogram)

# PACKAGE is a folder or a module; SAMPLE mutants are drawn with SEED (0: all of them).
mutants: .venv/installed-dev ## Change the code of PACKAGE (delivery, storage/claims.py) bit by bit; a test must fail each time
	@$(BIN)/python -m tests.mutants $(PACKAGE) --sample $(or $(SAMPLE),0) --seed $(or $(SEED),1)

takeover: .venv/installed-dev ## Kill, stop and freeze the owner of a bot on PostgreSQL, ROUNDS=50 times each, and print how soon another process goes on
	@$(BIN)/python -m tests.takeover --rounds $(or $(ROUNDS),50)

# Never fitted on: combinations that are held out, and the folders of written digests called held-out and measured.
readings: .venv/installed-dev ## Print the share of COUNT=2000 generated digests, and of those written by hand, that is read right
	@$(BIN)/python -m tests.digest.generated --count $(or $(COUNT),2000) --seed $(or $(SEED),1)
	@$(BIN)/python -m tests.digest.generated --count $(or $(COUNT),2000) --seed $(or $(SEED),1) --held-out | tail -1
	@$(BIN)/python -m tests.digest.generated --written | tail -8

fit: .venv/installed-dev ## Fit the weights of the segmentation from tests/digest/prior_weights.toml on COUNT=150 digests, print and write them
	@$(BIN)/python -m tests.digest.fit_sections
	@$(BIN)/python -m tests.digest.fit_weights $(or $(COUNT),150) $(or $(SEED),1) $(or $(ROUNDS),3)

pictures: .venv/installed-dev ## Make the README's and the docs' pictures anew, in a real browser
	@mkdir -p docs/pictures && SCREENSHOTS=docs/pictures $(BIN)/pytest -q tests/demo --ignore-glob="tests/demo/*_on_a_phone.py"

format: .venv/installed-dev ## Format the code and apply automatic lint fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/installed-dev ## Resolve the dependencies anew into the two hash-locked files
	$(BIN)/pip install -q uv
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" pyproject.toml --extra build --extra postgresql --extra ptb -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" -c requirements.txt pyproject.toml --extra build --extra postgresql --extra ptb --extra dev -o requirements-dev.txt

# In an environment of its own: what audits the packages is none of them.
audit: ## Compare the locked packages with the known vulnerabilities (needs the network)
	@test -x build/audit/bin/pip-audit || { $(PYTHON) -m venv build/audit && build/audit/bin/pip install -q pip-audit; }
	@build/audit/bin/pip-audit --strict --require-hashes --disable-pip -r requirements.txt -r requirements-dev.txt

clean: ## Remove what was made here (never a database)
	rm -rf .venv .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

# A finished virtual environment leaves a mark; a changed lock file makes it anew. The lock is complete, so pip is to
# install it and resolve nothing: its resolver looks past a lock where a package is wanted with an extra.
.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try: make $(MAKECMDGOALS) PYTHON=python3.11")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv # Debian's Python without python3-venv leaves one without pip
	@echo "Installing into .venv (about a minute, once) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m pip uninstall -q -y --disable-pip-version-check setuptools # an old one that Python brings
	@touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@touch $@
