// Package audit checks the ledger against the bucket by listing it, again and
// again: the one source that misses nothing.
package audit
