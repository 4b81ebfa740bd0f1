package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// sample is the CPU and memory used so far by this process and by the watched ones.
type sample struct {
	at                int64
	client, broker    float64 // CPU seconds
	rssKiB, peakKiB   int64
	watching          bool
	busy, busyAndIdle float64 // jiffies of all cores
}

func pids(list string) (out []int) {
	for _, field := range strings.Split(list, ",") {
		if n, err := strconv.Atoi(field); err == nil {
			out = append(out, n)
		}
	}
	return
}

// processCPU reads the process' CPU clock: nanoseconds, where /proc/PID/stat has ticks of 10 ms.
func processCPU(pid int) (seconds float64, alive bool) {
	const schedClock = 2 // CPUCLOCK_SCHED
	clock := int32(^pid)<<3 | schedClock
	var used syscall.Timespec
	_, _, failed := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock),
		uintptr(unsafe.Pointer(&used)), 0)
	return float64(used.Nano()) / 1e9, failed == 0
}

func processMemory(pid int) (rssKiB, peakKiB int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, line := range strings.Split(string(b), "\n") {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		switch f[0] {
		case "VmRSS:":
			rssKiB, _ = strconv.ParseInt(f[1], 10, 64)
		case "VmHWM:":
			peakKiB, _ = strconv.ParseInt(f[1], 10, 64)
		}
	}
	return
}

func machineJiffies() (busy, all float64) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return
	}
	f := strings.Fields(strings.SplitN(string(b), "\n", 2)[0])
	// user nice system idle iowait irq softirq steal
	for i := 1; i < len(f) && i <= 8; i++ {
		v, _ := strconv.ParseFloat(f[i], 64)
		all += v
		if i != 4 && i != 5 {
			busy += v
		}
	}
	return
}

func takeSample(watch string) sample {
	s := sample{at: now()}
	var ru syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	s.client = float64(ru.Utime.Nano()+ru.Stime.Nano()) / 1e9
	for _, pid := range pids(watch) {
		if cpu, alive := processCPU(pid); alive {
			s.watching = true
			s.broker += cpu
			rss, peak := processMemory(pid)
			s.rssKiB += rss
			s.peakKiB += peak
		}
	}
	s.busy, s.busyAndIdle = machineJiffies()
	return s
}

// addUsage puts what was used between two samples into a result.
func addUsage(m outcome, a, b sample, records int64) {
	wall := float64(b.at-a.at) / 1e9
	if wall <= 0 {
		return
	}
	perMillion := func(cpu float64) float64 { return round(cpu/float64(records)*1e6, 4) }
	client, broker := b.client-a.client, b.broker-a.broker
	m["client_cpu_s"] = round(client, 3)
	m["client_cores"] = round(client/wall, 2)
	if b.busyAndIdle > a.busyAndIdle {
		m["machine_busy_pct"] = round(100*(b.busy-a.busy)/(b.busyAndIdle-a.busyAndIdle), 1)
	}
	if records > 0 {
		m["client_cpu_s_per_million"] = perMillion(client)
	}
	if !b.watching {
		return
	}
	m["broker_cpu_s"] = round(broker, 4)
	m["broker_cores"] = round(broker/wall, 4)
	m["broker_rss_mib"] = round(float64(b.rssKiB)/1024, 1)
	m["broker_peak_rss_mib"] = round(float64(b.peakKiB)/1024, 1)
	if records > 0 {
		m["broker_cpu_s_per_million"] = perMillion(broker)
	}
}

func runWatch(ctx context.Context, args []string) (outcome, error) {
	c := newFlags("watch", "")
	d := c.set.Duration("for", 10*time.Second, "how long")
	ctx, cancel := c.parse(ctx, args)
	defer cancel()
	a := takeSample(c.watch)
	err := sleep(ctx, *d)
	m := outcome{"seconds": d.Seconds()}
	addUsage(m, a, takeSample(c.watch), 0)
	return m, err
}
