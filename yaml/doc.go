// Package yaml answers: what does a pipeline written in YAML say?
//
// It reads the same structures as penstock.ParsePipeline and penstock.ParseCloudFormation, as strictly, and says in which line and column
// something is wrong. It takes the part of YAML that says nothing but data: maps, lists, strings, numbers, booleans and null. Anchors,
// aliases, merge keys, tags and several documents in a text are refused, and so is text that is larger or deeper than a pipeline can be.
// Templates of CloudFormation may have its short tags: !Ref, !GetAtt, !Sub …
//
// It is a module of its own, so that penstock itself depends on no YAML reader.
package yaml
