package setting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// Lookuper finds the value of a variable, as os.LookupEnv does.
type Lookuper interface {
	Lookup(name string) (value string, found bool)
}

// Map is a Lookuper for tests and for values given by flags.
type Map map[string]string

// Lookup implements Lookuper.
func (m Map) Lookup(name string) (string, bool) { v, ok := m[name]; return v, ok }

// Env looks into the process's environment.
func Env() Lookuper { return envconfig.OsLookuper() }

// First asks each lookuper in turn for a value that is not empty.
func First(l ...Lookuper) Lookuper { return first(l) }

type first []Lookuper

func (f first) Lookup(name string) (string, bool) {
	for _, l := range f {
		if v, ok := l.Lookup(name); ok && v != "" {
			return v, true
		}
	}
	return "", false
}

// Validator checks what a type alone can't; a struct joins its faults with
// errors.Join, each made by Fault.
type Validator interface{ Validate() error }

// Composite is a target of several structs, pointers to which Parts returns.
// What it leaves out is neither read nor made: the loader alone would make a
// struct of every nil pointer.
type Composite interface{ Parts() []any }

// Fault says what is wrong with a variable.
func Fault(name, fault string, value any) error {
	return &faultError{name: name, fault: fault, value: fmt.Sprint(value)}
}

type faultError struct{ name, fault, value string }

func (f *faultError) Error() string {
	if f.value == "" {
		return f.name + ": " + f.fault
	}
	return fmt.Sprintf("%s: %s (got %q)", f.name, f.fault, f.value)
}

// Load fills target, a pointer to a struct with env tags or a Composite, and
// validates it. The error joins every fault there is, a line each.
func Load(ctx context.Context, target any, from Lookuper) error {
	tracker := &tracker{from: from, bad: map[string]bool{}}
	var faults []error
	for {
		err := process(ctx, target, tracker)
		if err == nil {
			break
		}
		if tracker.last == "" || tracker.bad[tracker.last] {
			return fmt.Errorf("reading the settings: %w", err)
		}
		faults = append(faults, tracker.fault(err))
		tracker.bad[tracker.last] = true
	}
	faults = append(faults, tracker.fileFaults...)
	if v, ok := target.(Validator); ok {
		for _, err := range flatten(v.Validate()) {
			if f, ok := errors.AsType[*faultError](err); !ok || !tracker.bad[f.name] {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(distinct(faults)...)
}

func process(ctx context.Context, target any, from Lookuper) error {
	parts := []any{target}
	if c, ok := target.(Composite); ok {
		parts = c.Parts()
	}
	for _, part := range parts {
		if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: part, Lookuper: from, DefaultOverwrite: true}); err != nil {
			return err
		}
	}
	return nil
}

// distinct: a variable that several structs hold is told once.
func distinct(faults []error) []error {
	told := map[string]bool{}
	return slices.DeleteFunc(faults, func(err error) bool {
		twice := told[err.Error()]
		told[err.Error()] = true
		return twice
	})
}

func flatten(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// tracker remembers which variable was read last, since the library's error
// names the field, and hides the faulty ones so that the next is found.
type tracker struct {
	from       Lookuper
	bad        map[string]bool
	last, seen string
	fileFaults []error
}

func (t *tracker) Lookup(name string) (string, bool) {
	if t.bad[name] {
		return "", false
	}
	value, ok := t.from.Lookup(name)
	if !ok || value == "" {
		value, ok = t.fromFile(name)
	}
	if strings.TrimSpace(value) == "" {
		return "", false // `NAME=` in an .env file means: not set
	}
	t.last, t.seen = name, value
	return value, ok
}

// fromFile reads NAME_FILE, as secrets come in files under Docker and systemd.
func (t *tracker) fromFile(name string) (string, bool) {
	path, ok := t.from.Lookup(name + "_FILE")
	if !ok || path == "" {
		return "", false
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.bad[name] = true
		t.fileFaults = append(t.fileFaults, Fault(name+"_FILE", "can't be read: "+errors.Unwrap(err).Error(), path))
		return "", false
	}
	return strings.TrimRight(string(b), "\r\n"), true
}

func (t *tracker) fault(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	text := err.Error()
	if strings.Contains(text, "invalid syntax") {
		text = "is not what is expected here: " + text
	}
	value := t.seen
	if strings.Contains(value, "@") {
		value = "" // it may hold credentials
	}
	return Fault(t.last, text, value)
}
