// Package feed reads the news of what was written to the bucket and what was
// removed from it.
//
// The store's own news comes as MinIO's notify_nats words it, by one fixed
// subject, and is late, doubled, out of order or lost at times; a removal has
// no size, and removing what is not there is told as well. So it says no more
// than where to look. Where the store tells nothing, the shipper's word that a
// segment has been uploaded is the next best.
package feed
