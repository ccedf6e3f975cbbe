// Command penstock answers one question: what can be done with a pipeline's definition without writing a program? It checks, draws,
// compares and formats definitions, says what a start would do, runs one to its end, and serves AWS CodePipeline's API for them.
//
//	penstock validate release.json
//	penstock graph -o release.svg release.json
//	penstock diff before.json release.json
//	penstock fmt -w release.json
//	penstock schema > pipeline.schema.json
//	penstock plan release.json
//	penstock run --approve release.json
//	penstock serve --data /var/lib/penstock
//
// A command is a file with a function that answers a command, and a line in commands.
package main
