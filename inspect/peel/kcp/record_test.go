package kcp_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	record = flag.Bool("record", false, "record the captures in testdata again: needs v2ray, Xray and tcpdump, and the right to capture")
	v2ray  = flag.String("v2ray", "v2ray", "the program of v2ray 4")
	xray   = flag.String("xray", "xray", "the program of Xray")
)

// The one user of the recordings, and what goes up and down.
const userID = "2b1d7f0c-7a0e-4b7e-9c1d-0e6a3a1f5d11"

var (
	question = repeat("what is said in here? ", 3000)
	answer   = repeat("nothing that was not known before. ", 5000)
)

func repeat(s string, n int) []byte { return []byte(strings.Repeat(s, n/len(s)+1)[:n]) }

// object is a piece of a configuration.
type object = map[string]any

// recording is a capture that testdata holds: who made it, with which
// settings of mKCP, and how long it goes on after the transfer.
type recording struct {
	name   string
	xray   bool
	stream object
	after  time.Duration
	reset  bool // the target resets, and the application stays a second longer
}

// camouflage is v2ray's setting.
func camouflage(header, seed string) object {
	kcp := object{"header": object{"type": header}}
	if seed != "" { // an empty one is one, too
		kcp["seed"] = seed
	}
	return object{"network": "kcp", "kcpSettings": kcp}
}

// finalmask is Xray's.
func finalmask(masks ...string) object {
	list := []object{}
	for _, m := range masks {
		list = append(list, object{"type": m})
	}
	return object{"network": "kcp", "kcpSettings": object{}, "finalmask": object{"udp": list}}
}

var recordings = []recording{
	{name: "v2ray-wechat-video", stream: camouflage("wechat-video", "")},
	{name: "v2ray-wireguard", stream: camouflage("wireguard", "")},
	{name: "v2ray-dtls-seed", stream: camouflage("dtls", "another seed")},
	{name: "v2ray-closing", stream: camouflage("none", ""), after: 12 * time.Second},
	{name: "v2ray-terminate", stream: camouflage("none", ""), after: 6 * time.Second, reset: true},
	{name: "xray-bare", xray: true, stream: finalmask(), after: 6 * time.Second},
	{name: "xray-dns", xray: true, stream: finalmask("header-dns", "mkcp-original")},
	{name: "xray-utp-bare", xray: true, stream: finalmask("header-utp")},
}

// TestRecord makes the captures again.
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("only with -record: the captures are in testdata")
	}
	for _, r := range recordings {
		t.Run(r.name, r.run)
	}
}

func (r recording) run(t *testing.T) {
	origin, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer origin.Close()
	go r.serve(origin)
	dir, server, client := t.TempDir(), freePort(t), freePort(t)
	file := filepath.Join(dir, "out.pcap")
	start(t, "tcpdump", "-i", "lo", "-U", "-w", file, "udp", "port", strconv.Itoa(server))
	r.peer(t, dir, "server", object{
		"inbounds":  []object{{"listen": "127.0.0.1", "port": server, "protocol": "vmess", "settings": object{"clients": []object{{"id": userID}}}, "streamSettings": r.stream}},
		"outbounds": []object{{"protocol": "freedom", "settings": object{"redirect": origin.Addr().String()}}},
	})
	r.peer(t, dir, "client", object{
		"inbounds": []object{{"listen": "127.0.0.1", "port": client, "protocol": "dokodemo-door", "settings": object{"address": "192.0.2.1", "port": 80, "network": "tcp"}}},
		"outbounds": []object{{"protocol": "vmess", "streamSettings": r.stream, "settings": object{"vnext": []object{{
			"address": "127.0.0.1", "port": server, "users": []object{{"id": userID, "security": "aes-128-gcm"}}}}}}},
	})
	r.ask(t, client)
	time.Sleep(r.after + time.Second)
	p, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", r.name+".pcap"), p, 0o644); err != nil {
		t.Fatal(err)
	}
}

// serve is the target: it answers once it has the question.
func (r recording) serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		if _, err := io.ReadFull(c, make([]byte, len(question))); err == nil {
			c.Write(answer)
		}
		time.Sleep(300 * time.Millisecond)
		if r.reset {
			c.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
	}
}

// ask is the application.
func (r recording) ask(t *testing.T, port int) {
	time.Sleep(2 * time.Second) // the peers are up by then
	var c net.Conn
	for try := 0; ; try++ {
		var err error
		if c, err = net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			break
		}
		if try == 100 {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	defer c.Close()
	c.Write(question)
	got := make([]byte, len(answer))
	if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, answer) {
		t.Fatalf("another answer, %v", err)
	}
	if r.reset {
		time.Sleep(time.Second)
	}
}

func (r recording) peer(t *testing.T, dir, role string, config object) {
	config["log"] = object{"loglevel": "none"}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, role+".json")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if r.xray {
		start(t, *xray, "run", "-c", name)
		return
	}
	start(t, *v2ray, "-config", name)
}

// start runs a program until the test is over.
func start(t *testing.T, name string, args ...string) {
	t.Helper()
	c := exec.Command(name, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Signal(syscall.SIGTERM)
		c.Wait()
	})
}

// freePort gives a port that nobody uses now.
func freePort(t *testing.T) int {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}
