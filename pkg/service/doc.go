// Package service is what every iStream process has in common: the logger,
// the signals, the health socket and the NATS micro endpoint.
package service
