// Package spool is the folder in which footage waits for the bucket: the
// truth that every service can rebuild its state from.
//
//	<root>/<camera>/<start>.part        being written, or cut short
//	<root>/<camera>/<start>.mp4         closed: synced, renamed, its folder synced
//	<root>/<camera>/<start>.unreadable  its header is spoilt: for whoever can mend it
//	<root>/<camera>/.lock               held (flock) by the one recorder of the camera
//	<root>/<camera>/.gaps               its ledger: what was not recorded, and why
//
// A file is fragmented MP4. A fragment is one write; a cut anywhere costs the
// fragment being written, as Recover finds the last whole one. Whatever else
// lies in the folder is left alone.
package spool
