//go:build !linux

package nic

import (
	"context"
	"errors"
)

func changes(context.Context, func()) error { return errors.ErrUnsupported }
