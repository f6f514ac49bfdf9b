// Package wallclock tells how far the machine's clock may be trusted.
package wallclock
