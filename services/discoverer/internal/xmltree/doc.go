// Package xmltree reads the XML that cameras really send: any prefix, byte
// order marks, NULs, prologs that name another charset, bare ampersands,
// crossed tags, text after the end. Elements are found by their local names.
//
// It is bounded: a document of more than MaxNodes elements, or deeper than
// MaxDepth, is refused. The size of the input is the caller's to bound.
package xmltree
