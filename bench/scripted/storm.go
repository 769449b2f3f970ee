package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"sync"
	"time"
)

const (
	// atOnce snapshots live at a time, so that the store is as large at the end as at the beginning, and the events of one come
	// far enough apart (200 ms at 5,000 a second) to arrive in order over two connections.
	atOnce    = 1000
	tick      = time.Millisecond
	stormsEnd = 10 * time.Second // for rows to arrive after the last event
)

// stormReport: times from the moment before an event was sent until its committed row came out of the daemon's stream, in
// milliseconds.
type stormReport struct {
	Events  int     `json:"events"`
	Seconds float64 `json:"seconds"`
	Rows    int     `json:"rows"` // events whose row was seen
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Longest float64 `json:"longest"`
}

// storm sends events at this rate, for so long.
func (s *server) storm(rate, seconds int, daemon string) (stormReport, error) {
	watches, err := s.watchedForLives()
	if err != nil {
		return stormReport{}, err
	}
	arrivals, err := follow(daemon)
	if err != nil {
		return stormReport{}, err
	}
	first := s.nextVersion() + 1
	sent := make([]time.Time, rate*seconds)
	start := time.Now()
	if err := s.send(watches, rate, sent, start); err != nil {
		return stormReport{}, err
	}
	took := time.Since(start)
	arrivals.wait(first+uint64(len(sent))-1, stormsEnd)
	return arrivals.report(first, sent, took), nil
}

func (s *server) watchedForLives() (map[string]*watch, error) {
	watches := map[string]*watch{}
	for _, resource := range []string{"volumesnapshots", "volumesnapshotcontents"} {
		found, err := s.watched(resource)
		if err != nil {
			return nil, err
		}
		watches[resource] = found
	}
	return watches, nil
}

// send sends one event for each place in `sent`, and notes there when.
func (s *server) send(watches map[string]*watch, rate int, sent []time.Time, start time.Time) error {
	steps := life(s.texts)
	pieces := map[string][]byte{}
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	for done := 0; done < len(sent); {
		<-ticks.C
		due := min(len(sent), int(time.Since(start).Seconds()*float64(rate)))
		now := time.Now()
		for ; done < due; done++ {
			// Where the storm before left off: its snapshots live on.
			round, place := s.stormed/atOnce, s.stormed%atOnce
			s.stormed++
			// Places are out of step with each other, so that at any time there are events of every kind.
			age := round + place%len(steps)
			step := steps[age%len(steps)]
			v := values{chain: place % max(s.chains, 1), life: 1 + place + atOnce*(age/len(steps)), version: s.nextVersion()}
			pieces[step.resource] = step.append(pieces[step.resource], v)
			sent[done] = now
		}
		for resource, piece := range pieces {
			if len(piece) == 0 {
				continue
			}
			if err := watches[resource].send(piece); err != nil {
				return fmt.Errorf("the watch of %s ended: %w", resource, err)
			}
			pieces[resource] = piece[:0]
		}
	}
	return nil
}

// arrivals are the rows that the daemon's stream brings, by the version of the object that each is about.
type arrivals struct {
	mutex sync.Mutex
	at    map[uint64]time.Time
}

// follow reads the daemon's stream of committed rows from now on.
func follow(daemon string) (*arrivals, error) {
	answer, err := http.Get("http://" + daemon + "/api/v1/stream")
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the daemon's stream: %s", answer.Status)
	}
	found := &arrivals{at: map[uint64]time.Time{}}
	go func() {
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			found.take(lines.Bytes())
		}
	}()
	return found, nil
}

func (a *arrivals) take(line []byte) {
	if !bytes.HasPrefix(line, []byte("data:")) {
		return
	}
	now := time.Now()
	_, rest, found := bytes.Cut(line, []byte(`"resourceVersion":"`))
	digits, _, _ := bytes.Cut(rest, []byte(`"`))
	version, err := strconv.ParseUint(string(digits), 10, 64)
	if !found || err != nil {
		return
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if _, known := a.at[version]; !known {
		a.at[version] = now
	}
}

// wait waits until this version's row has come, at most so long.
func (a *arrivals) wait(version uint64, atMost time.Duration) {
	for end := time.Now().Add(atMost); time.Now().Before(end); time.Sleep(tick) {
		a.mutex.Lock()
		_, known := a.at[version]
		a.mutex.Unlock()
		if known {
			return
		}
	}
}

func (a *arrivals) report(first uint64, sent []time.Time, took time.Duration) stormReport {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var delays []time.Duration
	for i, at := range sent {
		if arrived, known := a.at[first+uint64(i)]; known {
			delays = append(delays, arrived.Sub(at))
		}
	}
	ranked := rank(delays)
	return stormReport{Events: len(sent), Seconds: took.Seconds(), Rows: len(delays), P50: ranked.millis(0.5),
		P99: ranked.millis(0.99), Longest: ranked.millis(1)}
}

type ranked []time.Duration

func rank(delays []time.Duration) ranked {
	sort.Slice(delays, func(i, j int) bool { return delays[i] < delays[j] })
	return delays
}

// millis is the quantile, in milliseconds; 0 of none.
func (r ranked) millis(quantile float64) float64 {
	if len(r) == 0 {
		return 0
	}
	return float64(r[min(len(r)-1, int(float64(len(r))*quantile))].Nanoseconds()) / 1e6
}
