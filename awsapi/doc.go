// Package awsapi answers: how do AWS's own tools work with an embedded engine?
//
// NewHandler is an http.Handler that speaks AWS CodePipeline's protocol, API version 2015-07-09: the AWS CLI and SDKs work against it when
// their endpoint URL is the handler's.
//
//	http.Handle("/", awsapi.NewHandler(engine, &awsapi.Options{Region: "eu-west-1", Credentials: keys}))
//
//	aws codepipeline get-pipeline-state --name storefront --endpoint-url https://releases.example.com
//
// Requests are signed by AWS Signature Version 4 with access keys that Options.Credentials knows; the ARN that belongs to a key is the actor of
// what its holder does (see penstock.WithActor), and the engine's Authorizer decides what that actor may change. Whoever has a key may read.
// Without Credentials the handler serves this machine alone.
//
// A command acts once however often a client retries it: the client's invocation ID is the command's.
//
// Job workers that were written for the service work as they are. The artifacts of a job are objects of this same endpoint: an S3 client whose
// endpoint URL is the handler's, in path style, reads and writes them with the job's artifactCredentials (GetObject, HeadObject, PutObject and
// uploads in parts). A part of an upload is known to the process that took it alone: behind a load balancer, send a client to one replica.
//
// Deliveries to webhooks are taken at /webhooks/, each authenticated as its webhook says; see package webhook.
//
// The handler bounds what it reads. How long a client may take is the server's to say: set http.Server's ReadTimeout.
package awsapi
