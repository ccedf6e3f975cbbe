# Targets for people; .ci/run calls them too. `make test` is the one to know.

GO            ?= go
MODULE        := github.com/penstock-dev/penstock
HISTORIES     ?= 200
SEED          ?=
GOLANGCI_LINT := v2.15.0
LINTER        := $(CURDIR)/bin/golangci-lint-$(GOLANGCI_LINT)

# Reads the rows of modules.txt as $$dir $$workspace $$command, with GOWORK as that row says.
EACH_MODULE = awk '!/^\#/ && NF' modules.txt | while read -r dir workspace command; do \
	if [ "$$workspace" = yes ]; then unset GOWORK; else export GOWORK=off; fi;

.PHONY: test race test-all lint tidy bench bench-writeplan simulate simulate-long search chaos commands killed mutants bench-serve clean

test: ## the workspace
	$(GO) test work

race: ## the workspace, with the race detector, in random order
	$(GO) test -race -shuffle=on -timeout 30m work

test-all: ## every module, as modules.txt says, with its real servers
	@$(EACH_MODULE) echo "$$dir: $$command"; (cd "$$dir" && eval "$$command") </dev/null || exit 1; done

lint: $(LINTER) ## every module, with .golangci.yml
	@$(EACH_MODULE) echo "$$dir: golangci-lint"; \
		(cd "$$dir" && $(LINTER) run --config $(CURDIR)/.golangci.yml ./...) </dev/null || exit 1; done

# Not a tool of go.mod: it would bring some two hundred modules into every user's module graph.
$(LINTER):
	@mkdir -p bin && log=$$(mktemp) && \
	if GOWORK=off GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT) >"$$log" 2>&1; \
	then mv bin/golangci-lint $@; rm -f "$$log"; else cat "$$log"; rm -f "$$log"; exit 1; fi

# A module without a replace is one that `go install …@version` takes; it needs one only while go mod tidy looks around.
# Own modules that others require; the first is the root.
OWN := / /store/sqlite /yaml

tidy: ## every go.mod and go.sum
	@$(EACH_MODULE) echo "$$dir: go mod tidy"; (cd "$$dir" && export GOWORK=off && \
		if [ "$$dir" = . ] || grep -q '$(MODULE) => ' go.mod; then $(GO) mod tidy; exit; fi; \
		$(GO) mod edit $(foreach own,$(OWN),-replace $(MODULE)$(own:/=)=$(CURDIR)$(own:/=)) && $(GO) mod tidy; status=$$?; \
		$(GO) mod edit $(foreach own,$(OWN),-dropreplace $(MODULE)$(own:/=)); exit $$status) </dev/null || exit 1; done

simulate: ## HISTORIES random histories against the invariants, from SEED on; from 50000 on with the whole grid of situations and inputs
	$(GO) run ./internal/simulation/simulate -histories $(HISTORIES) $(if $(SEED),-seed $(SEED))

simulate-long: ## unattended: a million histories (or HISTORIES) from SEED on, one line a thousand; goes on with the seed that the last line names
	$(GO) run ./internal/simulation/simulate -every 1000 -histories $(if $(filter-out 200,$(HISTORIES)),$(HISTORIES),1000000) $(if $(SEED),-seed $(SEED))

chaos: ## ROUNDS rounds of KILLS kills of a real engine on SQLite, from SEED on; goes on with the seed that the last line names
	cd chaos && GOWORK=off $(GO) run . $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(KILLS),-kills $(KILLS)) $(if $(SEED),-seed $(SEED))

search: ## every interleaving of small worlds, and STATES states of the whole one in each mode; takes minutes
	$(GO) run ./internal/simulation/search/explore $(if $(STATES),-states $(STATES)) $(if $(SEED),-seed $(SEED))

commands: ## 100 000 commands, each offered twice, by 20 goroutines at two engines; every audit is verified
	$(GO) test -count=1 -run TestCommandsActOnceUnderLoad -v . -commands 100000

killed: ## the quickstart, killed before and after every commit
	cd examples && $(GO) test -count=1 ./quickstart -run TestKilled -every-commit -v

mutants: ## known bugs that the simulation has to find; takes minutes
	$(GO) run ./internal/simulation/mutate

bench: ## the engine's benchmarks, then those of bench
	$(GO) test -run '^$$' -bench . ./...
	cd bench && GOWORK=off $(GO) test -run '^$$' -bench . ./...

bench-writeplan: ## the engine on SQLite against a raw group commit, of which it has to do 0.3; takes minutes
	cd bench && GOWORK=off $(GO) run ./writeplan -least-engine 0.3

bench-serve: ## what reads of GetPipelineState cost the executions of penstock serve
	cd bench && GOWORK=off $(GO) run ./serve

clean:
	rm -rf bin
