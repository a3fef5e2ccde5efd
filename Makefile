# One verb per task. Each starts what it needs and stops what it started.

CARGO ?= cargo
STACK := target/debug/callflow-stack

.PHONY: help test check stack stack-stop fmt

help: ## Lists the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

test: $(STACK) ## Unit, property, integration and end-to-end tests on real servers
	$(STACK) exec -- $(CARGO) nextest run --workspace $(ARGS)
	$(CARGO) test --doc --workspace --quiet

check: ## Format, lints as errors, docs, dependency policy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(CARGO) nextest run -p callflow-tests --test architecture --test policy

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
