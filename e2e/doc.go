// Package e2e looks at iStream as a whole, from outside: the real binary, a
// real MinIO, cameras that share no code with it.
//
// Without a build tag it holds the rules of the architecture, which need Go
// alone. The tag e2e adds the tests that need other programs (ffmpeg,
// GStreamer, MinIO; .ci/packages and .ci/minio get them): `make e2e`.
package e2e
