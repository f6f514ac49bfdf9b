package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
	"github.com/donhk/istream/cmd/camsim/faults"
)

const examples = `  camsim                                    one camera on loopback
  camsim --listen 0.0.0.0 --cameras 4       four cameras that the whole LAN finds
  CAM_PASS=secret camsim --user admin       a camera with a password
  camsim --clip h265 --media2               an H.265 camera
  camsim --clip footage.mp4                 your own footage, at its own bit rate
  camsim --cameras 3 --fault 2:no-frames --fault 3:dies-after=100
  ffplay -rtsp_transport tcp rtsp://127.0.0.1:8554/stream1   (with --rtsp-port 8554)`

const about = `camsim simulates network cameras. Each is an ONVIF device, found by
WS-Discovery, and an RTSP server that plays a clip in real time without end. The
frames are numbered, in the picture and in an SEI message.

It prints a line for each camera and runs until it is interrupted. The password
comes from the variable CAM_PASS or from --password-file.`

func newCommand(env func(string) string) *cobra.Command {
	o := &options{env: env}
	command := &cobra.Command{
		Use:           "camsim",
		Short:         "Simulate network cameras",
		Long:          about + "\n\n" + faultTable(),
		Example:       examples,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(command *cobra.Command, _ []string) error {
			return serve(command.Context(), o, command.OutOrStdout(), command.ErrOrStderr())
		},
	}
	command.CompletionOptions.DisableDefaultCmd = true
	o.bind(command)
	return command
}

func (o *options) bind(command *cobra.Command) {
	f := command.Flags()
	f.SortFlags = false
	f.IntVarP(&o.cameras, "cameras", "n", 1, "how many cameras")
	f.StringVar(&o.name, "name", "camsim", "their name, to which -1, -2, ... is added")
	f.StringVar(&o.listen, "listen", "127.0.0.1", "the IP to listen on; 0.0.0.0 for all")
	f.IntVar(&o.httpPort, "http-port", 0, "the first camera's ONVIF port, the next ones count up (0: free ones)")
	f.IntVar(&o.rtspPort, "rtsp-port", 0, "the first camera's RTSP port, the next ones count up (0: free ones)")
	f.StringSliceVar(&o.nics, "nic", nil, "the NICs on which discovery is answered (those that carry --listen)")
	f.BoolVar(&o.noDiscovery, "no-discovery", false, "do not answer discovery")
	f.StringVar(&o.user, "user", "", "the user, if a password shall be needed (default: the variable CAM_USER)")
	f.StringVar(&o.passwordFile, "password-file", "", "the file with the password (default: the variable CAM_PASS)")
	f.StringVar((*string)(&o.auth), "auth", "", fmt.Sprintf("how ONVIF asks for it: %s, %s or %s", camera.AuthToken, camera.AuthDigest, camera.AuthBoth))
	f.StringVar(&o.clip, "clip", clip.Main, "what to play: "+strings.Join(clip.Names(), ", ")+" or an MP4 file")
	f.StringVar(&o.sub, "sub", clip.Sub, "what the small stream plays")
	f.StringVar(&o.audio, "audio", "", "the sound: aac, pcmu, pcma or none (the clip's own)")
	f.BoolVar(&o.media2, "media2", false, "offer ONVIF Media2 as well")
	f.Float64Var(&o.speed, "speed", 1, "send so many times faster than real time")
	f.StringArrayVar(&o.faults, "fault", nil, "a fault of all cameras, or as NUMBER:FAULT of one; may be repeated")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log each request")
}

func faultTable() string {
	var table strings.Builder
	table.WriteString("Faults:\n")
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, one := range faults.All() {
		name := one.Name
		if one.Kind != "" {
			name += "=" + strings.ToUpper(one.Kind)
		}
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", name, one.Help) // a Builder takes all
	}
	_ = w.Flush()
	return strings.TrimRight(table.String(), "\n")
}
