package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/embedgw"
	"github.com/versity/versitygw/s3api"
)

// The gateway's bounds; beyond them it answers 503 SlowDown.
const (
	maxConnections = 256
	maxRequests    = 128
	maxParts       = 10_000
)

// patience is what the first answer may take; it takes milliseconds.
const patience = 10 * time.Second

// gateway is a running VersityGW.
type gateway struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error // why it ended; read after done
}

// serve returns when the gateway answers. The backend is the gateway's from
// here on, also where serve fails.
//
// It can't be interrupted: a gateway that is told to stop between its listen
// and its first accept forgets to close the listener, and serves on.
func serve(backend *telling, address string, c Config) (*gateway, error) {
	life, cancel := context.WithCancel(context.Background())
	g := &gateway{cancel: cancel, done: make(chan struct{})}
	bound := make(chan struct{})
	go func() {
		defer close(g.done)
		g.err = embedgw.RunVersityGW(life, backend, &embedgw.Config{
			RootUserAccess:    c.AccessKey,
			RootUserSecret:    c.SecretKey,
			IAMService:        singleAccount(c), // the gateway's own choice of it prints to stdout
			Ports:             []string{address},
			MaxConnections:    maxConnections,
			MaxRequests:       maxRequests,
			MultipartMaxParts: maxParts,
			KeepAlive:         true,
			Quiet:             true,
			DisableACLs:       true,
			S3Options:         []s3api.Option{s3api.WithOnListen(func() { close(bound) })},
		})
	}()
	select {
	case <-bound:
	case <-g.done:
		cancel()
		return nil, fmt.Errorf("listen on %s: %w", address, g.err)
	}
	if err := answers(reachable(address)); err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

// answers waits for any reply at all; the gateway is bound, so one request
// suffices.
func answers(address string) error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	reply, err := client.Head("http://" + address + "/")
	if err != nil {
		return fmt.Errorf("wait for the gateway: %w", err)
	}
	return reply.Body.Close()
}

func singleAccount(c Config) auth.IAMService {
	return auth.NewIAMServiceSingle(auth.Account{Access: c.AccessKey, Secret: c.SecretKey, Role: auth.RoleAdmin})
}

func (g *gateway) stop() error {
	g.cancel()
	<-g.done
	return g.err
}
