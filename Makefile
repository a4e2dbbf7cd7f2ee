# Two commands: make train, and make test. Both install what they need on Debian and Ubuntu. And make
# install puts the program and its completions below PREFIX; make dist packs them for machines without
# Swift.

PACKAGES := gnuplot-nox libopenblas-dev libopenmpi-dev libssl-dev openmpi-bin pkg-config
# For the tests of make test-more, which take longer or need more programs.
# mpirun stays Open MPI's beside MPICH's.
MORE_PACKAGES := chromium curl imagemagick iproute2 libmpich-dev mmdebstrap mpich python3 qemu-user
RANKS ?= $(shell cores=$$(lscpu -p=Core,Socket | grep -v '^\#' | sort -u | wc -l); \
	available=$$(nproc); \
	[ $$available -lt $$cores ] && cores=$$available; \
	[ $$cores -gt 16 ] && cores=16; \
	echo $$cores)
DISTTRAIN := .build/release/disttrain
DATA_FOLDER := $(or $(CIFAR10_DIR),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/disttrain/cifar-10-batches-bin)
SCHEDULE := --iterations 1173 --milestones 586,880
ARGS ?=
PREFIX ?= /usr/local
PROGRAM := $(DESTDIR)$(PREFIX)/bin/disttrain
BASH_COMPLETION := $(DESTDIR)$(PREFIX)/share/bash-completion/completions/disttrain
ZSH_COMPLETION := $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_disttrain
FISH_COMPLETION := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/disttrain.fish
DIST_NAME := disttrain-$(shell sed -n 's/.*let release = "\(.*\)"/\1/p' \
	Sources/DistTrain/System/ProgramVersion.swift)-x86-64-v3
DIST ?= $(DIST_NAME).tar.gz

# mpirun refuses root unless told twice.
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
SUDO :=
else
SUDO := sudo
endif

# Installs those Debian packages of a list that are missing.
define install
missing=; \
for package in $(1); do \
  dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' \
    || missing="$$missing $$package"; \
done; \
if [ -n "$$missing" ]; then \
  echo "Installing$$missing"; \
  $(SUDO) apt-get update && $(SUDO) apt-get install -y --no-install-recommends $$missing; \
fi
endef

# Of `make fuzz`: seconds for each target.
FUZZ_SECONDS ?= 600

.PHONY: train test test-more fuzz sanitize run-tests setup setup-more build lint install uninstall dist

train: build
	@set -e; \
	dataset=; \
	case " $(ARGS) " in *" --dataset"*|*" --data"*|*" --resume "*) ;; *) \
	  if [ ! -f "$(DATA_FOLDER)/test_batch.bin" ] && [ -z "$(CIFAR10_DIR)" ] && [ -t 0 ]; then \
	    printf 'No CIFAR-10 in %s. Download 170 MB from its authors? [y/N] ' "$(DATA_FOLDER)"; \
	    read -r answer || answer=n; \
	    case "$$answer" in [yY]*) $(DISTTRAIN) data fetch;; esac; \
	  fi; \
	  if [ ! -f "$(DATA_FOLDER)/test_batch.bin" ]; then \
	    dataset="--dataset synthetic"; \
	    echo "No CIFAR-10 in $(DATA_FOLDER): training on the synthetic set of drawn shapes."; \
	    echo "For the real one, run $(DISTTRAIN) data fetch, or set CIFAR10_DIR to the folder of its"; \
	    echo "binary batches."; \
	  fi;; \
	esac; \
	mpirun -np $(RANKS) $(DISTTRAIN) train $(SCHEDULE) $$dataset $(ARGS); \
	echo; \
	echo "The last \"test error\" above is the result of this short schedule. The paper's 64,000 iterations:"; \
	echo "  mpirun -np $(RANKS) $(DISTTRAIN) train $$dataset --depth 20 --run runs/resnet20"

test: setup lint
	swift build -c release --build-tests
	@$(MAKE) --no-print-directory run-tests

