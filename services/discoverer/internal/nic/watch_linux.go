package nic

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// changes hands on what the kernel tells by netlink (rtnetlink(7)). It returns
// nil once ctx ends, and an error where nothing is to be heard: some emulators
// have no netlink.
func changes(ctx context.Context, changed func()) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), "netlink")
	defer func() { _ = file.Close() }() // it was only listened to
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK | unix.RTMGRP_IPV4_IFADDR}); err != nil {
		return os.NewSyscallError("bind", err)
	}
	if err := file.SetReadDeadline(time.Time{}); err != nil {
		return err // reading could not be ended
	}
	stop := context.AfterFunc(ctx, func() { _ = file.SetReadDeadline(time.Now()) })
	defer stop()
	// What a message says does not matter, since all NICs are listed anew, nor
	// whether it fits.
	for buffer := make([]byte, 4096); ; {
		_, err := file.Read(buffer)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, unix.ENOBUFS): // that only says that there was more
			return err
		}
		changed()
	}
}
