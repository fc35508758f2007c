# The commands of the project. `make example` and `make test` set up all they need
# from Python 3, cargo and a C compiler.

PYTHON ?= python3
VENV := .make/venv
BIN := $(VENV)/bin
DIST := .make/dist

.PHONY: example test test-rust test-python wheel lint format corpus corpus-migrate corpus-sdists corpus-editable corpus-edits corpus-stubs corpus-tags corpus-bundle corpus-cross arm64 conformance fuzz bench bench-import bench-big bench-glue bench-crates bench-errors interpreters soak cryptography maturin-crates package wheels prove-wheels windows more-interpreters musl arm64-root clean

## Build Officina, build the example project with it, install both and run the example.
example: wheel
	rm -rf .make/example && mkdir -p .make/example
	$(PYTHON) -m venv .make/example/venv
	.make/example/venv/bin/python -m pip wheel --quiet --no-deps --find-links $(DIST) \
		--wheel-dir .make/example/dist ./example-project
	.make/example/venv/bin/python -m pip install --quiet $(DIST)/officina-*.whl \
		.make/example/dist/officina_example-*.whl
	cd .make/example && venv/bin/officina --version && venv/bin/python -m officina_example

## Every test: Rust, then Python with real frontends, compilers and interpreters.
test: test-rust test-python

test-rust: $(VENV)/installed
	OFFICINA_TEST_PYTHON=$(CURDIR)/$(BIN)/python cargo test --locked --workspace

PYTEST = OFFICINA_WHEEL="$$(ls $(CURDIR)/$(DIST)/officina-*.whl)" $(BIN)/python -m pytest

# Tests wait for compilers and installers: more of them than cores keep the cores busy.
WORKERS ?= 4
test-python: wheel $(VENV)/installed
	$(PYTEST) --numprocesses $(WORKERS) $(ARGS)

## The tests that are of interpreters, with every CPython from 3.9 on and PyPy that are found here.
interpreters: wheel $(VENV)/installed
	OFFICINA_TEST_ALL_PYTHONS=1 $(PYTEST) --numprocesses $(WORKERS) -m interpreters $(ARGS)

## The same with interpreters that this system does not have, in a Debian of their own (needs root; long).
more-interpreters: wheel $(VENV)/installed
	$(BIN)/python tests/more_interpreters.py --numprocesses $(WORKERS) $(ARGS)

## Where musl is the C library: the wheel of a release builds the example and a wheel with libraries in a system made of
## Debian's packages and sources, zig and wheels of PyPI, in .make/musl (needs root and debootstrap; long).
musl: $(VENV)/installed
	$(BIN)/python release/wheels.py $$(uname -m)-unknown-linux-musl
	$(BIN)/python tests/musl.py $(ARGS)

## The wheel of Officina itself, in .make/dist.
wheel: $(BIN)/python
	rm -rf $(DIST) build/lib build/bdist.*
	@echo building Officina: the first time takes a minute or two
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir $(DIST) .

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: tests/requirements.txt $(BIN)/python
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -r tests/requirements.txt
	touch $@

lint: $(VENV)/installed
	cargo fmt --check --all
	cargo fmt --check --manifest-path fuzz/Cargo.toml
	cargo fmt --check --all --manifest-path officina-build/example/Cargo.toml
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --quiet --no-deps --package officina-build
	cargo clippy --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed
	cargo fmt --all
	cargo fmt --manifest-path fuzz/Cargo.toml
	cargo fmt --all --manifest-path officina-build/example/Cargo.toml
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## Nineteen projects from PyPI, each beside setuptools (long; see docs/corpus.md).
corpus: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/run.py $(ARGS)

## The same projects moved by `officina migrate --write`, each beside what is recorded of it (long).
corpus-migrate: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/migrate.py $(ARGS)

## The sdists of the same projects: nothing missing, the same wheel from each (long).
corpus-sdists: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/prove.py $(ARGS)

## The same projects with `platform-tag = "auto"`, each beside `auditwheel show`; or any wheels (long).
corpus-tags: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/tags.py $(ARGS)

## Those that link libraries of Debian with `bundle`, each beside `auditwheel repair` (long; as root or in a namespace).
corpus-bundle: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/bundle.py $(ARGS)

## Four of them built for aarch64, and tried under qemu (long; needs gcc-aarch64-linux-gnu and qemu-user-static).
corpus-cross: wheel $(VENV)/installed arm64-root
	$(BIN)/python tests/corpus/cross.py $(ARGS)

## Wheels that are built for aarch64 here beside those that a whole Debian for arm64 builds itself, under qemu, with the
## wheel of Officina in .make/wheels (long; needs root on Debian, gcc-aarch64-linux-gnu and qemu-user-static).
arm64: wheel $(VENV)/installed
	ls .make/wheels/officina-*aarch64*.whl >/dev/null 2>&1 || \
		$(BIN)/python release/wheels.py aarch64-unknown-linux-musl
	$(BIN)/python tests/arm64.py $(ARGS)

## What the tests of cross builds need of Debian for arm64, into `.make/roots/arm64`, unless all of it is there.
arm64-root:
	$(PYTHON) tests/arm64_root.py

## The same projects installed as editable: they work, and nothing is built twice (long).
corpus-editable: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/editable.py $(ARGS)

## Edits of the native parts of five of them: what depends on each is built, and no more (long).
corpus-edits: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/edits.py $(ARGS)

