// Package survey finds out which devices there are: it probes, listens, goes
// to those that were named by hand, and asks each device once, however often
// and wherever it was heard.
//
// Devices are asked in parallel and told as soon as each has answered; one that
// does not answer delays only itself. A device that is known and has nothing
// new to say is not asked again for ten minutes, and one that refused the
// credentials is left alone for five: some cameras lock after a few attempts.
package survey
