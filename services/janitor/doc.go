// Package janitor keeps the footage in the bucket within MAX_USED_SPACE.
//
// It keeps its own account of every object (internal/ledger), which is set
// right by listing the bucket each CLEAN_DIR_INTERVAL (internal/audit) and
// kept current in between by the store's events and the shipper's word
// (internal/feed). Whenever more is counted than the quota, the oldest footage
// goes (internal/policy says which, internal/evict deletes it).
//
// Events only hasten: late, doubled, disordered, lost or false, they lead to
// no deletion that the bucket itself does not call for, as what they claim is
// looked up before anything goes. Without events, and without a bus at all,
// the listings alone do the work. A restart loses nothing, since the bucket is
// the only truth; nothing goes before a first listing has ended.
//
// Counted and touched are only keys of iStream's layout under the site's own
// prefixes, live tails included. The newest segment of each camera stays, and
// so does its open tail, even where these alone are over the quota.
package janitor
