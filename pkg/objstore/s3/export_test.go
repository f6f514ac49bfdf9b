package s3

import "time"

// Limits are limits that tests can wait for.
type Limits struct{ Moving, Reply, Expect time.Duration }

// OpenWith is Open with other limits where they are not zero.
func OpenWith(cfg Config, l Limits) (*Bucket, error) {
	all := usualLimits
	if l.Moving > 0 {
		all.moving = l.Moving
	}
	if l.Reply > 0 {
		all.reply = l.Reply
	}
	if l.Expect > 0 {
		all.expect = l.Expect
	}
	return open(cfg, all)
}
