package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func serveCommand() command {
	return command{
		name: "serve", args: "[--listen ADDRESS] --data DIR [--region REGION] [--account NUMBER] [--credentials FILE] [--secrets FILE] [--events URL]",
		about: "Serves AWS CodePipeline's API: the AWS CLI and SDKs drive the engine that it runs.",
		more: "Everything is kept in DIR: state, artifacts, logs, what commands work in, and under s3/BUCKET/KEY the objects of S3 actions. It runs\n" +
			"Approval/Manual, Compute/Commands, Invoke/CodePipeline, Source/S3 and Deploy/S3; custom types are for job workers, and actions of\n" +
			"any other type wait and say so. An object that changes starts the pipelines whose source polls for changes.\n\n" +
			"When it is ready, one line on standard output says so, with the URL; all else goes to standard error. /healthz answers 200 while it\n" +
			"serves. The first SIGTERM or Ctrl-C drains: what runs may end, the rest waits for the next time. The second one ends at once.\n\n" +
			"The credentials are a line a key, readable by nobody else: access key, secret key, ARN of who acts, between blanks; # begins a\n" +
			"comment. On a loopback address they may be missing; then whoever is on this machine may do anything, with any key. The secrets are\n" +
			"a JSON object with a text a name, for SECRETS_MANAGER variables, readable by nobody else either. SIGHUP has both read anew.\n\n" +
			"With --events, whatever happens is posted to a URL in the form of EventBridge, and again until it is taken, also after a restart.\n\n" +
			"Each flag may be given as a variable instead: PENSTOCK_LISTEN, PENSTOCK_PUBLIC_URL and so on. It serves HTTP: elsewhere than on\n" +
			"loopback, put a proxy with TLS in front of it that leaves the Host header as it is.",
		prepare: func(flags *flag.FlagSet) func(*session, []string) {
			o := serveOptions{}
			flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "the `address` to serve at; port 0 is any free one")
			flags.StringVar(&o.data, "data", "", "the `directory` for everything that is kept; made if it is not there")
			flags.StringVar(&o.region, "region", "us-east-1", "the `region` that clients use")
			flags.StringVar(&o.account, "account", "123456789012", "the `number` of the account, in ARNs")
			flags.StringVar(&o.credentials, "credentials", "", "the `file` with the keys that requests may be signed with")
			flags.StringVar(&o.secrets, "secrets", "", "the JSON `file` with the values of SECRETS_MANAGER variables by name")
			flags.StringVar(&o.publicURL, "public-url", "", "the `URL` at which senders of webhooks reach this (default: the one that is listened at)")
			flags.StringVar(&o.events, "events", "", "the `URL` that is told of what happens")
			flags.StringVar(&o.eventsSecret, "events-secret", "", "the `name` of the secret that signs what is told")
			flags.IntVar(&o.slots, "slots", 64, "how many actions run here at once")
			flags.IntVar(&o.connections, "connections", 512, "how many connections are taken at once; others wait")
			flags.Float64Var(&o.rate, "rate", 0, "how many requests a second each principal may send; 0 is no limit")
			flags.DurationVar(&o.drain, "drain", 30*time.Second, "how long actions may go on after the first SIGTERM")
			return func(s *session, args []string) {
				if err := fromEnvironment(flags, os.LookupEnv); err != nil {
					s.usage("serve", err.Error())
					return
				}
				serve(s, o, args)
			}
		},
	}
}

// serveOptions are the flags of serve.
type serveOptions struct {
	listen, data, region, account   string
	credentials, secrets            string // files
	publicURL, events, eventsSecret string
	slots, connections              int
	rate                            float64
	drain                           time.Duration
}

