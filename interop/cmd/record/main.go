// Command record makes the captures of testdata/captures-own: it lets each of
// its cases happen between other people's programs, and writes the packets, the
// TLS secrets, the logs of what failed, and manifest.json.
//
//	go run ./cmd/record -out ../testdata/captures-own
//
// -run NAME makes the cases whose name contains NAME and leaves the others in
// the folder as they are.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"vmesskit/interop/harness"
)

func main() {
	out := flag.String("out", "../testdata/captures-own", "the folder to write to")
	only := flag.String("run", "", "only cases whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := record(ctx, *out, *only)
	stop()
	harness.Cleanup()
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// record makes the cases one after the other. One that fails leaves the others
// alone.
func record(ctx context.Context, folder, only string) error {
	m, err := readManifest(folder)
	if err != nil {
		return err
	}
	if err := m.describePeers(ctx); err != nil {
		return err
	}
	failed := 0
	all := cases()
	for _, c := range all {
		if !strings.Contains(c.Name, only) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		start := time.Now()
		e, err := c.make(ctx, folder)
		if err != nil {
			fmt.Printf("FAILED %-32s %v\n", c.Name, err)
			failed++
			continue
		}
		m.put(e)
		fmt.Printf("made   %-32s %4d packets, %6d bytes, %.1f s\n", c.Name, e.Capture.Packets, e.Capture.Bytes, time.Since(start).Seconds())
		if err := m.write(folder, all); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d cases failed", failed)
	}
	return nil
}

// cases are all that are made, in the order of the manifest.
func cases() (all []*recipe) {
	for _, group := range [][]*recipe{
		clockCases(), refusedCases(), serviceCases(), replayCases(), damageCases(),
		tlsCases(), frontCases(), wrappingCases(), insideCases(), dynamicCases(),
	} {
		all = append(all, group...)
	}
	return all
}
