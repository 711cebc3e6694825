package harness

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const defaultWait = 10 * time.Second

// drive does a transfer through the client that listens at port.
func (d *Done) drive(port int) {
	wait := d.Wait
	if wait == 0 {
		wait = defaultWait
	}
	time.Sleep(d.After)
	d.Started = time.Now()
	deadline := d.Started.Add(wait)
	if d.Datagrams != nil {
		d.Err = d.driveUDP(port, deadline)
		return
	}
	d.Err = d.driveTCP(port, deadline)
}

// driveTCP sends all, and reads to the end. The application's side stays open
// until the answer is there, as with most protocols.
func (d *Done) driveTCP(port int, deadline time.Time) error {
	c, _, err := socksDial(port, socksConnect, d.Target, deadline)
	if err != nil {
		return err
	}
	defer c.Close()
	sent := make(chan int, 1)
	go func() {
		n, _ := c.Write(d.Up)
		sent <- n
	}()
	var got bytes.Buffer
	if _, err = io.CopyN(&got, c, int64(len(d.Down))); err == nil {
		time.Sleep(d.Hold)
		c.CloseWrite()
		_, err = io.Copy(&got, c) // there should be nothing more
	}
	c.Close()
	d.Sent, d.Got = d.Up[:<-sent], got.Bytes()
	if err == io.EOF {
		err = fmt.Errorf("the answer ended after %d bytes of %d: %w", len(d.Got), len(d.Down), io.ErrUnexpectedEOF)
	}
	return err
}

// driveUDP sends the datagrams one after the other, each after the answer to
// the one before.
func (d *Done) driveUDP(port int, deadline time.Time) error {
	c, relay, err := socksDial(port, socksAssociate, "0.0.0.0:0", deadline)
	if err != nil {
		return err
	}
	defer c.Close()
	u, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(relay))
	if err != nil {
		return err
	}
	defer u.Close()
	u.SetDeadline(deadline)
	head, err := socksAddress([]byte{0, 0, 0}, d.Target)
	if err != nil {
		return err
	}
	for i := range d.Datagrams {
		if err := d.Datagrams[i].exchange(u, head); err != nil {
			return fmt.Errorf("datagram %d: %w", i, err)
		}
	}
	return nil
}

func (g *Datagram) exchange(u *net.UDPConn, head []byte) error {
	if _, err := u.Write(append(bytes.Clone(head), g.Up...)); err != nil {
		return err
	}
	p := make([]byte, 64<<10)
	n, err := u.Read(p)
	if err != nil {
		return err
	}
	got, err := socksPayload(p[:n])
	if err != nil {
		return err
	}
	if !bytes.Equal(got, g.Down) {
		return errors.New("the answer differs")
	}
	g.Answered = true
	return nil
}