test-more: setup-more
	swift build -c release --build-tests
	@DISTTRAIN_TEST_MORE=1 $(MAKE) --no-print-directory run-tests FILTER=EndToEnd/More/

# Readers of files, with bytes that lead libFuzzer to new places.
fuzz: setup
	DISTTRAIN_FUZZ=1 swift build -c release --product Fuzz --sanitize fuzzer \
	  --scratch-path .build-fuzz
	Proofs/fuzz --seconds $(FUZZ_SECONDS)

# Tests with the address sanitizer, and C, of headers too, with that of undefined behaviour, which Swift
# has on other systems only.
sanitize: setup
	swift build -c release --build-tests --sanitize address -Xcc -fsanitize=undefined \
	  --scratch-path .build-sanitize
	Proofs/sanitize

# One after the other, since programs that tests start take all cores. A run that finds no tests or
# skips them all ends with 0 as well, so one has to have passed. Says at its end what was skipped.
run-tests: SHELL := bash
run-tests:
	@set -eo pipefail; \
	log=$$(mktemp); \
	trap 'rm -f "$$log"' EXIT; \
	swift test -c release --skip-build --no-parallel $(FILTER:%=--filter %) 2>&1 | tee "$$log"; \
	grep -E 'skipped: |^SKIPPED' "$$log" | sed 's/.*skipped: /Skipped: /' | sort | uniq -c || true; \
	grep -Eq 'Test [A-Za-z0-9_]+\(.*\).* passed' "$$log" || { \
	  echo "make: the test run ended without running a test; where none was skipped, remove .build" >&2; \
	  exit 1; \
	}

build: setup
	swift build -c release --product disttrain

# Built only where it is not there, since root may not have the compiler. The program finds the Swift
# runtime where it was built with it.
$(DISTTRAIN):
	@$(MAKE) --no-print-directory build

install: $(DISTTRAIN)
	install -D $(DISTTRAIN) $(PROGRAM)
	@install -D -m 644 /dev/null $(BASH_COMPLETION)
	@install -D -m 644 /dev/null $(ZSH_COMPLETION)
	@install -D -m 644 /dev/null $(FISH_COMPLETION)
	$(DISTTRAIN) --generate-completion-script bash > $(BASH_COMPLETION)
	$(DISTTRAIN) --generate-completion-script zsh > $(ZSH_COMPLETION)
	$(DISTTRAIN) --generate-completion-script fish > $(FISH_COMPLETION)

uninstall:
	rm -f $(PROGRAM) $(BASH_COMPLETION) $(ZSH_COMPLETION) $(FISH_COMPLETION)

# The same program of the same commit gives the same bytes, whoever packs it when.
dist: setup
	DISTTRAIN_MARCH=x86-64-v3 DISTTRAIN_MPI=ompi-c swift build -c release --product disttrain \
	  --static-swift-stdlib -Xlinker -s --scratch-path .build-dist
	@set -e; \
	time=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}; \
	stage=$$(mktemp -d); \
	trap 'rm -rf "$$stage"' EXIT; \
	$(MAKE) --no-print-directory install DISTTRAIN=.build-dist/release/disttrain \
	  DESTDIR="$$stage/$(DIST_NAME)" PREFIX=; \
	cp docs/INSTALL README.md CHANGELOG.md CITATION.cff $(wildcard LICENSE*) "$$stage/$(DIST_NAME)"; \
	install -D docs/reference.md "$$stage/$(DIST_NAME)/docs/reference.md"; \
	tar -C "$$stage" -cf "$$stage/tar" --sort=name --format=ustar --owner=0 --group=0 --numeric-owner \
	  --mode=u=rwX,go=rX --mtime="@$$time" $(DIST_NAME); \
	gzip -9n "$$stage/tar"; \
	mv "$$stage/tar.gz" "$(DIST)"; \
	ls -l "$(DIST)"

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Examples Proofs

setup:
	@$(call install,$(PACKAGES))

setup-more:
	@$(call install,$(PACKAGES) $(MORE_PACKAGES))
