// Package evict brings the footage under its quota.
//
// A Pass looks first at what events have claimed, so that nothing is deleted
// for the sake of bytes that are not there, then deletes what the policy
// chooses, a batch at a time, until the use is within the quota. An object
// that the store won't delete is held back for a while, longer each time, and
// the next oldest goes instead. Where nothing can be deleted at all, a Pass
// gives up soon, and Run tries again.
package evict
