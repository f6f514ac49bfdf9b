// Package pipeline wires services into one process: all of them for `ignite`
// and for the demo, one of them for its own sub-command.
//
// The bus comes up first and goes last, so that what the services say while
// they drain is still heard.
package pipeline
