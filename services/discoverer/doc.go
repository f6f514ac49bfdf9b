// Package discoverer finds the cameras of a site and keeps the bus informed of
// them: cameras.<site>.<camera>.found, updated and lost, and the latest of each
// in the KV bucket CAMERAS.
//
// Every DISCOVERY_INTERVAL, and when the network interfaces have changed, it
// probes by WS-Discovery on every one of them at once, listens for cameras that
// announce themselves in between, and goes to those named in CAMERAS. Each is
// asked by ONVIF who it is and what it streams. Only changes are told; a camera
// that three scans have not seen is lost, not deleted, and keeps its id for its
// return. What a device says has nothing sent into a VPN, as long as BROADCAST_NIC
// does not name it.
//
// The bus may be away, or come back empty: what is known is stored there again.
// The parts are under internal/: nic chooses the interfaces, wsd speaks
// WS-Discovery, address orders where to ask, onvif asks, registry decides what
// is news, survey brings them together.
package discoverer
