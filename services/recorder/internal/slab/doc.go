// Package slab is the memory that pictures pass through on their way from the
// network to the disk: large blocks that are used again, since clearing and
// collecting fresh memory at the rate of the video costs more than reading it.
//
// A Writer puts one unit after the other into its block. A block goes back to
// the pool when its Writer has moved on and each unit in it has been released.
// A unit that is never released costs no more than ordinary memory: its block
// is collected with it.
package slab
