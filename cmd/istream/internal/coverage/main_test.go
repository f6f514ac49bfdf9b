package coverage_test

import (
	"testing"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// replying answers each request.
func replying(answer []byte) nats.MsgHandler { return func(m *nats.Msg) { _ = m.Respond(answer) } }
