# The front door: `make run` (the service), `make test` (everything), `make check` (under a minute).
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
PYTHON ?= $(shell for p in /usr/bin/python3 python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
# Without plugins that cost every worker their import and that these runs do not use.
PYTEST := $(BIN)/python -m pytest -p no:cacheprovider -p no:schemathesis -p no:anyio
QUICK  := not interop and not load and not e2e
# Byte code goes to one place, also where the environment lets none be written: nothing is compiled twice.
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(VENV)/bytecode
unexport PYTHONDONTWRITEBYTECODE
HOT    := $(addprefix tests/,$(addprefix unit/,protocol_sip_* protocol_sdp protocol_ng domain_call service_gateway) spec sim races property)
# Real processes on a busy machine: what failed is tried once more by itself, and that is said.
define WITH_A_SECOND_TRY
	$(BIN)/python -m pytest -o cache_dir=$(VENV)/.pytest $(1) || { [ $$? = 1 ] && echo "--- second try of what failed ---" && \
		$(BIN)/python -m pytest -o cache_dir=$(VENV)/.pytest --last-failed --last-failed-no-failures none $(1); }
endef
PEERS  := sip-tester baresip-core kamailio kamailio-tls-modules rtpengine-daemon linphone-cli tshark redis-server gcc chromium nodejs npm

.PHONY: run test check fast compiled peers demo bench lint fmt types arch lock setup clean

setup: $(STAMP)

$(STAMP): pyproject.toml requirements.lock package-lock.json
	@test -n "$(PYTHON)" || { echo "Trunkline needs Python >= 3.11 with venv: sudo apt install -y python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import uv' 2>/dev/null || $(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --no-python-downloads --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --no-python-downloads --python $(BIN)/python --no-deps -e .
	@$(BIN)/python tools/browser_files.py
	@touch $@

run: $(STAMP)
	exec $(BIN)/trunkline up

demo: $(STAMP)
	$(BIN)/trunkline demo

# Three runs: what is pure and quick on all cores, with every seed and example; real processes and peers; deaths and restarts, which want the machine to themselves.
test: $(STAMP) lint types arch
	$(PYTEST) -n auto --hypothesis-profile=long -m "$(QUICK)" tests
	$(call WITH_A_SECOND_TRY,-n 2 --dist loadfile -m "(interop or e2e) and not load" tests)
	$(call WITH_A_SECOND_TRY,-m load tests)

check: $(STAMP) lint types arch fast

fast: $(STAMP)
	$(PYTEST) -q -n auto -m "$(QUICK)" tests

# Optional: the hot rooms as machine code in build/compiled (a C compiler and Python's headers are needed), and their tests on it.
compiled: $(STAMP)
	$(BIN)/python tools/compile.py
	PYTHONPATH=$(CURDIR)/build/compiled $(PYTEST) -q -n auto -m "$(QUICK)" $(HOT)

lint: $(STAMP)
	$(BIN)/ruff check src tests bench tools
	$(BIN)/ruff format --check src tests bench tools

fmt: $(STAMP)
	$(BIN)/ruff check --fix src tests bench tools
	$(BIN)/ruff format src tests bench tools

types: $(STAMP)
	$(BIN)/mypy src tests bench tools

arch: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m bench

# Hashes, no addresses: works with any index.
lock:
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--python-version 3.11 --group dev pyproject.toml -o requirements.lock

# The real peers of the interop tests; their services are kept from starting.
peers:
	@tools/peers $(PEERS)
