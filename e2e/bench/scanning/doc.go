// Package scanning measures how long cameras are looked for: over so many
// interfaces and cameras, of which the first takes a request and never answers, and
// the second answers a byte a second. It needs root, for network namespaces:
//
//	go test -run '^$' -bench . -benchtime 1x -timeout 30m -tags e2e ./e2e/bench/scanning
package scanning
