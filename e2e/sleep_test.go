package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/donhk/istream/e2e/internal/repo"
)

// A test that sleeps is slow where all is well and fails where the machine is
// slow. Inside a testing/synctest bubble sleeping is what moves the clock.
func TestNoTestSleeps(t *testing.T) {
	root, seen := repo.Root(t), 0
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		seen++
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, where := range sleeps(file) {
			t.Errorf("%s sleeps: poll for the outcome with a deadline", fset.Position(where))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 10 {
		t.Errorf("looked at %d files only", seen)
	}
}

// sleeps finds the calls of time.Sleep in tests and their helpers. Between two
// looks of a loop that polls it may stand, as in a fake that is slow on purpose
// and in a file that has a bubble.
func sleeps(file *ast.File) []token.Pos {
	for _, imported := range file.Imports {
		if imported.Path.Value == `"testing/synctest"` {
			return nil
		}
	}
	var found []token.Pos
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || !takes(function.Type, "testing") {
			continue
		}
		ast.Inspect(function, func(n ast.Node) bool {
			if _, polls := n.(*ast.ForStmt); polls {
				return false
			}
			if call, ok := n.(*ast.SelectorExpr); ok && is(call, "time") && call.Sel.Name == "Sleep" {
				found = append(found, call.Pos())
			}
			return true
		})
	}
	return found
}

// takes reports whether a function has a parameter of a type of that package.
func takes(function *ast.FuncType, pkg string) bool {
	for _, parameter := range function.Params.List {
		expr := parameter.Type
		if pointer, ok := expr.(*ast.StarExpr); ok {
			expr = pointer.X
		}
		if selector, ok := expr.(*ast.SelectorExpr); ok && is(selector, pkg) {
			return true
		}
	}
	return false
}

func is(selector *ast.SelectorExpr, pkg string) bool {
	name, ok := selector.X.(*ast.Ident)
	return ok && name.Name == pkg
}

func TestSleepsAreFound(t *testing.T) {
	const source = `package x
import ("testing"; "time")
func TestX(t *testing.T) { func() { time.Sleep(1) }() }
func wait(t testing.TB, d int) { time.Sleep(d) }
func poll(t testing.TB) { for !done() { time.Sleep(1) } }
func (s *slow) Read(p []byte) (int, error) { time.Sleep(1); return 0, nil }
`
	for imports, want := range map[string]int{"": 2, `import _ "testing/synctest"` + "\n": 0} {
		text := strings.Replace(source, "package x\n", "package x\n"+imports, 1)
		file, err := parser.ParseFile(token.NewFileSet(), "x_test.go", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(sleeps(file)); got != want {
			t.Errorf("found %d sleeps, want %d", got, want)
		}
	}
}
