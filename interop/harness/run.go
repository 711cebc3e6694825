package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// run is a case while it runs.
type run struct {
	*Case
	secrets *secrets
	plans   []*Done
	origin  *origin
	servers []*process
	clients []*process
	socks   []int // where the clients listen
	stops   []func()
	result  Result
}

// Run lets a case happen.
func Run(ctx context.Context, c Case) (*Result, error) {
	dir, err := os.MkdirTemp("", "vmesskit-run-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := &run{Case: &c}
	defer r.stop()
	if r.secrets, err = newSecrets(filepath.Join(dir, "keys")); err != nil {
		return nil, err
	}
	for i, t := range c.Transfers {
		r.plans = append(r.plans, plan(c.Name, i, t))
	}
	if err := r.all(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return &r.result, nil
}

// all starts everything from the origin to the clients, records, and drives.
func (r *run) all(ctx context.Context) (err error) {
	if r.origin, err = newOrigin(r.plans); err != nil {
		return err
	}
	r.stops = append(r.stops, r.origin.stop)
	way, err := r.startServer(ctx)
	if err == nil {
		way, err = r.startHops(ctx, way)
	}
	through := address{loopback, 0}
	if err == nil && r.Proxy != nil {
		through.port, err = r.startProxy(ctx)
	}
	for i := range r.Clients {
		if err == nil {
			err = r.startClient(ctx, &r.Clients[i], way[0], through)
		}
	}
	if err != nil {
		return err
	}
	leg := way[r.Leg].port
	if r.Proxy != nil && r.Leg == 0 {
		leg = through.port
	}
	r.result.ServerPort = leg
	filter := fmt.Sprintf("port %d", leg)
	if r.Ports != "" {
		filter += " or portrange " + r.Ports
	}
	recorder, err := record(ctx, filter)
	if err != nil {
		return err
	}
	if err := r.drive(ctx); err != nil {
		recorder.stop()
		return err
	}
	return r.collect(ctx, recorder)
}

// startServer starts what is at the end of the way.
func (r *run) startServer(ctx context.Context) (way []address, err error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	way = []address{{loopback, port}}
	if r.Service != nil {
		stop, err := relay(ctx, port, func(_ context.Context, c net.Conn) { r.Service(c) })
		if err != nil {
			return nil, err
		}
		r.stops = append(r.stops, stop)
		return way, nil
	}
	config, err := r.Server.serverConfig(port, r.origin.at, r.secrets)
	if err != nil {
		return nil, err
	}
	p, err := r.Server.launch(ctx, string(r.Server.Program)+" as server", json.RawMessage(config))
	if err != nil {
		return nil, err
	}
	r.servers = append(r.servers, p)
	r.result.ServerConfig = config
	return way, nil
}

// startHops puts the hops in front of the server, the last one first.
func (r *run) startHops(ctx context.Context, way []address) ([]address, error) {
	for i := len(r.Between) - 1; i >= 0; i-- {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		stop, err := r.Between[i].start(ctx, port, way[0], r.secrets)
		if err != nil {
			return nil, fmt.Errorf("hop %d: %w", i, err)
		}
		r.stops = append(r.stops, stop)
		way = append([]address{{loopback, port}}, way...)
	}
	return way, nil
}

func (r *run) startProxy(ctx context.Context) (int, error) {
	port, err := freePort()
	if err != nil {
		return 0, err
	}
	p, err := r.Proxy.start(ctx, port)
	if err != nil {
		return 0, err
	}
	r.stops = append(r.stops, p.stop)
	return port, nil
}

func (r *run) startClient(ctx context.Context, c *Peer, server, through address) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	config, err := c.clientConfig(port, server, r.Proxy, through, r.secrets)
	if err != nil {
		return err
	}
	p, err := c.launch(ctx, string(c.Program)+" as client", json.RawMessage(config))
	if err != nil {
		return err
	}
	r.clients = append(r.clients, p)
	r.socks = append(r.socks, port)
	r.result.ClientConfig = append(r.result.ClientConfig, config)
	return nil
}

// launch starts a program with a configuration. Both programs say that they
// have started when all their ports are open.
func (p *Peer) launch(ctx context.Context, name string, config any) (*process, error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, err
	}
	argv, err := p.command(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return start(ctx, name, " started", text, append(clockEnvironment(p.Clock), p.Env...), argv...)
}

// drive does the transfers.
func (r *run) drive(ctx context.Context) error {
	var all sync.WaitGroup
	for _, d := range r.plans {
		if ctx.Err() != nil {
			break
		}
		if d.By >= len(r.socks) {
			return fmt.Errorf("transfer through client %d of %d", d.By, len(r.socks))
		}
		all.Go(func() { d.drive(r.socks[d.By]) })
		if !r.Together {
			all.Wait()
		}
	}
	all.Wait()
	return ctx.Err()
}

// collect ends the run and keeps what it gave.
func (r *run) collect(ctx context.Context, recorder *recorder) (err error) {
	linger := r.Linger
	if linger == 0 {
		linger = time.Second
	}
	recorder.settle(ctx, linger)
	if r.Then != nil {
		leg := address{loopback, r.result.ServerPort}
		if err := r.Then(ctx, leg.String(), recorder.seen()); err != nil {
			recorder.stop()
			return err
		}
		recorder.settle(ctx, linger)
	}
	r.stop()
	if r.result.Packets, err = recorder.finish(ctx); err != nil {
		return err
	}
	r.result.KeyLog, err = os.ReadFile(r.secrets.keyLog)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var logs []string
	for _, p := range r.servers {
		logs = append(logs, p.output())
	}
	r.result.ServerLog = strings.Join(logs, "")
	for _, p := range r.clients {
		r.result.ClientLogs = append(r.result.ClientLogs, p.output())
	}
	for _, d := range r.plans {
		r.result.Transfers = append(r.result.Transfers, *d)
	}
	return nil
}

// stop stops the clients, the server, and what stands between and behind.
func (r *run) stop() {
	for _, p := range append(r.clients, r.servers...) {
		p.stop()
	}
	for _, stop := range r.stops {
		stop()
	}
	r.stops = nil
}
