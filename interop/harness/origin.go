package harness

import (
	"bytes"
	"io"
	"net"
	"sync"
	"time"
)

// origin is where servers send everything. It knows a transfer by its first
// bytes, and answers as planned.
type origin struct {
	at   address
	tcp  net.Listener
	udp  net.PacketConn
	done sync.WaitGroup

	mu    sync.Mutex
	plans []*Done
	conns []net.Conn
}

func newOrigin(plans []*Done) (*origin, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	o := &origin{at: address{loopback, port}, plans: plans}
	if o.tcp, err = net.Listen("tcp", o.at.String()); err != nil {
		return nil, err
	}
	if o.udp, err = net.ListenPacket("udp", o.at.String()); err != nil {
		o.tcp.Close()
		return nil, err
	}
	o.done.Add(2)
	go o.accept()
	go o.datagrams()
	return o, nil
}

// stop closes everything, and waits.
func (o *origin) stop() {
	o.tcp.Close()
	o.udp.Close()
	o.mu.Lock()
	for _, c := range o.conns {
		c.Close()
	}
	o.mu.Unlock()
	o.done.Wait()
}

func (o *origin) accept() {
	defer o.done.Done()
	for {
		c, err := o.tcp.Accept()
		if err != nil {
			return
		}
		o.mu.Lock()
		o.conns = append(o.conns, c)
		o.mu.Unlock()
		o.done.Add(1)
		go func() {
			defer o.done.Done()
			defer c.Close()
			o.serve(c.(*net.TCPConn))
		}()
	}
}

// serve reads a transfer and answers it: of two directions at once as soon as
// it is known which one it is, else when all of it is there.
func (o *origin) serve(c *net.TCPConn) {
	c.SetDeadline(time.Now().Add(time.Minute))
	var got []byte
	piece := make([]byte, 32<<10)
	var d *Done
	for answered := false; ; {
		n, err := c.Read(piece)
		got = append(got, piece[:n]...)
		if d == nil {
			d = o.which(got)
		}
		if d != nil {
			o.reached(d, got)
			if !answered && (d.Duplex || len(got) >= len(d.Up)) {
				answered = true
				o.give(c, d)
			}
			if len(got) >= len(d.Up) {
				if d.Hold == 0 {
					c.CloseWrite()
				}
				io.Copy(io.Discard, c)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// which finds the one plan that begins like this.
func (o *origin) which(got []byte) (found *Done) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range o.plans {
		if d.Datagrams == nil && len(got) <= len(d.Up) && bytes.HasPrefix(d.Up, got) {
			if found != nil {
				return nil
			}
			found = d
		}
	}
	return found
}

func (o *origin) give(c net.Conn, d *Done) {
	n, _ := c.Write(d.Down)
	o.mu.Lock()
	defer o.mu.Unlock()
	d.Given = d.Down[:n]
}

func (o *origin) reached(d *Done, got []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	d.Reached = bytes.Clone(got)
}

// datagrams answers those that are planned.
func (o *origin) datagrams() {
	defer o.done.Done()
	p := make([]byte, 64<<10)
	for {
		n, from, err := o.udp.ReadFrom(p)
		if err != nil {
			return
		}
		if down := o.answer(p[:n]); down != nil {
			o.udp.WriteTo(down, from)
		}
	}
}

func (o *origin) answer(p []byte) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range o.plans {
		for i := range d.Datagrams {
			if g := &d.Datagrams[i]; bytes.Equal(g.Up, p) {
				g.Reached = true
				return g.Down
			}
		}
	}
	return nil
}
