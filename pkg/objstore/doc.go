// Package objstore is what iStream asks of a bucket, and the adapter that
// gets it from S3 (minio-go).
//
// Implementations pass objstoretest.Run. Put is atomic: an object is there
// whole or not at all, and a Put of the same key replaces it. What Put
// returned without an error is in the store with the size and the CRC32C
// that were given, verified by the store itself.
package objstore
