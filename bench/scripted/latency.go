package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// pause lets the daemon finish what an event makes it do later (commit, diagnosis), so that each one finds it at rest.
const pause = 20 * time.Millisecond

// patience is how long an event may take to show.
const patience = 5 * time.Second

// latencyReport: in milliseconds, from outside. Seen is from the moment at which an event can be read on the daemon's socket until an
// answer of /metrics that shows its state is here whole; Scrape is such an answer without an event before it, so that the
// difference is what the event takes.
type latencyReport struct {
	Events    int     `json:"events"`
	AtOnce    int     `json:"atOnce"` // events that the first scrape showed
	SeenP50   float64 `json:"seenP50"`
	SeenP99   float64 `json:"seenP99"`
	ScrapeP50 float64 `json:"scrapeP50"`
	ScrapeP99 float64 `json:"scrapeP99"`
	Bytes     int     `json:"bytes"` // of one answer
}

// latency moves one snapshot to and fro between two states, and asks /metrics after each.
func (s *server) latency(count int, daemon string) (latencyReport, error) {
	snapshots, err := s.watched("volumesnapshots")
	if err != nil {
		return latencyReport{}, err
	}
	scrapes, err := dial(daemon)
	if err != nil {
		return latencyReport{}, err
	}
	defer scrapes.connection.Close()
	text := s.texts["volumesnapshots"]
	states := []struct {
		name string
		step
	}{{"Creating", step{"volumesnapshots", modified, changed(text, onlyBound)}},
		{"Uploading", step{"volumesnapshots", modified, changed(text, notReady)}}}
	// A chain of its own, in a namespace where there is nothing else.
	chain := (s.chains/chainsPerNamespace + 1) * chainsPerNamespace
	namespace := fmt.Sprintf("tenant-%d", chain/chainsPerNamespace)
	report := latencyReport{Events: count}
	var seen, alone []time.Duration
	for i := range count {
		time.Sleep(pause)
		start := time.Now()
		body, err := scrapes.scrape()
		if err != nil {
			return report, err
		}
		alone = append(alone, time.Since(start))
		report.Bytes = len(body)

		time.Sleep(pause)
		state := states[i%2]
		event := state.append(nil, values{chain: chain, version: s.nextVersion()})
		if err := snapshots.send(event); err != nil {
			return report, err
		}
		start = time.Now()
		for tries := 1; ; tries++ {
			body, err := scrapes.scrape()
			at := time.Since(start)
			if err != nil {
				return report, err
			}
			if shows(body, namespace, state.name) {
				seen = append(seen, at)
				if tries == 1 {
					report.AtOnce++
				}
				break
			}
			if at > patience {
				return report, fmt.Errorf("/metrics doesn't show that the snapshot of %s is %s", namespace, state.name)
			}
		}
	}
	ofSeen, ofAlone := rank(seen), rank(alone)
	report.SeenP50, report.SeenP99 = ofSeen.millis(0.5), ofSeen.millis(0.99)
	report.ScrapeP50, report.ScrapeP99 = ofAlone.millis(0.5), ofAlone.millis(0.99)
	return report, nil
}

func shows(body []byte, namespace, state string) bool {
	for line := range bytes.Lines(body) {
		if bytes.HasPrefix(line, []byte("snaptrail_snapshots{")) && bytes.Contains(line, []byte(`namespace="`+namespace+`"`)) &&
			bytes.Contains(line, []byte(`state="`+state+`"`)) && bytes.HasSuffix(line, []byte(" 1\n")) {
			return true
		}
	}
	return false
}

// scraper is one kept-alive connection to the daemon.
type scraper struct {
	connection net.Conn
	in         *bufio.Reader
	request    []byte
}

func dial(daemon string) (*scraper, error) {
	connection, err := net.Dial("tcp", daemon)
	if err != nil {
		return nil, err
	}
	return &scraper{connection, bufio.NewReaderSize(connection, 1<<16),
		[]byte("GET /metrics HTTP/1.1\r\nHost: " + daemon + "\r\n\r\n")}, nil
}

func (s *scraper) scrape() ([]byte, error) {
	if _, err := s.connection.Write(s.request); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(s.in, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("/metrics: %s", answer.Status)
	}
	return io.ReadAll(answer.Body)
}
