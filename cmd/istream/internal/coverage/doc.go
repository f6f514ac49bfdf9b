// Package coverage gathers what is known of the cameras' footage and gaps: what
// the bus was told, and what the spool holds where it can be read. Either may be
// missing: then less is known, and what nobody explains is said to be unknown.
package coverage
