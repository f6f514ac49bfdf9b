// Package store is an S3 store inside the process: VersityGW over its POSIX
// backend, so that iStream can be tried and tested with Go alone.
//
// Objects are plain files, <Dir>/objects/<bucket>/<key>; whoever knows a key
// can open the file. What S3 keeps beside the bytes (checksums, metadata)
// lies in extended attributes, or under <Dir>/metadata where the file system
// has none. A store started again over the same Dir has the same objects.
//
// Puts, copies and removals are told to Config.Events in MinIO's wording, so
// that a consumer needs no second parser for the demo.
//
// Three limits come from the gateway:
//
//   - One store a process: its settings are global.
//   - The backend works with paths relative to the process's working
//     directory. From Start to Close that is <Dir>/objects, and nobody else
//     may change it; make every other path of the process absolute before
//     Start. Close goes back to where Start found it.
//   - An object is not synced to the disk before the reply. The power may cut
//     off what was stored in the last seconds: this store is for a first look
//     and for tests, not for footage that matters.
package store
