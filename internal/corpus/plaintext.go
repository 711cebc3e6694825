package corpus

import (
	"crypto/sha3"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Streams makes the plaintext of a TCP connection again, both directions, from
// the recipe in the manifest, or has it from there.
func (c *Connection) Streams() (up, down []byte) {
	var r struct {
		C           string `json:"c"`
		I           int    `json:"i"`
		U, D        int
		S           string `json:"s"`
		Say, Answer []byte
	}
	object, _ := json.Marshal(c.Plaintext) // sorted keys, no spaces
	if json.Unmarshal(object, &r) != nil {
		return nil, nil
	}
	if r.Say != nil {
		return r.Say, r.Answer
	}
	name := r.C + "/" + strconv.Itoa(r.I)
	up = head(r.S, name, string(object))
	up = append(up, fill(r.S, name+"/up", r.U-len(up))...)
	if c.BannerLen > 0 {
		down = []byte("220 origin.example.test ESMTP capture banner, server speaks first\r\n")
	}
	answer := ""
	if r.S == "http" && r.D >= 128 {
		answer = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX-Cap-Conn: " + name + "\r\n\r\n"
	}
	down = append(down, answer...)
	return up, append(down, fill(r.S, name+"/down", r.D-len(answer))...)
}

// headSize is how long the head of each upstream is.
const headSize = 256

func head(style, name, object string) []byte {
	front, back := "CAP1 X-Cap: "+object+" ", "\n"
	if style == "http" {
		front, back = "POST /"+name+" HTTP/1.1\r\nHost: origin.test\r\nX-Cap: "+object+"\r\nX-Pad: ", "\r\n\r\n"
	}
	return []byte(front + strings.Repeat(".", max(0, headSize-len(front)-len(back))) + back)
}

const fox = "The quick brown fox jumps over the lazy dog; pack my box with five dozen liquor jugs. " +
	"0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ\n"

// fill makes n bytes in a style.
func fill(style, seed string, n int) []byte {
	out := make([]byte, max(n, 0))
	switch style {
	case "rand", "http":
		h := sha3.NewSHAKE128()
		h.Write([]byte(seed))
		h.Read(out)
	case "text":
		line := fmt.Sprintf("[%s] %s", seed, fox)
		for i := 0; i < len(out); {
			i += copy(out[i:], line)
		}
	}
	return out
}
