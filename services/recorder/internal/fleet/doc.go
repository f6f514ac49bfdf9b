// Package fleet decides which cameras this recorder records, together with the
// other recorders of the site, and keeps them recorded.
//
// Cameras come from the registry on the bus and from the configuration. Each
// recorder shows that it lives by a lease of its own, and has one for each
// camera that it records; all see the same leases and share the cameras by the
// same rule (package share). When a recorder dies its leases run out, and the
// others take its cameras. Whoever records goes on while the bus is away; that
// nobody else records the camera meanwhile is what the lock of its folder is for.
// Without any bus, the lock alone decides.
package fleet
