.PHONY: run dev check test bench faults lock vendor screens migration

LOCK = uv pip compile -q --universal --generate-hashes --no-header --no-annotate \
  --no-emit-index-url --no-emit-find-links -p 3.11 pyproject.toml

run:      ## run everything here
	python3 -m server up

dev:      ## the same, started again when a file changes
	python3 -m server.environment
	.venv/bin/watchfiles --filter default "python3 -m server up" server web

check:    ## format, lint, types, layers
	python3 -m server check

test:     ## check, and every test
	python3 -m server test

bench:    ## the figures, beside those of others; ARGS="--only W1,W2 --json FILE"
	python3 -m server.environment test && .venv/bin/python -m bench $(ARGS)

faults:   ## the long fault set, and the lamp that must not lie
	python3 -m server.environment test && .venv/bin/python -m pytest tests/faults tests/test_races.py tests/invariants tests/lamp tests/browser/test_rush.py -m "long or not long" --timeout 3600

lock:     ## pin and hash what pyproject.toml asks for (needs uv)
	$(LOCK) --extra postgres -o requirements/runtime.txt
	$(LOCK) --extra postgres --group test -c requirements/runtime.txt -o requirements/test.txt

vendor:   ## fetch what web/vendor.json names (needs npm)
	python3 web/vendor.py

screens:  ## take a picture of every screen for docs/screens
	python3 -m server.environment test && .venv/bin/python -m web.pictures

migration: ## m="What changed": write down how the tables now differ from the models
	python3 -m server migrate && .venv/bin/python -c "$$DRAFT" "$(m)"

define DRAFT
import sys
from alembic import command
from server.cli import opened
from server.migrate import config
opened().write_now(lambda session: command.revision(config(session.connection()), sys.argv[1], True))
endef
export DRAFT
