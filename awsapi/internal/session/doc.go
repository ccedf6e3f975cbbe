// Package session answers: whose temporary credentials are these, and what are they for?
//
// A session token holds its own claims under a MAC, and the access key and the secret are derived from it and the server's key. So nothing is
// kept: whoever has the same key knows the credentials, on every replica and after every restart.
package session
