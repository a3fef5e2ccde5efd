# One verb per task. Each starts what it needs and stops what it started.

CARGO ?= cargo
STACK := target/debug/callflow-stack

.PHONY: help run up down build test check sdk bench fault proto settings stack stack-stop fmt

FLEET := target/debug/callflow-fleet

help: ## Lists the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: build ## Everything up, one sample call, stays until Ctrl-C; ONCE=1 stops after the call
	$(FLEET) run

up: build ## The same, detached; .callflow/endpoints.json says where everything is
	$(FLEET) up

down: ## Stops what `make up` left running
	$(FLEET) down

build: ## Builds every program of the fleet
	$(CARGO) build --workspace --bins

proto: ## Writes the code generated from proto/
	CALLFLOW_PROTO_WRITE=1 $(CARGO) test --quiet --package callflow-contract --test generated

settings: ## Writes the tables of settings into the services' READMEs
	CALLFLOW_SETTINGS_WRITE=1 $(CARGO) test --quiet --package callflow-tests --test settings

test: build ## Unit, property, integration and end-to-end tests on real servers
	$(STACK) exec -- $(CARGO) nextest run --workspace $(ARGS)
	$(CARGO) test --doc --workspace --quiet

check: ## Format, lints as errors, docs, dependency policy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(CARGO) nextest run -p callflow-tests --test architecture --test policy --test settings --test manifest

sdk: build ## The voice platform's public SDKs sign requests that a fleet accepts, and judge our vectors
	tests/sdk/run

bench: ## Figures beside their limits; GROUPS="search hold" for some of them; target/report/bench.json
	$(CARGO) build --release --workspace --bins
	target/release/callflow-bench $(GROUPS)

fault: build ## Breaks servers, links and services under load, counts what is lost; SHORT=1 for a short form; target/report/fault.json
	CALLFLOW_FAULT=$(if $(SHORT),short,long) $(CARGO) nextest run -p callflow-tests --test fault --run-ignored all --no-capture

stack: $(STACK) ## Starts Postgres, Redis and RabbitMQ and leaves them running
	$(STACK) servers --detach

stack-stop: $(STACK) ## Stops them; their data stays
	$(STACK) servers stop

fmt: ## Formats all code
	$(CARGO) fmt --all

# Cargo knows when it is out of date.
.PHONY: $(STACK)
$(STACK):
	$(CARGO) build --quiet --package callflow-stack
