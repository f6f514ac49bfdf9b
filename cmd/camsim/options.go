package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/donhk/istream/cmd/camsim/camera"
	"github.com/donhk/istream/cmd/camsim/clip"
)

// options are the command's flags.
type options struct {
	env func(string) string

	cameras      int
	name         string
	listen       string
	httpPort     int
	rtspPort     int
	nics         []string
	noDiscovery  bool
	user         string
	passwordFile string
	auth         camera.Auth
	clip         string
	sub          string
	audio        string
	media2       bool
	speed        float64
	faults       []string
	verbose      bool
}

// maxCameras keeps a slip of the finger from taking all ports.
const maxCameras = 1024

// configs gives each camera's configuration.
func (o *options) configs(log *slog.Logger) ([]camera.Config, error) {
	if o.cameras < 1 || o.cameras > maxCameras {
		return nil, fmt.Errorf("--cameras takes 1 to %d, got %d", maxCameras, o.cameras)
	}
	if o.speed <= 0 {
		return nil, fmt.Errorf("--speed needs a number above 0, got %v", o.speed)
	}
	common, err := o.common(log)
	if err != nil {
		return nil, err
	}
	all := make([]camera.Config, o.cameras)
	for i := range all {
		all[i] = common
		all[i].Name = fmt.Sprintf("%s-%d", o.name, i+1)
		all[i].HTTPPort = portAfter(o.httpPort, i)
		all[i].RTSPPort = portAfter(o.rtspPort, i)
	}
	return all, o.setFaults(all)
}

func portAfter(first, i int) int {
	if first == 0 {
		return 0
	}
	return first + i
}

func (o *options) common(log *slog.Logger) (camera.Config, error) {
	config := camera.Config{Host: o.listen, Auth: o.auth, Media2: o.media2, Speed: o.speed, Log: log}
	var faults [4]error
	config.User, config.Password, faults[0] = o.credentials()
	config.NICs, faults[1] = o.discoveryNICs()
	config.Main, faults[2] = o.load("--clip", o.clip)
	config.Sub, faults[3] = o.load("--sub", o.sub)
	return config, errors.Join(faults[:]...)
}

func (o *options) credentials() (user, password string, err error) {
	if user = o.user; user == "" {
		user = o.env("CAM_USER")
	}
	password = o.env("CAM_PASS")
	if o.passwordFile != "" {
		content, err := os.ReadFile(o.passwordFile)
		if err != nil {
			return "", "", fmt.Errorf("--password-file: %w", err)
		}
		password = strings.TrimRight(string(content), "\r\n")
	}
	if password != "" && user == "" {
		return "", "", errors.New("there is a password (CAM_PASS or --password-file), but no user: give --user or CAM_USER")
	}
	return user, password, nil
}

func (o *options) discoveryNICs() ([]string, error) {
	if o.noDiscovery {
		return nil, nil
	}
	if len(o.nics) > 0 {
		return o.nics, nil
	}
	names, err := camera.NICsOf(o.listen)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return names, nil
}

// load opens an embedded clip by its name, else a file.
func (o *options) load(flag, name string) (*clip.Clip, error) {
	load := clip.Load
	if slices.Contains(clip.Names(), name) {
		load = clip.Open
	}
	loaded, err := load(name)
	if err == nil && o.audio != "" {
		loaded, err = loaded.WithAudio(clip.Codec(o.audio))
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", flag, name, err)
	}
	return loaded, nil
}

// setFaults puts each --fault where it belongs: NUMBER:FAULT to one camera.
func (o *options) setFaults(all []camera.Config) error {
	for _, text := range o.faults {
		chosen := all
		if number, fault, one := strings.Cut(text, ":"); one {
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 || n > len(all) {
				return fmt.Errorf("--fault %s: there is no camera %q, they count from 1 to %d", text, number, len(all))
			}
			chosen, text = all[n-1:n], fault
		}
		for i := range chosen {
			if err := chosen[i].Faults.Set(text); err != nil {
				return fmt.Errorf("--fault: %w; camsim --help lists them", err)
			}
		}
	}
	return nil
}
