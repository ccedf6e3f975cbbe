# Targets for people; .ci/run calls them too. `make test` is the one to know.

GO            ?= go
HISTORIES     ?= 200
GOLANGCI_LINT := v2.15.0
LINTER        := $(CURDIR)/bin/golangci-lint-$(GOLANGCI_LINT)

# The rows of modules.txt: all, and those that no replace in their own go.mod points at the tree.
MODULES := $(shell awk '!/^\#/ && NF {print $$1}' modules.txt)
PLAIN   := $(shell awk '!/^\#/ && $$2 == "yes" && $$1 != "." {print $$1}' modules.txt)

.PHONY: test race test-all lint tidy bench bench-writeplan simulate mutants clean

test: ## the workspace
	$(GO) test work

race: ## the workspace, with the race detector, in random order
	$(GO) test -race -shuffle=on work

test-all: ## every module, as modules.txt says, with its real servers
	@awk '!/^#/ && NF' modules.txt | while read -r dir workspace command; do \
		if [ "$$workspace" = yes ]; then unset GOWORK; else export GOWORK=off; fi; \
		echo "$$dir: $$command"; \
		(cd "$$dir" && eval "$$command") </dev/null || exit 1; \
	done

lint: $(LINTER) ## every module, with .golangci.yml
	@for dir in $(MODULES); do \
		case " $(PLAIN) . " in *" $$dir "*) unset GOWORK ;; *) export GOWORK=off ;; esac; \
		echo "$$dir: golangci-lint"; \
		(cd "$$dir" && $(LINTER) run --config $(CURDIR)/.golangci.yml ./...) || exit 1; \
	done

# Not a tool of go.mod: it would bring some two hundred modules into every user's module graph.
$(LINTER):
	@mkdir -p bin && log=$$(mktemp) && \
	if GOWORK=off GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT) >"$$log" 2>&1; \
	then mv bin/golangci-lint $@; rm -f "$$log"; else cat "$$log"; rm -f "$$log"; exit 1; fi

tidy: ## every go.mod and go.sum
	GOWORK=off $(GO) mod tidy
	@for dir in $(MODULES); do \
		case " $(PLAIN) " in *" $$dir "*) plain=yes ;; *) plain=no ;; esac; \
		[ "$$dir" = . ] && continue; \
		echo "$$dir: go mod tidy"; \
		(cd "$$dir" && export GOWORK=off && \
		if [ $$plain = yes ]; then $(GO) mod edit -replace github.com/penstock-dev/penstock=$(CURDIR); fi && \
		$(GO) mod tidy; status=$$?; \
		if [ $$plain = yes ]; then $(GO) mod edit -dropreplace github.com/penstock-dev/penstock; fi; exit $$status) || exit 1; \
	done

simulate: ## HISTORIES random histories against the invariants
	$(GO) run ./internal/simulation/simulate -histories $(HISTORIES)

mutants: ## known bugs that the simulation has to find; takes minutes
	$(GO) run ./internal/simulation/mutate

bench: ## the engine's benchmarks, then those of bench
	$(GO) test -run '^$$' -bench . ./...
	cd bench && GOWORK=off $(GO) test -run '^$$' -bench . ./...

bench-writeplan: ## the write plan against the raw group commit
	cd bench && GOWORK=off $(GO) run ./writeplan

clean:
	rm -rf bin
