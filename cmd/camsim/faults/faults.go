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
	WebPortInURI bool          `fault:"web-port-in-uri" help:"gives stream addresses on port 80"`
	NoProfiles   bool          `fault:"no-profiles" help:"lists no media profile"`

	// Passwords, ONVIF and RTSP alike.
	WrongPassword bool `fault:"wrong-password" help:"refuses the right password everywhere"`

	// RTSP: the answers.
	RTSPRefuses   bool          `fault:"rtsp-refuses" help:"answers RTSP with 401 whatever the credentials"`
	RTSPNotFound  bool          `fault:"rtsp-not-found" help:"answers RTSP with 404 on each path"`
	BaseTwice     bool          `fault:"content-base-twice" help:"begins Content-Base with rtsp://rtsp://"`
	BaseBare      bool          `fault:"content-base-bare" help:"leaves the scheme out of Content-Base"`
	BaseMapped    bool          `fault:"content-base-mapped" help:"writes its address as ::ffff:1.2.3.4 in Content-Base"`
	OtherChannels bool          `fault:"other-channels" help:"answers SETUP with, and sends on, other interleaved channels than asked for"`
	NoGetParam    bool          `fault:"no-get-parameter" help:"lists GET_PARAMETER, but refuses it and takes it for no sign of life"`
	KeepAlive     time.Duration `fault:"session-timeout" help:"ends a session without a sign of life for that long, and says so in SETUP"`
	SessionEnds   time.Duration `fault:"session-ends" help:"ends each session that much after PLAY, kept alive or not"`
	HangsUp       int           `fault:"hangs-up" help:"ends its first so many connections once it has described its stream"`
	Bans          int           `fault:"bans-after" help:"bans an address for 30 s that connects more often than that in 10 s"`
	NoUDP         bool          `fault:"no-udp" help:"refuses the UDP transport"`

	// RTSP: the description.
	NoSDPParams   bool `fault:"no-sdp-parameters" help:"leaves the parameter sets out of the SDP"`
	SDPParamsOnly bool `fault:"sdp-parameters-only" help:"never sends the parameter sets in the stream"`
	SomeSprops    bool `fault:"incomplete-sprops" help:"tells one parameter set in the SDP, and half of another"`
	WrongProfile  bool `fault:"wrong-profile-level-id" help:"tells another profile in the SDP than it sends"`
	BrokenSLine   bool `fault:"broken-s-line" help:"writes the s= line of the SDP without its equals sign"`
	BrokenCLine   bool `fault:"broken-c-line" help:"writes the c= line of the SDP without its address type"`
	BrokenMLine   bool `fault:"broken-m-line" help:"writes the m= lines of the SDP without their ports"`
	AudioOnly     bool `fault:"audio-only" help:"has no video track"`

	// RTSP: the stream.
	NoFrames      bool          `fault:"no-frames" help:"plays, but never sends a frame"`
	SilentFor     time.Duration `fault:"silent-for" help:"plays, but sends no frame before it has run for that long"`
	NoVideoFrames bool          `fault:"no-video-frames" help:"sends sound, but no frame of its video track"`
	DiesAfter     int           `fault:"dies-after" help:"closes all connections each time that many frames were sent"`
	StallsAfter   int           `fault:"stalls-after" help:"sends that many frames, then none, and keeps the connection"`
	Junk          bool          `fault:"junk-between-frames" help:"sends bytes between interleaved frames that belong to none"`
	OneNAL        bool          `fault:"one-nal" help:"sends all of a keyframe as one NAL unit, with start codes in it"`
	NewParams     int           `fault:"parameters-change" help:"changes its parameter sets after each so many frames"`
	RareKeyframes bool          `fault:"rare-keyframes" help:"sends a keyframe every 64 s, whatever clip it was to play"`
	TimeJumps     int           `fault:"time-jumps" help:"stamps frames an hour ahead, then right, so many frames each"`
	TimeStops     int           `fault:"time-stands-still" help:"stamps so many frames alike, then so many right"`
}
