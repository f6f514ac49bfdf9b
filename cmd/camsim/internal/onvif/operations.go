package onvif

import "encoding/xml"

// The namespaces of the services (ONVIF Core, 4.2; Media2, 1).
const (
	deviceSpace = "http://www.onvif.org/ver10/device/wsdl"
	mediaSpace  = "http://www.onvif.org/ver10/media/wsdl"
	media2Space = "http://www.onvif.org/ver20/media/wsdl"
)

// operation is how one request is answered.
type operation struct {
	template string
	open     bool // no credentials needed
	stream   bool // names a profile, whose stream is asked for
}

var operations = map[xml.Name]operation{
	{Space: deviceSpace, Local: "GetSystemDateAndTime"}: {template: "GetSystemDateAndTime", open: true},
	{Space: deviceSpace, Local: "GetServices"}:          {template: "GetServices", open: true},
	{Space: deviceSpace, Local: "GetCapabilities"}:      {template: "GetCapabilities", open: true},
	{Space: deviceSpace, Local: "GetScopes"}:            {template: "GetScopes", open: true},
	{Space: deviceSpace, Local: "GetDeviceInformation"}: {template: "GetDeviceInformation"},
	{Space: deviceSpace, Local: "GetNetworkInterfaces"}: {template: "GetNetworkInterfaces"},
	{Space: mediaSpace, Local: "GetVideoSources"}:       {template: "GetVideoSources"},
	{Space: mediaSpace, Local: "GetProfiles"}:           {template: "GetProfiles"},
	{Space: mediaSpace, Local: "GetStreamUri"}:          {template: "GetStreamUri", stream: true},
	{Space: media2Space, Local: "GetProfiles"}:          {template: "GetProfiles2"},
	{Space: media2Space, Local: "GetStreamUri"}:         {template: "GetStreamUri2", stream: true},
}

// find gives the operation, where this device has it.
func (d *Device) find(name xml.Name) (operation, bool) {
	if name.Space == media2Space && !d.config.Media2 ||
		name.Local == "GetSystemDateAndTime" && d.config.Faults.NoClock {
		return operation{}, false
	}
	found, ok := operations[name]
	return found, ok
}

// service is one entry of GetServices.
type service struct {
	Namespace string
	Path      string
	Major     int
	Minor     int
}

func (d *Device) services() []service {
	all := []service{
		{deviceSpace, "/onvif/device_service", 2, 40},
		{mediaSpace, "/onvif/media_service", 2, 60},
	}
	if d.config.Media2 {
		all = append(all, service{media2Space, "/onvif/media2_service", 2, 0})
	}
	return all
}
