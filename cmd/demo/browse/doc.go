// Package browse shows a bucket's folder to a person: a page with the newest
// segments, one of them playing, and every object as a file, over plain HTTP
// without a password. It only reads.
//
// No request gets out of the folder (os.Root), nor at names that begin with
// a dot. What was stored by others is never served as something that a
// browser would run. A request must name the server by an IP address or as
// localhost, so that no page on the web can read the footage under a name of
// its own that it points here.
package browse
