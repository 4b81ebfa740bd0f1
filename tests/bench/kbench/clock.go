package main

import (
	"context"
	"math"
	"sort"
	"syscall"
	"time"
)

var processStart = time.Now()

// now is monotonic, in nanoseconds.
func now() int64 { return int64(time.Since(processStart)) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// sleepUntil sleeps by nanosleep on its thread, far finer than the timers of the runtime.
func sleepUntil(t int64) {
	const longest = int64(50 * time.Millisecond)
	for {
		d := t - now()
		if d <= 0 {
			return
		}
		ts := syscall.NsecToTimespec(min(d, longest))
		_ = syscall.Nanosleep(&ts, nil)
	}
}

func round(f float64, digits int) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	p := math.Pow(10, float64(digits))
	return math.Round(f*p) / p
}

func milliseconds(ns int64) float64 { return round(float64(ns)/1e6, 3) }

// quantiles sorts v (nanoseconds) and gives milliseconds.
func quantiles(v []int64) map[string]float64 {
	if len(v) == 0 {
		return nil
	}
	sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
	at := func(p float64) float64 {
		return milliseconds(v[max(0, int(math.Ceil(p*float64(len(v))))-1)])
	}
	return map[string]float64{"min": at(0), "p50": at(.5), "p90": at(.9), "p99": at(.99),
		"p99_9": at(.999), "max": at(1)}
}
