package faults

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Set puts in a fault given as NAME or NAME=VALUE. Of several faults with
// commas between them it sets each.
func (f *Faults) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		name, value, given := strings.Cut(strings.TrimSpace(one), "=")
		field, ok := f.field(name)
		if !ok {
			return fmt.Errorf("unknown fault %q", name)
		}
		if err := setField(field, value, given); err != nil {
			return fmt.Errorf("fault %s: %w", name, err)
		}
	}
	return nil
}

func setField(field reflect.Value, value string, given bool) error {
	switch field.Interface().(type) {
	case bool:
		if given {
			return fmt.Errorf("takes no value, got %q", value)
		}
		field.SetBool(true)
	case int:
		count, err := strconv.Atoi(value)
		if err != nil || count <= 0 {
			return fmt.Errorf("needs a number above 0, got %q", value)
		}
		field.SetInt(int64(count))
	case time.Duration:
		duration, err := time.ParseDuration(value)
		if err != nil || duration == 0 {
			return fmt.Errorf("needs a duration such as 1.5s or -26h, got %q", value)
		}
		field.SetInt(int64(duration))
	default:
		return fmt.Errorf("no value of type %s can be set", field.Type())
	}
	return nil
}

// String lists the faults that are in, as Set takes them.
func (f *Faults) String() string {
	var in []string
	value := reflect.ValueOf(f).Elem()
	for i := range value.NumField() {
		name := value.Type().Field(i).Tag.Get("fault")
		switch field := value.Field(i); {
		case field.IsZero():
		case field.Kind() == reflect.Bool:
			in = append(in, name)
		default:
			in = append(in, fmt.Sprintf("%s=%v", name, field.Interface()))
		}
	}
	return strings.Join(in, ",")
}

// Type names the flag's value in a command's help.
func (*Faults) Type() string { return "fault" }

// Description is one fault as a person reads it.
type Description struct {
	Name string
	Kind string // "", "count" or "duration"
	Help string
}

// All describes each fault, in the order of the fields.
func All() []Description {
	var all []Description
	kinds := map[reflect.Kind]string{reflect.Int: "count", reflect.Int64: "duration"}
	for field := range reflect.TypeFor[Faults]().Fields() {
		all = append(all, Description{
			Name: field.Tag.Get("fault"),
			Kind: kinds[field.Type.Kind()],
			Help: field.Tag.Get("help"),
		})
	}
	return all
}

func (f *Faults) field(name string) (reflect.Value, bool) {
	value := reflect.ValueOf(f).Elem()
	for i := range value.NumField() {
		if name != "" && value.Type().Field(i).Tag.Get("fault") == name {
			return value.Field(i), true
		}
	}
	return reflect.Value{}, false
}
