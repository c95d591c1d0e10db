# make run, and a browser on http://127.0.0.1:8080. `make help` lists the rest.

bin := .venv/bin
bootstrap = python=$$(scripts/find-python) && "$$python" scripts/bootstrap.py
# What the types of the client say, and what writes it.
types = frontend/client/src/schema.d.ts
told = $(wildcard modules/*/module.wasm eerp/openapi/*.py eerp/web/*_docs.py)
# Two processes, each with whole files: the tests of a file may share a daemon.
both = -n 2 --dist loadfile --no-loadscope-reorder
export PYTHON

.DEFAULT_GOAL := help
.PHONY: run test soak fuzz-api large screenshots demo bench sizes lint modules pages client lock clean
.PHONY: distclean help

run: modules pages  ## build what changed and start EERP on http://127.0.0.1:8080
	exec $(bin)/twistd -n eerp --config eerp-config.json

test: modules pages client  ## run every test: modules, core, PostgreSQL, whole daemon
	@$(bootstrap) test
	$(bin)/python scripts/modules.py test
	$(bin)/python scripts/pages.py test
	@$(bin)/python scripts/browser.py
	$(bin)/python -m pytest $(both) --cov --cov-report=term

soak: modules  ## write under contention and kills, a minute each scenario
	@$(bootstrap) test
	$(bin)/python -m pytest -s --soak-s 60 tests/daemon/test_transfers.py \
	    tests/daemon/test_durable.py tests/daemon/test_books.py

fuzz-api: modules  ## call every operation of the API 200 times, rightly and wrongly
	@$(bootstrap) test
	$(bin)/python -m pytest -s --api-examples 200 tests/daemon/test_schemathesis.py

large: modules pages  ## import 100,000 rows on the screens, and scroll through them
	@$(bootstrap) test
	$(bin)/python -m pytest -s --large-rows 100000 tests/browser/test_screens_large.py

screenshots: modules pages  ## keep each page of the screens as a picture in screenshots/
	@$(bootstrap) test
	EERP_SCREENSHOTS=screenshots $(bin)/python -m pytest tests/browser/test_axe.py

demo:  ## load all of Northwind into a running EERP (second shell)
	@$(bootstrap)
	$(bin)/python -m demo.northwind

bench: modules  ## compare with a hand-written FastAPI service
	$(bin)/python benchmarks/run.py

sizes: modules  ## measure lookups and pages on tables of up to 10 million rows
	$(bin)/python benchmarks/orm_sizes.py

lint:  ## check format, style and types, Python and Rust
	@$(bootstrap) lint test
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	$(bin)/python scripts/modules.py lint

modules:  ## build the Rust modules to WASM
	@$(bootstrap)
	@$(bin)/python scripts/modules.py build

pages:  ## build the pages for browsers: documentation, GraphiQL
	@$(bootstrap)
	@$(bin)/python scripts/pages.py build

client: $(types)  ## write the types of the TypeScript client, if the API changed

$(types): $(told) | modules
	@$(bin)/python scripts/client.py

lock:  ## write constraints.txt anew with the newest releases
	@$(bootstrap)
	$(bin)/python scripts/lock.py

clean:  ## remove builds and caches; data under var/ and .venv stay
	rm -rf build dist eerp.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -rf htmlcov .coverage .coverage.* modules/target modules/*/module.wasm
	rm -rf tests/foreign/*/module.wasm
	rm -rf eerp/web/built* frontend/node_modules $(types)
	rm -f twisted/plugins/dropin.cache
	find eerp tests twisted scripts -name __pycache__ -type d -prune -exec rm -rf {} +

distclean:  ## remove .venv as well and, when you say so, the data under var/
	@if [ -e var ] && [ "$(DATA)" != remove ]; then \
	    echo "var/ holds the database; to remove it too: make distclean DATA=remove"; exit 1; fi
	$(MAKE) clean
	rm -rf .venv var

help:  ## list the targets
	@awk -F ':.*  ## ' '/^[a-z-]+:.*  ## /{printf "make %-10s %s\n", $$1, $$2}' Makefile