## Type stubs of the same projects: both checkers, strict (long).
corpus-stubs: wheel $(VENV)/installed
	$(BIN)/python tests/corpus/stubs.py $(ARGS)

## cffi's own tests through Officina's compiler and linker (long).
conformance: wheel $(VENV)/installed
	$(BIN)/python tests/conformance/run.py $(ARGS)

## cryptography and setuptools-rust's example with officina-build in the place of their own ways; their own tests (long).
cryptography: $(VENV)/installed
	$(BIN)/python tests/moved_crates/run.py $(ARGS)

## maturin's test crates with cffi bindings, moved over (needs cbindgen and git; long).
maturin-crates: wheel $(VENV)/installed
	$(BIN)/python tests/moved_crates/maturin.py $(ARGS)

## The two crates as they would be published, built from what is in them. In a new folder each time: Cargo unpacks a
## version of the first crate once for each folder, and builds the second one with that.
package:
	rm -rf .make/package.* && mkdir -p .make
	cargo package --locked --package officina --package officina-build \
		--target-dir "$$(mktemp -d $(CURDIR)/.make/package.XXXXXX)"

## The wheels of a release, in .make/wheels: all that this machine can build, or those that ARGS names (long).
wheels: $(VENV)/installed
	$(BIN)/python release/wheels.py $(ARGS)

## These wheels in use: the example, built with each interpreter that ARGS names (long).
prove-wheels: $(VENV)/installed
	$(BIN)/python release/prove.py $(ARGS)

## Officina in a Windows that this machine runs, with Wine: its Rust tests, and Python's in the list of
## tests/windows/run.py or those that ARGS names (long; as root on Debian, 9 GB in OFFICINA_WINDOWS the first time).
windows: wheel $(VENV)/installed
	$(BIN)/python tests/windows/run.py $(ARGS)

## Officina beside its peers, as ratios (long; wants a quiet machine).
bench: wheel $(VENV)/installed
	$(BIN)/python benches/run.py $(ARGS)

## What the first import of an editable install costs that rebuilds (long; wants a quiet machine).
bench-import: wheel $(VENV)/installed
	$(BIN)/python benches/import_check.py $(ARGS)

## What big inputs take, in time and in the executable's own memory (long).
bench-big: wheel $(VENV)/installed
	$(BIN)/python benches/big.py $(ARGS)

## Kills at random moments, builds of one tree at once and random edits: ten kills, nine builds and 84 rounds of edits
## for each of SEEDS seeds (long).
SEEDS ?= 12
soak: wheel $(VENV)/installed
	OFFICINA_SOAK=$(SEEDS) $(PYTEST) -v tests/python/test_soak.py tests/python/test_differential.py $(ARGS)

## What the lower level of cffi's own C costs in calls and saves in builds (long; wants a quiet machine).
bench-glue: wheel $(VENV)/installed
	$(BIN)/python benches/glue.py $(ARGS)

## A crate behind a module, beside maturin (wants a quiet machine).
bench-crates: wheel $(VENV)/installed
	$(BIN)/python benches/crates.py $(ARGS)

## How long after a program has failed its error is shown, and the build has ended.
bench-errors: wheel $(VENV)/installed
	$(BIN)/python benches/first_error.py $(ARGS)

## Fuzz targets, each for SECONDS; all of them, or those that ARGS names (long; needs nightly Rust).
FUZZ := .make/fuzz
SECONDS ?= 600
fuzz: $(FUZZ)/bin/cargo-fuzz
	for target in $(or $(ARGS),pyproject answers requirement binary); do \
		mkdir -p $(FUZZ)/corpus/$$target $(FUZZ)/found/$$target && \
		CARGO_TARGET_DIR=$(CURDIR)/$(FUZZ)/target PATH="$(CURDIR)/$(FUZZ)/bin:$$PATH" \
		cargo +nightly fuzz run $$target $(FUZZ)/corpus/$$target fuzz/seeds/$$target -- \
			-max_total_time=$(SECONDS) -max_len=4096 -timeout=10 \
			-artifact_prefix=$(FUZZ)/found/$$target/ || exit 1; \
	done

$(FUZZ)/bin/cargo-fuzz:
	cargo install --quiet --locked --root $(FUZZ) cargo-fuzz

## The documentation, in .make/site: strict, and from what is installed here (docs/requirements.txt).
SITE := .make/site-venv
.PHONY: site reference pictures
site: $(SITE)/installed
	$(SITE)/bin/mkdocs build --strict --quiet

$(SITE)/installed: docs/requirements.txt
	$(PYTHON) -m venv $(SITE)
	$(SITE)/bin/python -m pip install --quiet -r docs/requirements.txt
	touch $@

## The parts of the reference that are made of the code, written anew; a test holds them.
reference: wheel
	$(BIN)/python -m pip install --quiet --force-reinstall --no-deps $(DIST)/officina-*.whl
	$(BIN)/python docs/tools/reference.py $(BIN)/officina

## The pictures of a terminal in docs/pictures, drawn anew of what Officina says now.
pictures: wheel $(SITE)/installed
	$(SITE)/bin/python -m pip install --quiet --force-reinstall $(DIST)/officina-*.whl
	$(SITE)/bin/python docs/tools/pictures.py $(CURDIR)/$(SITE)/bin/officina

clean:
	rm -rf .make target build dist
