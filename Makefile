# For people; CMakePresets.json holds the builds themselves. `make` alone lists what there is.
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
SECONDS ?= 60
build    = cmake --preset $(1) $(2) && cmake --build --preset $(1) -j $(JOBS)

help:
	@echo "make demo      install what is missing, build, and watch a network learn low frequencies first"
	@echo "make check     install what is missing, build, and run every test and check"
	@echo "make install   build and install to PREFIX ($(PREFIX)): program, library, headers, CMake and pkg-config files"
	@echo "make test      build and run the fast tests only"
	@echo "make bench     the speed tables, beside their baselines where these are there"
	@echo "make coverage  which lines the tests reach"
	@echo "make fuzz      every file reader on made-up input, SECONDS each ($(SECONDS))"
	@echo "make format    lay out every C file as .clang-format says"
	@echo "make tidy      clang-tidy, zero findings"
	@echo "make map       what every file is for, in its own words"
	@echo "make clean     remove build/"

demo:
	tools/install_packages.sh build run
	$(call build,release)
	build/release/cli/lowfirst demo

check:
	tools/install_packages.sh build run test
	$(call build,dev)
	ctest --preset check -j $(JOBS)

test:
	tools/install_packages.sh build run test
	$(call build,dev)
	ctest --preset dev -j $(JOBS)

install:
	tools/install_packages.sh build run
	$(call build,release)
	cmake --install build/release --prefix $(PREFIX)

bench:
	tools/install_packages.sh build run bench
	$(call build,release)
	cmake --build --preset release --target bench

coverage:
	tools/install_packages.sh build run test coverage
	$(call build,coverage)
	ctest --preset coverage -j $(JOBS)
	gcovr --root . --filter src/ --filter cli/ --object-directory build/coverage --print-summary --txt build/coverage/coverage.txt

fuzz:
	tools/install_packages.sh build test
	tools/check_fuzz.sh $(SECONDS)

format:
	tools/check_format.sh --fix

tidy:
	tools/check_tidy.sh

map:
	@tools/map.sh

clean:
	rm -rf build

.PHONY: help demo check test install bench coverage fuzz format tidy map clean
