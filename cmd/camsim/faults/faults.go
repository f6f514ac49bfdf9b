package faults

import "time"

// Faults is what a camera does wrong; the zero value is a good camera.
type Faults struct {
	// Discovery.
	UntypedOnly    bool          `fault:"untyped-only" help:"answers only probes that name no type"`
	TypedOnly      bool          `fault:"typed-only" help:"answers only probes that name one type"`
	Mute           bool          `fault:"mute" help:"answers no probe; Hello and Bye are sent"`
	NoGreeting     bool          `fault:"no-greeting" help:"sends neither Hello nor Bye"`
	LateReply      time.Duration `fault:"late-reply" help:"answers a probe that much later"`
	TrailingNUL    bool          `fault:"trailing-nul" help:"ends each probe match with a NUL byte"`
	EmptyDatagram  bool          `fault:"empty-datagram" help:"sends an empty datagram before each probe match"`
	JunkDatagram   bool          `fault:"junk-datagram" help:"sends 60 kB of junk before each probe match"`
	NoXAddrs       bool          `fault:"no-xaddrs" help:"leaves its addresses out of the probe match, as printers do"`
	LinkLocalFirst bool          `fault:"link-local-first" help:"lists a link-local address before the right one"`
	DeadXAddrFirst bool          `fault:"dead-xaddr-first" help:"lists 192.168.1.10 before the right address"`

	// ONVIF.
	ClockOffset  time.Duration `fault:"clock-offset" help:"has a clock that is that much ahead (negative: behind)"`
	NoClock      bool          `fault:"no-clock" help:"does not implement GetSystemDateAndTime"`
	MonthZero    bool          `fault:"month-zero" help:"tells a date whose month is 0"`
	HTTPHangs    bool          `fault:"http-hangs" help:"takes an HTTP request and never answers"`
	HTTPDrips    bool          `fault:"http-drips" help:"answers HTTP a byte a second"`
	HTTPSlow     time.Duration `fault:"http-slow" help:"answers HTTP that much later"`
	HTTPFails    bool          `fault:"http-fails" help:"answers each HTTP request with status 500 and no body"`
	HTMLReply    bool          `fault:"html-reply" help:"answers SOAP with status 200 and a web page"`
	HugeReply    bool          `fault:"huge-reply" help:"answers SOAP with 64 MB of white space before the end"`
	FaultWith200 bool          `fault:"fault-with-200" help:"sends SOAP faults with HTTP status 200"`
	GB2312Prolog bool          `fault:"gb2312-prolog" help:"claims the encoding GB2312 in the XML prolog"`
	GB2312Text   bool          `fault:"gb2312-text" help:"names its maker in GB2312, whatever the prolog says"`
	BareAmp      bool          `fault:"bare-ampersand" help:"leaves & unescaped in stream addresses"`
	CRLFInURI    bool          `fault:"crlf-in-uri" help:"puts line ends round the stream address"`
	UnroutedURI  bool          `fault:"unroutable-uri" help:"gives stream addresses on the host 0.0.0.0"`
	NoProfiles   bool          `fault:"no-profiles" help:"lists no media profile"`

	// Passwords, ONVIF and RTSP alike.
	WrongPassword bool `fault:"wrong-password" help:"refuses the right password everywhere"`

	// RTSP.
	RTSPRefuses   bool `fault:"rtsp-refuses" help:"answers RTSP with 401 whatever the credentials"`
	RTSPNotFound  bool `fault:"rtsp-not-found" help:"answers RTSP with 404 on each path"`
	NoFrames      bool `fault:"no-frames" help:"plays, but never sends a frame"`
	DiesAfter     int  `fault:"dies-after" help:"closes all connections each time that many frames were sent"`
	StallsAfter   int  `fault:"stalls-after" help:"sends that many frames, then none, and keeps the connection"`
	AudioOnly     bool `fault:"audio-only" help:"has no video track"`
	NoVideoFrames bool `fault:"no-video-frames" help:"sends sound, but no frame of its video track"`
	NoSDPParams   bool `fault:"no-sdp-parameters" help:"leaves the parameter sets out of the SDP"`
	SDPParamsOnly bool `fault:"sdp-parameters-only" help:"never sends the parameter sets in the stream"`
	NoUDP         bool `fault:"no-udp" help:"refuses the UDP transport"`
}
