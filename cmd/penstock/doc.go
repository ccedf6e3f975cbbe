// Command penstock answers one question: what can be known of a pipeline from its definition alone? It checks, draws,
// compares and formats definitions; it needs no engine and no network.
//
//	penstock validate release.json
//	penstock graph -o release.svg release.json
//	penstock diff before.json release.json
//	penstock fmt -w release.json
//	penstock schema > pipeline.schema.json
//
// A command is a file with a function that answers a command, and a line in commands.
package main
