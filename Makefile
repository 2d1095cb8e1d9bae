# Retour's commands. `make help` lists them; everything they need is installed below .venv/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3.11
UV_VERSION := 0.13.9
UV := .venv/uv/bin/uv
APP := .venv/app/bin
RASA := .venv/rasa/bin/python
export RASA_TELEMETRY_ENABLED := false
# Without compiled modules every start compiles thousands of them again, which takes half of it.
unexport PYTHONDONTWRITEBYTECODE
PYTEST_ARGS ?=
FAST := -m "not slow and not browser and not stack and not postgresql"
AGAIN := -m "not slow and not browser and not stack and postgresql"
# One more than two cores: some of the fast tests wait for a server of their own.
WORKERS ?= 3

.PHONY: help setup run test quick check simulate bench stock train chat lock clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

setup: .venv/app/.app .venv/rasa/.rasa ## Build both environments and train the model
	@bin/retour train --if-changed

run: setup ## Set up what is missing, then start everything (Ctrl-C stops it)
	@exec bin/retour up

test: check setup .venv/app/.dev .venv/telemelya/.telemelya tests/browser/node_modules/.installed ## Set up what is missing, then run every check and test
	@echo "test: training data and rules"
	@$(RASA) -m components.lean data validate --data data --domain domain.yml --config config.yml >.venv/rasa/validate.log 2>&1 || { cat .venv/rasa/validate.log; exit 1; }
	@echo "test: stories"
	@$(RASA) -m components.lean test core --stories tests/stories --e2e --fail-on-prediction-errors --no-plot --out .venv/rasa/stories >.venv/rasa/stories.log 2>&1 || { tail -20 .venv/rasa/stories.log; exit 1; }
	@echo "test: Rasa components"
	@$(RASA) -m pytest -q -p no:cacheprovider tests/components -c tests/components/pytest.ini
	@echo "test: the product, the fast tests"
	@$(APP)/python -m pytest -n $(WORKERS) $(FAST)
	@echo "test: the product, the fast tests once more on PostgreSQL"
	@$(APP)/python -m pytest -n $(WORKERS) $(AGAIN)
	@echo "test: the product, the whole system"
	@$(APP)/python -m pytest -m "slow or browser or stack"

quick: setup .venv/app/.dev ## The fast tests only
	@$(APP)/python -m pytest -n $(WORKERS) $(FAST) $(PYTEST_ARGS)

check: .venv/app/.dev ## Formatting, lint, types, import rules
	@$(APP)/ruff format --check .
	@$(APP)/ruff check .
	@$(APP)/mypy
	@$(APP)/lint-imports

simulate: setup .venv/app/.dev ## Have simulated shoppers talk to the system (SEED=1 CONVERSATIONS=500)
	@$(APP)/python -m benchmarks.shoppers --seed $(or $(SEED),1) --conversations $(or $(CONVERSATIONS),500)

bench: setup .venv/app/.dev ## Print the figures of the design side by side
	@$(APP)/python -m benchmarks

stock: .venv/stock/.stock ## Install stock Rasa with TensorFlow (2 GB), which `make bench` then measures beside ours

train: setup ## Train the model, changed or not
	@bin/retour train

chat: ## Talk to the running system in the terminal
	@bin/retour chat

lock: $(UV) ## Compile the hashed requirement files again
	@$(UV) pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/app.txt
	@$(UV) pip compile -q pyproject.toml --group dev --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/dev.txt
	@$(UV) pip compile -q requirements/telemelya.in --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements/telemelya.txt
	@cd components && ../$(UV) pip compile -q pyproject.toml --python-version 3.11 --generate-hashes --no-header --no-annotate -o ../requirements/rasa.txt

clean: ## Remove environments, models and data of the demo
	rm -rf .venv models var tests/browser/node_modules

$(UV):
	@echo "setup: installer"
	@$(PYTHON) -c 'import sys; assert sys.version_info[:2] == (3, 11), "Retour needs Python 3.11; set PYTHON=/path/to/python3.11"'
	@$(PYTHON) -m venv .venv/uv
	@.venv/uv/bin/pip install -q --disable-pip-version-check uv==$(UV_VERSION)

.venv/app/.app: requirements/app.txt | $(UV)
	@echo "setup: app environment"
	@test -x $(APP)/python || $(PYTHON) -m venv --without-pip .venv/app
	@$(UV) pip install -q --no-deps --require-hashes --python $(APP)/python -r requirements/app.txt
	@touch $@

.venv/app/.dev: requirements/dev.txt .venv/app/.app | $(UV)
	@echo "setup: development tools"
	@$(UV) pip install -q --no-deps --require-hashes --python $(APP)/python -r requirements/dev.txt
	@touch $@

.venv/rasa/.rasa: requirements/rasa.txt | $(UV)
	@echo "setup: Rasa environment"
	@test -x $(RASA) || $(PYTHON) -m venv --without-pip .venv/rasa
	@$(UV) pip install -q --no-deps --require-hashes --python $(RASA) -r requirements/rasa.txt
	@touch $@

# A Bot API server that nobody here wrote (tests/channels/test_telemelya.py).
.venv/telemelya/.telemelya: requirements/telemelya.txt | $(UV)
	@echo "setup: Telegram's counterpart for the tests"
	@test -x .venv/telemelya/bin/python || $(PYTHON) -m venv --without-pip .venv/telemelya
	@$(UV) pip install -q --no-deps --require-hashes --python .venv/telemelya/bin/python -r requirements/telemelya.txt
	@touch $@

# Like the Rasa environment, but with the TensorFlow that stock pipelines compute with.
.venv/stock/.stock: requirements/rasa.txt benchmarks/stock.txt | $(UV)
	@echo "setup: stock Rasa, for comparison"
	@test -x .venv/stock/bin/python || $(PYTHON) -m venv --without-pip .venv/stock
	@$(UV) pip install -q --no-deps --require-hashes --python .venv/stock/bin/python -r requirements/rasa.txt
	@$(UV) pip install -q --python .venv/stock/bin/python -r benchmarks/stock.txt
	@$(UV) pip install -q --no-deps --python .venv/stock/bin/python rasa-sdk==3.6.2
	@touch $@

# axe-core checks the pages' accessibility; without npm those tests are skipped and say so.
tests/browser/node_modules/.installed: tests/browser/package.json
	@mkdir -p $(@D)
	@if command -v npm >/dev/null; then npm install --silent --no-audit --no-fund --no-package-lock --prefix tests/browser; fi
	@touch $@
