// Package loss tells what may be lost, and what is, when recorders are killed,
// the power is cut, or the disk is full, slow, broken or gone. Frames carry
// numbers, so that each that is missing, or there twice, is seen. Its tests need
// root, for disks of their own (.ci/packages lists the programs):
//
//	go test -count=1 -v -tags e2e -timeout 20m ./e2e/loss
//
// LOSS_FLEET sets how long recorders are killed in turn (5m).
package loss
