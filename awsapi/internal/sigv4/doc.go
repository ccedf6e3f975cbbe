// Package sigv4 answers: who signed this request, and is it what was signed?
//
// It verifies AWS Signature Version 4 in the Authorization header; signed URLs are not taken.
//
// Verify is for requests of the JSON protocol: no unsigned or chunked bodies, no query strings. The body that is hashed is the one that came. The
// signature has to cover the host, the date, the target and every other header of AWS's; it is good for some minutes, and once.
//
// VerifyObject is for requests to S3, which have another form: a path that is escaped once, query strings, and bodies whose hash the signature
// covers, that are signed chunk by chunk, or that are not signed. These are good more than once: they do the same each time.
package sigv4
