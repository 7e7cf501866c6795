# Needs make, gcc and a Python with its headers; pip fetches the rest into an environment of its own.
# `make PYTHON=python3.12 test` does the same with another Python, in .venv-3.12; several at once too.

PYTHON ?= python3
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2] + sys.abiflags)')
VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(version))
python := $(VENV)/bin/python
pip := $(python) -m pip --quiet --disable-pip-version-check
# Builds in this tree share folders: one at a time.
alone := $(if $(shell command -v flock),flock .)
files = $(shell find $(1) -type f ! -name '*.so' ! -name '*.pyc' ! -path '*.egg-info*' 2>/dev/null)
stubbed := $(patsubst src/trueloop/kernel/%.pyi,trueloop.kernel.%,$(wildcard src/trueloop/kernel/*.pyi))
# what runs on other systems too: all but the native loop and its watch
elsewhere := --exclude 'trueloop/(kernel|loop|livetasks|pollerview|awaitgraph|diagnostics/watch)' src/trueloop
# CPython's tests of what trueloop.accelerate() replaces
accelerated := test_locks test_queues test_timeouts test_waitfor test_tasks test_streams test_subprocess test_taskgroups test_threads
# what is tried out on trueloop
tried := $(wildcard tests/*/requirements.txt)
package := setup.py pyproject.toml MANIFEST.in README.md $(call files,src docs/findings)

.PHONY: help demo test check conformance clients bench soak wheels sanitize counted fuzz faults clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' Makefile | expand -t 20

demo: $(VENV)/.crawler ## crawl a hostile web site, embedded and on loopback, and account for every URL
	@$(VENV)/bin/honest-crawl --demo

test: $(VENV)/.tests ## install trueloop and run all its tests on what was installed
	@$(if $(ARGS),$(python) -m pytest $(ARGS),$(tests))

check: $(VENV)/.tests $(VENV)/.linters ## formatting, lint, types, layering, tidiness
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@PATH=$(VENV)/bin:$$PATH cython-lint $(filter %.pyx %.pxd,$(package))
	@$(VENV)/bin/mypy
	@$(VENV)/bin/mypy --platform darwin $(elsewhere)
	@$(VENV)/bin/mypy --platform win32 $(elsewhere)
	@$(VENV)/bin/stubtest $(stubbed) --ignore-disjoint-bases --allowlist tests/repo/stubs.allowlist
	@$(python) -m pytest --quiet tests/repo

conformance: $(VENV)/.tests ## run CPython's own asyncio tests on trueloop's loop, judged against asyncio's
	@$(python) -m tests.conformance $(ARGS)
	@$(if $(ARGS),,$(python) -m tests.conformance --accelerate $(accelerated))

clients: $(VENV)/.tests ## fetch and run the own tests of aiohttp, anyio, asyncpg, ... (an hour)
	@tests/clients/install
	@$(python) -m tests.suites $(ARGS)

bench: $(VENV)/.bench ## measure all of benchmarks/ on every loop that this Python runs (half an hour)
	@$(python) -m benchmarks $(ARGS)

soak: $(VENV)/.bench ## ten million tasks, ten thousand connections, then all loads at once for an hour
	@$(python) -m benchmarks.endurance
	@$(python) -m benchmarks.connections
	@$(python) -m tests.soak $(or $(ARGS),--minutes 60)

wheels: $(VENV)/.pip ## a wheel for each supported Python here (or PYTHONS="..."), and one for other systems
	@rm -rf dist && for python in $(or $(PYTHONS),$$(.ci/pythons)); do \
		$$python -m venv --clear --without-pip build/wheel || exit; \
		$(alone) sh -c '$(fresh); $(pip) --python build/wheel/bin/python wheel --no-deps --wheel-dir dist .' || exit; \
	done
	@TRUELOOP_BUILD=pure $(alone) sh -c '$(fresh); $(pip) wheel --no-deps --wheel-dir dist .'
	@ls dist

sanitize: ## build with AddressSanitizer and UndefinedBehaviorSanitizer; the native code's tests and CPython's
	@$(call instrumented,sanitize)
	@$(sanitized) pytest $(or $(ARGS),tests/kernel tests/primitives tests/hostile $(native_diagnostics))
	@$(if $(ARGS),,$(sanitized) tests.conformance --logs build/sanitize/conformance)

counted: PYTHON = $(shell .ci/debug-python)
counted: ## build for a CPython that counts all references; the native code's tests, and no count may grow
	@$(call instrumented,checked)
	@build/checked/venv/bin/python -m pytest $(or $(ARGS),tests/kernel tests/primitives tests/hostile $(native_diagnostics))

fuzz: ## build likewise; play random sequences of operations, led by coverage, against asyncio
	@$(call instrumented,fuzz)
	@gcc -O2 -shared -fPIC -o build/fuzz/coverage.so tests/fuzz/coverage.c
	@LD_PRELOAD="$$(gcc -print-file-name=libasan.so) $(CURDIR)/build/fuzz/coverage.so" $(without_leaks) TRUELOOP_DIAGNOSTICS=0 \
		build/fuzz/venv/bin/python -m tests.fuzz $(ARGS)

faults: $(VENV)/.tests ## let each system call and allocation of some scenarios fail once, and see what breaks
	@$(python) -m tests.faults $(ARGS)

clean: ## remove every environment and everything built
	rm -rf build dist .venv .venv-*

# setuptools never forgets a module that it once built: what was renamed would stay in the wheel.
fresh = find build/lib* -type f ! -name '*.so' -delete 2>/dev/null || true
# Tests of diagnostics that put native code to work: the watch, reachability, requests, interrupts.
native_diagnostics = $(wildcard tests/diagnostics/test_watch*.py) $(patsubst %,tests/diagnostics/test_%.py,\
	awaiters blocked_loop cancellation cases circular_await deadlock reachability storms stranded_task waits)
# What Python keeps for ever are no leaks.
without_leaks = ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc
sanitized = LD_PRELOAD=$$(gcc -print-file-name=libasan.so) $(without_leaks) build/sanitize/venv/bin/python -m
# Another build of a copy of the source, in an environment of its own.
instrumented = mkdir -p build/$(1)/source && rm -rf build/$(1)/source/src && \
	tar -c --exclude='*.so' setup.py pyproject.toml MANIFEST.in README.md LICENSE src docs/findings | \
		tar -x -C build/$(1)/source && \
	{ $(call environment,build/$(1)/venv); } && \
	$(call groups,test,build/$(1)/venv/bin/python -m pip --quiet) && \
	TRUELOOP_BUILD=$(1) build/$(1)/venv/bin/python -m pip --quiet install --force-reinstall build/$(1)/source
# Debian's Python has no ensurepip that works outside its own folders; then its own pip serves.
environment = { $(PYTHON) -m venv $(1) >/dev/null 2>&1 || { $(PYTHON) -m venv --without-pip $(1) && \
	for pip in $(PYTHON) python3; do \
		$$pip -m pip --quiet --disable-pip-version-check --python $(1)/bin/python install pip && break; done; }; } && \
	$(1)/bin/python -m pip --quiet --disable-pip-version-check install --upgrade 'pip>=25.1'
# Of these the newest for which there is a wheel: their sources want a Rust toolchain.
# lxml, and so the crawler, does not run without the GIL; that it can be switched on is tested by this.
tests = $(if $(findstring t,$(version)),$(python) -m pytest tests; failed=$$?; \
	PYTHON_GIL=1 $(python) -m pytest apps && exit $$failed,$(python) -m pytest)
groups = $(2) install --only-binary hypothesis,pydantic-core $(addprefix --group ,$(1))

$(VENV)/.pip:
	@$(call environment,$(VENV)) && touch $@

$(VENV)/.trueloop: $(VENV)/.pip $(package)
	@$(alone) sh -c '$(fresh); $(pip) install --force-reinstall .' && touch $@

$(VENV)/.crawler: $(VENV)/.trueloop $(call files,apps)
	@$(alone) $(pip) install --force-reinstall --no-deps ./apps/crawler
	@$(pip) install --only-binary hypothesis './apps/crawler[test]' && touch $@

$(VENV)/.tests: $(VENV)/.trueloop $(VENV)/.crawler pyproject.toml $(tried)
	@$(call groups,test,$(pip)) $(addprefix -r ,$(tried)) && touch $@

$(VENV)/.linters: $(VENV)/.trueloop pyproject.toml
	@$(call groups,check,$(pip)) && touch $@

$(VENV)/.bench: $(VENV)/.trueloop $(VENV)/.crawler $(wildcard benchmarks/requirements*.txt)
	@$(pip) install -r benchmarks/requirements.txt -r benchmarks/requirements-programs.txt
	@$(pip) install --only-binary rsloop -r benchmarks/requirements-glibc-2.39.txt 2>/dev/null || true
	@touch $@
