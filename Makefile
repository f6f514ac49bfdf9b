# What a change needs, a target each. CI runs the same ones (.ci/run).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

FUZZTIME ?= 10s
FUZZLONG ?= 60s
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/donhk/istream/pkg/service.version=$(VERSION)
# golangci-lint does not know the pattern `work`.
MODULES = $$(go list -m -f '{{.Dir}}')

.PHONY: help
help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/istream: static, stripped
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/istream ./cmd/istream

.PHONY: test
test: ## Run the tests that need Go alone
	go test work

.PHONY: race
race: ## The same with the race detector
	go test -race work

.PHONY: test-32
test-32: ## The same as a 32-bit program
	GOARCH=386 CGO_ENABLED=0 go test work

.PHONY: test-arm
test-arm: ## The same as the Pi's program, emulated (slow)
	.ci/test-arm

.PHONY: e2e
e2e: build ## Run the whole pipeline (first: .ci/packages, .ci/minio)
	go test -count=1 -p 1 -tags e2e -timeout 30m ./e2e/...

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (10s), the vital ones for FUZZLONG (60s)
	.ci/fuzz $(FUZZTIME) $(FUZZLONG)

.PHONY: bench
bench: build ## Run the benchmarks, then measure the whole against ffmpeg
	go test -run '^$$' -bench . -benchmem work
	go run ./e2e/bench/recording

.PHONY: check
check: fmt-check vet lint tidy rules test-32 ## Look at the code in every way that needs Go alone

.PHONY: fmt
fmt: ## Format the code
	gofmt -w .

.PHONY: fmt-check
fmt-check:
	@unformatted=$$(gofmt -l .); if [[ -n $$unformatted ]]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi

.PHONY: vet
vet:
	go vet work
	go vet -tags e2e,compose ./e2e/...

.PHONY: lint
lint: bin/golangci-lint ## Lint the code
	bin/golangci-lint run --allow-parallel-runners $$(for dir in $(MODULES); do echo $$dir/...; done)

bin/golangci-lint: tools/go.mod tools/go.sum
	cd tools && GOWORK=off go build -trimpath -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: tidy
tidy: ## Check that each module builds alone and that its go.mod is tidy
	.ci/tidy

.PHONY: rules
rules: ## Check the architecture's import rules
	go test -count=1 ./e2e
