package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/tools/cache"
)

// report is one line of output. bench/lab/subjects.py reads it.
type report struct {
	Lap     int            `json:"lap"`     // 1: synced; then one more for each time that everything was listed again
	Seconds float64        `json:"seconds"` // since the informers were started
	CPU     float64        `json:"cpu"`     // user and system time of the process, in seconds
	RSS     int            `json:"rssKiB"`
	Peak    int            `json:"peakKiB"`
	Objects map[string]int `json:"objects"` // in the stores, by resource
}

func measure(watched map[string]cache.SharedIndexInformer, lap int, start time.Time) report {
	line := report{Lap: lap, Seconds: time.Since(start).Seconds(), CPU: cpuSeconds(), RSS: statusKiB("VmRSS:"),
		Peak: statusKiB("VmHWM:"), Objects: map[string]int{}}
	for resource, informer := range watched {
		line.Objects[resource] = len(informer.GetStore().ListKeys())
	}
	return line
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func statusKiB(field string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), field)
	kib, _ := strconv.Atoi(strings.Fields(rest + " 0")[0])
	return kib
}
