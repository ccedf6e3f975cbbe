// Package objects answers: how does a job worker read and write its artifacts with an S3 client?
//
// It serves as much of S3's protocol as that takes, in path style: GET with ranges, HEAD, PUT, and uploads in parts. What there is to read and to
// write, and for whom, is said by Objects.
//
// What is put is spooled to a temporary file, since a ZIP is read from its end, and handed on when all of it has come and its checksums are
// right. A file has no name where the system allows that, so it is gone with the process; the bytes and files of all uploads together
// are bounded. An upload in parts that nobody completes ends with the credentials that began it.
package objects
