// Package s3dir answers one question: how do pipelines that were made for buckets run where there are only directories?
//
// Source and Deploy are the service's own S3 actions (spec D1, D3), stored as the service stores them, with a directory in the place of S3:
//
//	ROOT/BUCKET/KEY
//
//	s3dir.Register(&actions, s3dir.Options{Root: "/srv/penstock/s3"})
//
// A Poller starts pipelines when the objects of their sources change.
//
// # What is the same, and what is not
//
// An object that is a ZIP becomes a tree of the files in it, any other a tree of one file with the last name of its key. A tree that is
// deployed without being extracted is a ZIP again, with the same files, but not the same bytes.
//
// There is one version of an object: the one that is there. Its version ID is made of its content, so equal content is one version. Whoever
// puts an object should rename a finished file into its place; one that changes while it is read is read again.
//
// A bucket is a directory: what has the names a and a/b cannot be in one. ACLs, encryption keys and Cache-Control have no meaning here.
//
// ROOT/.penstock has what is under way.
package s3dir
