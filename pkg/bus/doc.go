// Package bus carries the news between the services: a NATS server with
// JetStream embedded in the process (Start), or a NATS of the user's, and the
// connection to either (Connect).
//
// The bus never holds the truth. It may be away at any time, or come back
// empty: Connect succeeds without a server and goes on trying, Announce never
// blocks, and the streams are made again when a server is back.
//
// What JetStream acknowledged survives a power cut, since the embedded server
// syncs each write (SyncAlways); with the default of two minutes a power cut
// loses whole streams. What need not last (fragments, leases) is kept off the
// disk.
package bus
