// Package events is the language that the services speak: subjects, payloads
// and names. It holds no I/O and imports the standard library alone, so that
// anything may depend on it.
//
// Subjects have the form <kind>.<site>.<camera>.<what>; `nats sub 'segments.>'`
// shows a pipeline at work. Payloads are JSON with a version `v` and UTC
// RFC 3339 times. Every persisted event has a MsgID that is the same whenever
// the same thing is told again: publishing twice stores one message
// (Nats-Msg-Id).
//
// Names in the spool and in the bucket are built and parsed here too, since
// they are the part of the contract that outlives any message: whoever has
// the files can rebuild everything that the bus knew.
package events
