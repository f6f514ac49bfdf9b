package address

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type subnet struct{ netip.Prefix }

var lan = subnet{netip.MustParsePrefix("192.168.1.0/24")}

func guesses(host string) []string {
	return []string{
		"http://" + host + DefaultPath + " guess", "http://" + host + ":8080" + DefaultPath + " guess",
		"http://" + host + ":8899" + DefaultPath + " guess", "http://" + host + ":2020" + DefaultPath + " guess",
		"http://" + host + ":5000" + DefaultPath + " guess",
	}
}

var told = []struct {
	name, source string
	xaddrs       []string
	loopback     bool
	want         []string // without the guesses
	dropped      []string
}{
	{
		name: "plain", source: "192.168.1.9", xaddrs: []string{"http://192.168.1.9:8000/onvif/device_service"},
		want: []string{"http://192.168.1.9:8000/onvif/device_service"},
	},
	{
		name: "link-local first, https beside http", source: "192.168.1.9",
		xaddrs:  []string{"http://169.254.3.4/onvif/device_service", "https://192.168.1.9/onvif/device_service", "http://[fe80::1%25eth0]/x", "http://192.168.1.9/onvif/device_service"},
		want:    []string{"http://192.168.1.9/onvif/device_service", "https://192.168.1.9/onvif/device_service", "http://192.168.1.9/x"},
		dropped: []string{"link-local", "link-local"},
	},
	{
		name: "in the subnet before others, the source before all", source: "192.168.1.9",
		xaddrs: []string{"http://10.1.1.1/a", "http://192.168.1.7/a", "http://192.168.1.9/a"},
		want:   []string{"http://192.168.1.9/a", "http://192.168.1.7/a", "http://10.1.1.1/a"},
	},
	{
		name: "nobody's address", source: "192.168.1.9", xaddrs: []string{"http://0.0.0.0:8899/onvif/device_service"},
		want: []string{"http://192.168.1.9:8899/onvif/device_service"}, dropped: []string{"names no host"},
	},
	{
		name: "behind NAT or with an old address", source: "192.168.1.9", xaddrs: []string{"http://10.0.0.5:8000/onvif/device_service"},
		want: []string{"http://10.0.0.5:8000/onvif/device_service", "http://192.168.1.9:8000/onvif/device_service"},
	},
	{
		name: "no address at all", source: "192.168.1.9",
	},
	{
		name: "sloppy", source: "192.168.1.9", xaddrs: []string{"192.168.1.9:80", " http://192.168.1.9:8080 ", "ftp://192.168.1.9/", "http://", "http://h:99999/", "%", "http://cam.local:81/x"},
		want:    []string{"http://192.168.1.9/onvif/device_service", "http://192.168.1.9:8080/onvif/device_service", "http://192.168.1.9:81/x"},
		dropped: []string{"neither http nor https", "names no host", "no valid port", "no valid address", "a host name: the address that it answered from is tried instead"},
	},
	{
		name: "credentials in it are not kept", source: "192.168.1.9", xaddrs: []string{"http://u:p@192.168.1.9/a"},
		want: []string{"http://192.168.1.9/a"},
	},
	{
		name: "loopback is nobody's address", source: "192.168.1.9", xaddrs: []string{"http://127.0.0.1:8000/a", "http://localhost/b"},
		want:    []string{"http://192.168.1.9:8000/a", "http://192.168.1.9/b"},
		dropped: []string{"loopback", "a host name: the address that it answered from is tried instead"},
	},
	{
		name: "but where lo is searched", source: "127.0.0.2", loopback: true, xaddrs: []string{"http://127.0.0.1:8000/a"},
		want: []string{"http://127.0.0.1:8000/a", "http://127.0.0.2:8000/a"},
	},
}

func TestCandidates(t *testing.T) {
	for _, c := range told {
		t.Run(c.name, func(t *testing.T) {
			all, dropped := Candidates(c.xaddrs, netip.MustParseAddr(c.source), lan, c.loopback)
			var got, reasons []string
			for _, a := range all {
				text := a.URL.String()
				if a.Guess {
					text += " guess"
				}
				got = append(got, text)
			}
			for _, d := range dropped {
				reasons = append(reasons, d.Reason)
			}
			// A guess that the device itself has named is no guess any more.
			want := c.want
			for _, g := range guesses(c.source) {
				if !strings.Contains(strings.Join(c.want, " ")+" ", strings.TrimSuffix(g, "guess")) {
					want = append(want, g)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.dropped, reasons); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestByHand(t *testing.T) {
	if all := ByHand("cam.local", "8000", ""); len(all) != 1 || all[0].Guess || all[0].URL.String() != "http://cam.local:8000"+DefaultPath {
		t.Errorf("with a port: %v", all)
	}
	if all := ByHand("192.168.1.9", "", "/x"); len(all) != len(usualPorts) || all[0].URL.String() != "http://192.168.1.9/x" {
		t.Errorf("without a port: %v", all)
	}
	if all := ByHand("2001:db8::1", "80", ""); all[0].URL.Host != "[2001:db8::1]:80" {
		t.Errorf("IPv6: %v", all[0].URL)
	}
}

func FuzzCandidates(f *testing.F) {
	for _, c := range told {
		f.Add(strings.Join(c.xaddrs, " "), c.source, c.loopback)
	}
	f.Fuzz(func(t *testing.T, xaddrs, source string, loopback bool) {
		addr, err := netip.ParseAddr(source)
		if err != nil {
			return
		}
		all, _ := Candidates(strings.Fields(xaddrs), addr, lan, loopback)
		if len(all) > maxCandidates {
			t.Fatalf("%d candidates", len(all))
		}
		for _, c := range all {
			again, err := url.Parse(c.URL.String())
			if err != nil {
				t.Fatalf("%q: %v", c.URL, err)
			}
			a, err := netip.ParseAddr(again.Hostname())
			if err != nil || Usable(a, loopback) != "" || again.User != nil {
				t.Fatalf("%q is tried: %v", c.URL, err)
			}
		}
	})
}
