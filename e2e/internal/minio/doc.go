// Package minio runs the real MinIO server for a test, on loopback and with
// its files in the test's folder. Bucket events go into JetStream by its own
// notify_nats target.
package minio
