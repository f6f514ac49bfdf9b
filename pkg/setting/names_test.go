package setting_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/donhk/istream/pkg/setting"
)

func TestCameraNames(t *testing.T) {
	const uuid = "4a0f0b8e-0000-0000-0000-00000000000a"
	var names setting.CameraNames
	err := names.UnmarshalText([]byte("urn:uuid:" + uuid + "=front-door, 4A0F0B8E-0000-0000-0000-00000000000A=again,urn:maker:7=odd\n" +
		"02:11:22:33:44:AA=back 02-11-22-33-44-bb=side,192.0.2.10=yard,192.0.2.10:8080=barn,[2001:db8::1]:80=six"))
	if err != nil {
		t.Fatal(err)
	}
	want := setting.CameraNames{
		{ID: "front-door", Endpoint: "urn:uuid:" + uuid}, {ID: "again", Endpoint: "urn:uuid:" + uuid}, {ID: "odd", Endpoint: "urn:maker:7"},
		{ID: "back", MAC: "0211223344aa"}, {ID: "side", MAC: "0211223344bb"},
		{ID: "yard", Host: "192.0.2.10"}, {ID: "barn", Host: "192.0.2.10", Port: "8080"}, {ID: "six", Host: "2001:db8::1", Port: "80"},
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	err = names.UnmarshalText([]byte("192.0.2.10,192.0.2.10=Front,cam.lan=x,192.0.2.1=a,192.0.2.2=a,192.0.2.3:x=b"))
	const faults = `entry 1 gives no name (endpoint, MAC or address=name); entry 2 has a name outside [a-z0-9_-]; ` +
		`entry 3 tells neither endpoint nor MAC nor IP address before its name; entry 5 is the second camera called "a"; entry 6 has no valid port`
	if err == nil || err.Error() != faults {
		t.Errorf("the faults are %v", err)
	}
}
