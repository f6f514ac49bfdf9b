// Package objstoretest holds what tests need of a bucket: Run, the suite that
// every implementation of objstore.Bucket passes, and Memory, an
// implementation that fails on demand.
package objstoretest