// fromEnvironment sets the flags that the command line does not have from their variables: PENSTOCK_ and the flag's name in capitals,
// with _ for -.
func fromEnvironment(flags *flag.FlagSet, lookUp func(string) (string, bool)) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var problems []error
	flags.VisitAll(func(f *flag.Flag) {
		name := "PENSTOCK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if text, ok := lookUp(name); ok && !given[f.Name] {
			if err := flags.Set(f.Name, text); err != nil {
				problems = append(problems, fmt.Errorf("%s is %q: %w", name, text, err))
			}
		}
	})
	return errors.Join(problems...)
}

// check says what is wrong with the flags by themselves.
func (o serveOptions) check(args []string) string {
	switch {
	case len(args) > 0:
		return fmt.Sprintf("it takes no arguments, and %q is one", args[0])
	case o.data == "":
		return "say with --data where everything is kept"
	case len(o.account) != 12 || strings.Trim(o.account, "0123456789") != "":
		return "the account is a number of 12 digits"
	case o.region == "" || strings.Trim(o.region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "the region is a name such as us-east-1"
	case math.IsNaN(o.rate) || o.rate < 0:
		return "the rate is not negative"
	case o.publicURL != "" && !isBase(o.publicURL):
		return "the public URL is one such as https://releases.example.com, without a query"
	case o.events != "" && !isWeb(o.events):
		return "what is told of events is a URL such as https://example.com/events"
	case o.eventsSecret != "" && o.events == "":
		return "a secret for events needs --events"
	case o.slots < 1 || o.connections < 1 || o.drain < 0:
		return "slots and connections are at least 1, and the drain is not negative"
	}
	return ""
}

func serve(s *session, o serveOptions, args []string) {
	if problem := o.check(args); problem != "" {
		s.usage("serve", problem)
		return
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	if err := o.serve(s.out, slog.New(slog.NewTextHandler(s.messages, nil)), signals); err != nil {
		s.fail(err)
	}
}

// serve serves until it is told to end.
func (o serveOptions) serve(out io.Writer, log *slog.Logger, signals <-chan os.Signal) error {
	known := &private{credentialsFile: o.credentials, secretsFile: o.secrets}
	if err := known.read(); err != nil {
		return err
	}
	if o.eventsSecret != "" {
		if _, err := known.ResolveSecret(context.Background(), o.eventsSecret); err != nil {
			return fmt.Errorf("--events-secret: %w", err)
		}
	}
	listener, err := o.open(log)
	if err != nil {
		return err
	}
	defer listener.Close()
	data, err := openData(context.Background(), o.data, log)
	if err != nil {
		return err
	}
	w, err := newWorks(data, o, known, log)
	if err != nil {
		return errors.Join(err, data.close())
	}
	at := "http://" + listener.Addr().String()
	if address, ok := listener.Addr().(*net.TCPAddr); o.publicURL == "" && ok && !address.IP.IsUnspecified() {
		o.publicURL = at
	}
	err = newServer(w, o, data, known).run(limited(listener, o.connections), signals, func() error {
		_, err := fmt.Fprintf(out, "penstock serves %s\n", at)
		return err
	})
	if errors.Is(err, errAtOnce) {
		return err // what still runs may still write: the stores are left as a crash would
	}
	return errors.Join(err, data.close())
}

// open listens, and refuses to serve others than this machine without credentials. Nothing is answered before all is known.
func (o serveOptions) open(log *slog.Logger) (net.Listener, error) {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, err
	}
	address, _ := listener.Addr().(*net.TCPAddr)
	switch {
	case o.credentials != "":
	case address == nil || !address.IP.IsLoopback():
		return nil, errors.Join(fmt.Errorf("%s can be reached from elsewhere: give --credentials, or listen on 127.0.0.1", cmp.Or(o.listen, "it")), listener.Close())
	default:
		log.Warn("there are no credentials: whoever is on this machine may do anything, with any key; see --credentials")
	}
	return listener, nil
}

// isWeb reports whether a text is a URL that requests can be sent to.
func isWeb(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Fragment == ""
}

// isBase reports whether paths can be put behind a URL.
func isBase(text string) bool {
	return isWeb(text) && !strings.ContainsAny(text, "?#@")
}
