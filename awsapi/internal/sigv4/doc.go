// Package sigv4 answers: who signed this request, and is it what was signed?
//
// It verifies AWS Signature Version 4 in the Authorization header and nothing else: no signed URLs, no unsigned or chunked bodies, no query
// strings. The body that is hashed is the one that came. The signature has to cover the host, the date, the target and every other header
// of AWS's; it is good for some minutes, and once.
package sigv4
