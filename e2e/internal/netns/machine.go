// Package netns makes machines of network namespaces, and the cables between
// them. It needs root and iproute2.
package netns

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
)

// patience is how long a carrier may take, which comes within seconds.
const patience = time.Minute

// Machine is a network namespace.
type Machine struct{ Name string }

// New makes one whose only interface is its loopback, up. It speaks no
// IPv6, which would send of itself.
func New(t testing.TB, name string) Machine {
	t.Helper()
	m := Machine{Name: fmt.Sprintf("istream-%d-%s", os.Getpid(), name)}
	command(t, "ip", "netns", "add", m.Name)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", m.Name).CombinedOutput(); err != nil {
			t.Errorf("removing %s: %v\n%s", m.Name, err, out)
		}
	})
	m.Run(t, "sh", "-c", "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $f ] || echo 1 >$f; done")
	m.IP(t, "link set lo up")
	return m
}

// IP runs iproute2 there; words stand between blanks.
func (m Machine) IP(t testing.TB, words string) {
	t.Helper()
	command(t, "ip", append([]string{"-n", m.Name}, strings.Fields(words)...)...)
}

// Run runs a program there to its end, and returns what it said.
func (m Machine) Run(t testing.TB, args ...string) string {
	t.Helper()
	return command(t, "ip", append([]string{"netns", "exec", m.Name}, args...)...)
}

// Start runs a program there until the test ends.
func (m Machine) Start(t testing.TB, c proc.Command) *proc.Process {
	t.Helper()
	c.Path, c.Args = "ip", append([]string{"netns", "exec", m.Name, c.Path}, c.Args...)
	return proc.Start(t, c)
}

// Cable joins an interface of m, which it makes and gives an address, to a port
// of another machine's bridge.
func (m Machine) Cable(t testing.TB, nic, address string, to *Bridge) {
	t.Helper()
	to.Ports++
	port := fmt.Sprint("port", to.Ports)
	m.IP(t, fmt.Sprintf("link add %s type veth peer name %s netns %s", nic, port, to.Name))
	to.IP(t, fmt.Sprintf("link set %s master br0 up", port))
	if address != "" {
		m.IP(t, fmt.Sprintf("address add %s dev %s", address, nic))
	}
	m.IP(t, "link set "+nic+" up")
}

// Settle waits until so many interfaces have a carrier, which they get some time
// after their cable.
func (m Machine) Settle(t testing.TB, want int) {
	t.Helper()
	await.Until(t, patience, "carriers on "+m.Name, func() error {
		said, up := command(t, "ip", "-n", m.Name, "-br", "link", "show", "type", "veth"), 0
		for line := range strings.Lines(said) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[1] == "UP" {
				up++
			}
		}
		if up < want {
			return fmt.Errorf("%d of %d:\n%s", up, want, said)
		}
		return nil
	})
}

// Bridge is a machine that is a switch and nothing else.
type Bridge struct {
	Machine
	Ports int // that have a cable
}

// NewBridge makes one without a port.
func NewBridge(t testing.TB, name string) *Bridge {
	t.Helper()
	b := &Bridge{Machine: New(t, name)}
	b.IP(t, "link add br0 type bridge mcast_snooping 0")
	b.IP(t, "link set br0 up")
	return b
}

func command(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
