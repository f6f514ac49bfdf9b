package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/donhk/istream/pkg/pause"
)

// Subscription describes a durable consumer.
type Subscription struct {
	Stream   string
	Durable  string   // name that survives restarts; sharers of the name share the work
	Subjects []string // filters
	// Handle is called for one message at a time. nil acknowledges it; an
	// error has it delivered again, after 1 s doubling to a minute; an error
	// wrapping ErrUnreadable drops it for good.
	Handle func(ctx context.Context, subject string, payload []byte) error
	// Restarted, where set, is called whenever messages may have been missed:
	// at the start and each time the consumer had to be made again.
	Restarted func()
}

// ErrUnreadable marks a message that no further delivery will mend.
var ErrUnreadable = errors.New("unreadable message")

const (
	ackWait  = 30 * time.Second
	beat     = ackWait / 3
	firstNak = time.Second
	lastNak  = time.Minute
)

// Consume handles messages until ctx ends, over any loss of the server, and
// over the loss of the server's state, whose consumers are then made again.
func (b *Bus) Consume(ctx context.Context, sub Subscription) error {
	return b.repeat(ctx, "consuming "+sub.Stream, func() error { return b.consumeOnce(ctx, sub) })
}

// repeat runs what breaks with the bus again and again until ctx ends.
func (b *Bus) repeat(ctx context.Context, what string, run func() error) error {
	for {
		err := b.Ready(ctx)
		if err == nil {
			err = run()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		b.fault.Failed(fmt.Errorf("%s: %w", what, err))
		if err := pause.For(ctx, time.Second); err != nil {
			return err
		}
	}
}

func (b *Bus) consumeOnce(ctx context.Context, sub Subscription) error {
	consumer, err := b.JS.CreateOrUpdateConsumer(ctx, sub.Stream, jetstream.ConsumerConfig{
		Durable: sub.Durable, FilterSubjects: sub.Subjects,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: ackWait, MaxAckPending: 64,
	})
	if err != nil {
		return err
	}
	if sub.Restarted != nil {
		sub.Restarted()
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(64), jetstream.PullHeartbeat(5*time.Second))
	if err != nil {
		return err
	}
	defer messages.Stop()
	unhook := context.AfterFunc(ctx, messages.Stop)
	defer unhook()
	for {
		msg, err := messages.Next()
		if err != nil {
			return err
		}
		b.fault.Recovered()
		if err := handle(ctx, sub, msg); err != nil {
			return err
		}
	}
}

// handle keeps the message alive while the handler works on it.
func handle(ctx context.Context, sub Subscription, msg jetstream.Msg) error {
	stop := heartbeat(msg)
	err := sub.Handle(ctx, msg.Subject(), msg.Data())
	stop()
	switch {
	case err == nil:
		return msg.Ack()
	case errors.Is(err, ErrUnreadable):
		return msg.TermWithReason(err.Error())
	default:
		return msg.NakWithDelay(nakDelay(msg))
	}
}

func nakDelay(msg jetstream.Msg) time.Duration {
	meta, err := msg.Metadata()
	if err != nil {
		return firstNak
	}
	return min(firstNak<<min(meta.NumDelivered-1, 10), lastNak)
}

func heartbeat(msg jetstream.Msg) (stop func()) {
	ticker, quit, done := time.NewTicker(beat), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ticker.C:
				if msg.InProgress() != nil {
					return // the server is away; the message comes again
				}
			case <-quit:
				return
			}
		}
	}()
	return func() { ticker.Stop(); close(quit); <-done }
}
