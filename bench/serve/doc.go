// Serve answers one question: what do 2 000 reads of GetPipelineState a second cost the executions that run at the same time?
//
//	go run ./serve            # in bench, with GOWORK=off; or: make bench-serve
//
// It builds the command, has `penstock serve` run a hundred pipelines, whose executions follow each other without a pause, and goes through quiet and
// reading windows by turns. How many commands end in a window, and how long they take, is taken from the server's own records afterwards. The client that reads has its
// share of the same machine; its processor time and the server's are told apart.
package main
