package depcheck

// rule says what one package of the root module may import, beside the standard library.
type rule struct {
	path    string   // below the module; "." is the root package
	own     []string // packages of the root module
	modules []string // packages of other modules; "…" at the end stands for anything below
	pure    bool     // no clock, I/O, randomness or goroutine: nothing of impure
}

var layers = []rule{
	// The pumps and what stands on them.
	{
		path: ".",
		own: []string{
			"executor", "executor/local", "internal/catalogue", "internal/codec", "internal/declare", "internal/definition", "internal/diff", "internal/graph",
			"internal/id", "internal/machine",
			"internal/redact", "internal/replica", "internal/webhook", "internal/zone", "store", "store/memory",
			"store/dir", // in tests of trees alone
		},
		modules: []string{"go.opentelemetry.io/otel/…", "golang.org/x/sync/…"},
	},
	{
		path: "penstocktest",
		own: []string{
			".", "executor", "executor/local", "internal/codec", "internal/machine", "internal/replica", "internal/zone", "store", "store/memory",
		},
	},
	{
		path: "internal/simulation",
		own: []string{
			"executor", "internal/definition", "internal/machine", "internal/replica", "internal/simulation/oracle", "store", "store/memory",
		},
	},
	{path: "internal/simulation/oracle", own: []string{"executor", "internal/codec", "internal/machine", "store"}},
	{path: "internal/simulation/mutate"},
	{
		path: "internal/simulation/search",
		own:  []string{"executor", "internal/definition", "internal/machine", "internal/replica", "store", "store/memory"},
	},
	{path: "internal/simulation/search/explore", own: []string{"internal/simulation/search"}},
	{path: "internal/simulation/simulate", own: []string{"internal/simulation"}},

	// What comes from outside.
	{path: "webhook", own: []string{"."}},

	// AWS CodePipeline's protocol in front of an engine.
	{
		path: "awsapi",
		own: []string{
			".", "awsapi/internal/answer", "awsapi/internal/decode", "awsapi/internal/objects", "awsapi/internal/artifactkey", "awsapi/internal/session", "awsapi/internal/sigv4",
			"awsapi/internal/wire", "webhook",
		},
	},
	{path: "awsapi/internal/answer", own: []string{"awsapi/internal/decode", "awsapi/internal/wire"}},
	{path: "awsapi/events", own: []string{".", "awsapi/internal/artifactkey"}},
	{path: "awsapi/internal/decode", own: []string{"awsapi/internal/wire"}},
	{path: "awsapi/internal/generate"},
	{path: "awsapi/internal/objects", own: []string{"awsapi/internal/sigv4"}},
	{path: "awsapi/internal/artifactkey"},
	{path: "awsapi/internal/session"},
	{path: "awsapi/internal/sigv4"},
	{path: "awsapi/internal/wire"},

	// Ready-made actions: what any user could have written, and two helpers.
	{path: "actions/command", own: []string{".", "internal/filelock", "internal/process"}},
	{path: "actions/deploy", own: []string{".", "internal/filelock", "internal/process"}},
	{path: "actions/git", own: []string{".", "internal/filelock", "internal/process"}},
	{path: "actions/invoke", own: []string{"."}},
	{path: "actions/s3dir", own: []string{"."}},

	// The engine without the world.
	{path: "internal/replica", own: []string{"executor", "internal/codec", "internal/definition", "internal/machine", "store"}, pure: true},
	{path: "internal/declare", own: []string{"internal/catalogue", "internal/codec", "internal/definition", "internal/machine", "internal/webhook", "store"}, pure: true},
	{path: "internal/webhook", own: []string{"internal/jsonpath"}, pure: true},
	{path: "internal/jsonpath", pure: true},
	{path: "internal/machine", own: []string{"executor", "internal/catalogue", "internal/codec", "internal/definition", "internal/window", "store"}, pure: true},
	{path: "internal/catalogue", own: []string{"internal/definition", "internal/window"}, pure: true},
	{path: "internal/window", pure: true},
	{path: "internal/definition", modules: []string{"github.com/hashicorp/go-multierror"}, pure: true},
	{path: "internal/diff", own: []string{"internal/definition"}, pure: true},
	{path: "internal/graph", own: []string{"internal/definition"}, pure: true},
	{path: "internal/codec"},
	{path: "internal/filelock"},
	{path: "internal/process"},
	{path: "internal/redact"},
	{path: "internal/zone"},
	{path: "internal/id", modules: []string{"github.com/google/uuid"}},

	// Leaf contracts, their drivers and their suites.
	{path: "executor"},
	{path: "executor/local", own: []string{"executor"}},
	{path: "executor/executortest", own: []string{"executor"}},
	{path: "store"},
	{path: "store/dir", own: []string{"internal/filelock", "store"}},
	{path: "store/memory", own: []string{"store"}},
	{path: "store/storetest", own: []string{"store"}},

	// The house.
	{path: "internal/depcheck"},
	{path: "internal/housecheck"},
}

// impure is what a pure package does without. It may use the types and arithmetic of time; forbidigo sees to the clock.
var impure = []string{
	"crypto/rand", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "sync", "sync/atomic", "syscall",
}

// inTests are the modules that a _test.go file of the root module may use beside what its package may.
var inTests = []string{"github.com/stretchr/testify/require", "go.uber.org/goleak", "pgregory.net/rapid"}
