# One entry for everything a developer or a machine does here. `make` prints the list.
# Always: every target that runs our code goes through setup first and uses the pinned Node.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# Setup needs the machine's own node and npm; all other targets get the pinned ones.
system_path := $(PATH)
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

# One cache per user, so that a run under sudo leaves no file that a later run cannot replace.
cache := node_modules/.cache/$(shell id -u)
# Of what Node compiled, as in bin/wamptcp; for others than root, who cannot write there, there is none.
export NODE_COMPILE_CACHE := /var/cache/wamptcp
unit_tests := 'test/unit/**/*.test.ts' test/architecture.test.ts
# Starting Node for each of a hundred files takes as long as all their tests.
one_process := --test-isolation=none
# Each half has a processor for itself.
unit_halves := unit-1/2 unit-2/2
netns_tests := $(sort $(shell find test/netns -name '*.test.ts'))
# They count packets or measure rates and repairs against each other, so they run alone; all others wait
# for what happens, and bear company.
timed_tests := $(filter $(addprefix test/netns/,link.% traffic.% gateway/best-path.% gateway/detection.% \
	gateway/many-hosts.%),$(netns_tests))
node := node --disable-warning=ExperimentalWarning
# What stands still fails, instead of holding up everything behind it.
netns_run := $(node) --test --test-timeout=120000 --test-reporter=spec

.DEFAULT_GOAL := help
.PHONY: help setup demo check test bench evaluate clean format format-fix lint types unit $(unit_halves) netns root

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing: Debian packages, npm packages, Node 24
	@PATH='$(system_path)' scripts/setup

demo: setup ## a branch with several WANs on this machine: watch one of them die (DEMO_FLAGS=…)
	@./bin/wamptcp demo $(DEMO_FLAGS)

check: setup ## format, lint, types and unit tests; no root needed
	@$(MAKE) -j2 --output-sync=target lint types $(unit_halves) format
	@echo 'check: format, lint, types and unit tests pass'

test: root setup ## everything: check, then the tests in network namespaces (root)
	@FUZZ_RUNS=10000 $(MAKE) check
	@$(MAKE) netns

bench: setup ## measure what this machine can do
	@$(node) bench/main.ts

evaluate: setup ## the experiments, root; EVALUATE_FLAGS=--quick, EXPERIMENTS=table-2 (default: all)
	@./bin/wamptcp evaluate $(or $(EXPERIMENTS),all) $(EVALUATE_FLAGS)

clean: ## remove caches and build output
	rm -rf node_modules/.cache/* dist coverage

# The parts of check and test, for use on their own; they take setup for granted.

format: ## … only the format
	@prettier --check --log-level warn --cache --cache-location $(cache)/prettier .

format-fix: ## … rewrite files in the right format
	@prettier --write --log-level warn .

lint: ## … only the linter
	@eslint --max-warnings 0 --cache --cache-strategy content --cache-location $(cache)/eslint .

types: ## … only the types
	@tsc --incremental --tsBuildInfoFile $(cache)/tsbuildinfo

unit: ## … only the unit tests
	@$(MAKE) -j2 --output-sync=target $(unit_halves)

$(unit_halves):
	@FUZZ_RUNS=$${FUZZ_RUNS:-2000} $(node) --test $(one_process) --test-reporter=dot --test-shard=$(@:unit-%=%) $(unit_tests)

netns: root ## … only the tests in network namespaces (root)
	@$(netns_run) --test-concurrency=2 $(filter-out $(timed_tests),$(netns_tests))
	@$(netns_run) --test-concurrency=1 $(timed_tests)

root:
	@[ "$$(id -u)" = 0 ] || { echo "make test needs root for network namespaces: run 'sudo make test'" >&2; exit 1; }
