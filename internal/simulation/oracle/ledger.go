package oracle

import (
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
)

// Ledger is what really happened outside the store. The simulation writes it, the oracle reads it.
type Ledger struct {
	Now      time.Time            // the store's clock
	Designs  map[string]*Design   // by the JSON that was offered
	Commands map[string]*Command  // by ID, which is also their actor
	Reports  map[string]*Report   // by nonce
	Works    map[WorkID]*Work     // what fake workers have started
	Types    map[string]Traits    // by action type
	Leases   map[string]time.Time // when each lease that was ever held ends
	Gone     map[Claim]bool       // claims whose end was offered to a replica
	Limits   machine.Limits       // that the replicas were given, none of them zero
	// Of job workers: what each acknowledged, and delivered, by digest; the queues that there are.
	Acknowledged map[Claim]bool
	Deliveries   map[string]Delivery
	Queues       []string
	Exclusive    bool // one engine at a time has the store, so leases prove nothing
}

// NewLedger is empty.
func NewLedger(types map[string]Traits) *Ledger {
	return &Ledger{
		Designs: map[string]*Design{}, Commands: map[string]*Command{}, Reports: map[string]*Report{}, Works: map[WorkID]*Work{},
		Types: types, Leases: map[string]time.Time{}, Gone: map[Claim]bool{}, Acknowledged: map[Claim]bool{}, Deliveries: map[string]Delivery{},
	}
}

// Traits say how an action type is run.
type Traits struct {
	Outlive, Rerun bool
	Job, Client    bool // by job workers; who have a token
}

// Command is an order that was offered, perhaps many times, perhaps at several replicas.
type Command struct {
	ID     string
	Stream string
	Kind   string
	Input  machine.Input

	effect uint64 // version of its event; 0: it has not acted
	reply  *machine.Reply
	noted  bool
}

// Report is what a run said, once.
type Report struct {
	machine.Ref
	Outcome  executor.Outcome
	Progress bool // it is not the end
	Job      machine.ID
	Client   machine.ID // with Job: the token that the worker has

	accepted bool
}

// WorkID names one start of work.
type WorkID struct {
	Action machine.ID
	Run    int
}

// Work is code that a fake worker runs.
type Work struct {
	Running bool
	Starts  int
}

// Claim names one claim of work.
type Claim struct {
	Action machine.ID
	Fence  uint64
}

// Offer is one time that a command was offered.
type Offer struct {
	Command *Command
	Seen    uint64 // version of the stream when it was offered
	Repeat  bool   // not the first offer
}
