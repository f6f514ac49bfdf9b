// Package compose tests the deployment by Docker Compose: the project's own
// files, in a real engine. .ci/compose starts that engine and runs the tests
// with the tag compose in its network namespace; those without a tag need Go
// alone.
package compose
