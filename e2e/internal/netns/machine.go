//go:build e2e

package network

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/donhk/istream/e2e/internal/await"
	"github.com/donhk/istream/e2e/internal/proc"
)

// machine is a network namespace.
type machine struct{ name string }

// newMachine makes one whose only interface is its loopback, up. It speaks no
// IPv6, which would send of itself.
func newMachine(t *testing.T, name string) machine {
	t.Helper()
	m := machine{name: fmt.Sprintf("istream-%d-%s", os.Getpid(), name)}
	command(t, "ip", "netns", "add", m.name)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", m.name).CombinedOutput(); err != nil {
			t.Errorf("removing %s: %v\n%s", m.name, err, out)
		}
	})
	m.run(t, "sh", "-c", "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ ! -e $f ] || echo 1 >$f; done")
	m.ip(t, "link set lo up")
	return m
}

// ip runs iproute2 there; words stand between blanks.
func (m machine) ip(t *testing.T, words string) {
	t.Helper()
	command(t, "ip", append([]string{"-n", m.name}, strings.Fields(words)...)...)
}

func (m machine) run(t *testing.T, args ...string) string {
	t.Helper()
	return command(t, "ip", append([]string{"netns", "exec", m.name}, args...)...)
}

// start runs a program there until the test ends.
func (m machine) start(t *testing.T, c proc.Command) *proc.Process {
	t.Helper()
	c.Path, c.Args = "ip", append([]string{"netns", "exec", m.name, c.Path}, c.Args...)
	return proc.Start(t, c)
}

// cable joins an interface of m, which it makes and gives an address, to a port
// of another machine's bridge.
func (m machine) cable(t *testing.T, nic, address string, to bridge) {
	t.Helper()
	to.ports++
	port := fmt.Sprint("port", to.ports)
	m.ip(t, fmt.Sprintf("link add %s type veth peer name %s netns %s", nic, port, to.name))
	to.ip(t, fmt.Sprintf("link set %s master br0 up", port))
	if address != "" {
		m.ip(t, fmt.Sprintf("address add %s dev %s", address, nic))
	}
	m.ip(t, "link set "+nic+" up")
}

// settle waits until so many interfaces have a carrier, which they get some time
// after their cable.
func (m machine) settle(t *testing.T, want int) {
	t.Helper()
	await.Until(t, patience, "carriers on "+m.name, func() error {
		said, up := command(t, "ip", "-n", m.name, "-br", "link", "show", "type", "veth"), 0
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

// bridge is a machine that is a switch and nothing else.
type bridge struct {
	machine
	*count
}

type count struct{ ports int }

func newBridge(t *testing.T, name string) bridge {
	t.Helper()
	b := bridge{newMachine(t, name), &count{}}
	b.ip(t, "link add br0 type bridge mcast_snooping 0")
	b.ip(t, "link set br0 up")
	return b
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}
