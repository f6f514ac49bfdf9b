// Package deliver brings one closed segment from the spool into the store:
// what is to be told of it, then its bytes.
package deliver
