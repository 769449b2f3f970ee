// scripted is an API server without a store, for what a real one is too slow or too exact for: it serves lists of any number of
// generated chains over plain HTTP, keeps watches open, and sends them the events that a command asks for.
//
// Commands are lines on standard input, answers lines of JSON on standard output:
//
//	storm RATE SECONDS DAEMON    lives of snapshots at RATE events a second; when it is over, how long rows took (storm.go)
//	latency COUNT DAEMON         how soon the daemon's /metrics shows an event's state (latency.go)
//
// DAEMON is the HOST:PORT where the daemon serves.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	chains := flag.Int("chains", 0, "chains in the lists, four objects each")
	file := flag.String("templates", "", "the four kinds' JSON with stand-ins, one a line (bench/lab/templates.py)")
	flag.Parse()
	if err := run(*chains, *file); err != nil {
		fmt.Fprintln(os.Stderr, "scripted:", err)
		os.Exit(1)
	}
}

func run(chains int, file string) error {
	texts, err := readTemplates(file)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := newServer(chains, texts)
	go func() { fmt.Fprintln(os.Stderr, "scripted:", http.Serve(listener, server)) }()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]string{"server": "http://" + listener.Addr().String()}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		answer, err := server.command(strings.Fields(lines.Text()))
		if err != nil {
			return fmt.Errorf("%s: %w", lines.Text(), err)
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return nil
}

func (s *server) command(words []string) (any, error) {
	var rate, seconds, count int
	var daemon string
	line := strings.Join(words, " ")
	if _, err := fmt.Sscanf(line, "storm %d %d %s", &rate, &seconds, &daemon); err == nil {
		return s.storm(rate, seconds, daemon)
	}
	if _, err := fmt.Sscanf(line, "latency %d %s", &count, &daemon); err == nil {
		return s.latency(count, daemon)
	}
	return nil, fmt.Errorf("unknown command")
}
