package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/donhk/istream/e2e/internal/repo"
)

const module = "github.com/donhk/istream/"

// importRules are the architecture's, each with its reason.
func importRules() []importRule {
	rules := []importRule{
		{
			of: "pkg/events", allows: standard,
			reason: "the language of the services holds no I/O, so that anything may speak it",
		},
		{
			of: "pkg", allows: local("pkg"), tests: true,
			reason: "shared packages know nothing of who uses them",
		},
		{
			of: "cmd/istream", allows: local("pkg", "services", "cmd/istream"), tests: true,
			reason: "the Pi's binary stays lean: no simulated camera, no demo",
		},
		{
			of: "cmd/istream", allows: func(path string) bool { return !within(path, "github.com/versity") && path != "testing" },
			reason: "the Pi's binary stays lean: no store, no test helpers",
		},
		{
			of: "cmd/camsim", allows: local("pkg", "cmd/camsim"), tests: true,
			reason: "a camera knows nothing of what records it",
		},
		{
			of: "cmd/demo", allows: local("pkg", "services", "cmd/istream/pipeline", "cmd/camsim", "cmd/demo"), tests: true,
			reason: "the demo wires services to a camera and a store, and is not the operator's command",
		},
	}
	for _, service := range []string{"discoverer", "recorder", "shipper", "janitor"} {
		rules = append(rules, importRule{
			of: "services/" + service, allows: local("pkg", "services/"+service), tests: true,
			reason: "services meet on the bus alone: each may run, fail and be replaced by itself",
		})
	}
	return rules
}

func TestImportRules(t *testing.T) {
	packages := workspace(t)
	for _, rule := range importRules() {
		if err := rule.check(packages); err != nil {
			t.Error(err)
		}
	}
}

func TestRulesFindWhatBreaksThem(t *testing.T) {
	shipper := module + "services/shipper"
	rule := importRule{of: "services/recorder", allows: local("pkg", "services/recorder"), tests: true}
	for _, broken := range []goPackage{
		{ImportPath: module + "services/recorder", Deps: []string{shipper}},
		{ImportPath: module + "services/recorder/internal/cut", TestImports: []string{shipper}},
		{ImportPath: module + "services/recorder", XTestImports: []string{shipper + "/internal/put"}},
		{ImportPath: module + "services/recorders", Deps: []string{"fmt"}}, // the rule is about nothing
	} {
		if rule.check([]goPackage{broken}) == nil {
			t.Errorf("passed: %+v", broken)
		}
	}
	fine := goPackage{ImportPath: module + "services/recorder", Deps: []string{"fmt", module + "pkg/events", "example.com/x"}}
	if err := rule.check([]goPackage{fine}); err != nil {
		t.Error(err)
	}
}

// importRule says what the packages under a folder may depend on.
type importRule struct {
	of     string // folder of the repository, with all below it
	reason string
	allows func(path string) bool
	tests  bool // holds for what their tests import, too
}

// goPackage is what `go list -json` tells.
type goPackage struct {
	ImportPath                      string
	Deps, TestImports, XTestImports []string
}

func (r importRule) check(packages []goPackage) error {
	var faults []error
	seen := false
	for _, p := range packages {
		if !within(p.ImportPath, module+r.of) {
			continue
		}
		seen = true
		imports := p.Deps
		if r.tests {
			imports = slices.Concat(p.Deps, p.TestImports, p.XTestImports)
		}
		for _, path := range imports {
			if !r.allows(path) {
				faults = append(faults, fmt.Errorf("%s depends on %s: %s", p.ImportPath, path, r.reason))
			}
		}
	}
	if !seen {
		faults = append(faults, fmt.Errorf("no package is under %s: the rule protects nothing", r.of))
	}
	return errors.Join(faults...)
}

// standard allows the standard library: its paths have no dot before the first slash.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// local allows, of this repository, the given folders; of the rest, anything.
func local(folders ...string) func(string) bool {
	return func(path string) bool {
		return !strings.HasPrefix(path, module) ||
			slices.ContainsFunc(folders, func(folder string) bool { return within(path, module+folder) })
	}
}

func within(path, root string) bool { return path == root || strings.HasPrefix(path, root+"/") }

// workspace lists every package of every module.
func workspace(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Deps,TestImports,XTestImports", "work")
	list.Dir = repo.Root(t)
	out, err := list.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("%v: %s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var all []goPackage
	for stream := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := stream.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}
