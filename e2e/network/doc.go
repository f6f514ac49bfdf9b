// Package network tells which cameras are found on a machine with several
// networks, some of them no use: each machine is a network namespace, with the
// links between them that the test makes. It needs root (.ci/packages lists the
// programs):
//
//	go test -count=1 -v -tags e2e ./e2e/network
package network
