package codec_test

import (
	"errors"
	"fmt"

	"vmesskit/codec"
)

// The buffers of a trace are bytes of the wire, what came out of sealed fields,
// and every value that was computed, with its formula.
func ExampleBuffer() {
	sealed, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	opener := codec.NewRequestOpener(codec.Sender{Scheme: codec.AEAD, Key: exampleID.CmdKey(), Time: exampleTime})
	opener.Trace = new(codec.Trace)
	if _, _, err := opener.Open(sealed); err != nil {
		fmt.Println(err)
		return
	}
	for _, b := range opener.Trace.Buffers {
		if b.Derived() {
			fmt.Printf("%s: %d bytes of %s\n", b.Field, len(b.Data), b.Formula)
		} else {
			fmt.Printf("%s: %d bytes\n", b.Field, len(b.Data))
		}
	}
	// Output:
	// client-wire: 115 bytes
	// cmd-key: 16 bytes of MD5(id || "c48619fe-8f02-49e0-b9e9-edf763e17e21")
	// auth-id-key: 16 bytes of KDF16(cmd-key, "AES Auth ID Encryption")
	// auth-id-plain: 16 bytes
	// header-length-key: 16 bytes of KDF16(cmd-key, "VMess Header AEAD Key_Length", auth-id, connection-nonce)
	// header-length-nonce: 12 bytes of KDF(cmd-key, "VMess Header AEAD Nonce_Length", auth-id, connection-nonce)[0:12]
	// header-length-plain: 2 bytes
	// header-key: 16 bytes of KDF16(cmd-key, "VMess Header AEAD Key", auth-id, connection-nonce)
	// header-nonce: 12 bytes of KDF(cmd-key, "VMess Header AEAD Nonce", auth-id, connection-nonce)[0:12]
	// command-section: 57 bytes
}

// A lenient reader keeps both sums.
func ExampleChecksum() {
	section, _ := exampleHeader().Append(nil)
	section[len(section)-1] ^= 1
	h, _, odd, err := codec.ParseRequestHeaderLenient(section)
	fmt.Printf("read %08x, computed %08x, ok %v\n", h.Checksum.Read, h.Checksum.Computed, h.Checksum.OK())
	fmt.Println(odd[0], err)
	// Output:
	// read 161cd354, computed 161cd355, ok false
	// vmess: request header: header-checksum at 53: wrong checksum <nil>
}

// An error tells which field was refused, where, and of what kind it is.
func ExampleError() {
	sealed, _ := codec.SealRequest(nil, exampleID.CmdKey(), exampleHeader(), exampleTime, exampleEntropy)
	sealed[17] ^= 1
	_, _, err := codec.OpenRequest(sealed, exampleID.CmdKey())

	var e *codec.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind.String(), e.Field, e.Off)
	}
	fmt.Println(errors.Is(err, codec.ErrAuth), errors.Is(err, codec.ErrChecksum))
	// Output:
	// auth header-length-tag 18
	// true false
}

// The table of fields says of each one what it is, how long, and whether it may
// be shown.
func ExampleField() {
	for _, f := range []codec.Field{codec.FieldPort, codec.FieldBodyKey, codec.FieldAddrDomain} {
		info := f.Info()
		fmt.Println(f, info.Size, info.Secret, info.Doc)
	}
	// Output:
	// port 2 false The target's port.
	// body-key 16 true Random; the request body is sealed with it, and the response keys are its hash.
	// domain 0 false The target as a name; the server looks it up.
}

// The fields of one structure.
func ExampleFieldInfo() {
	for f := codec.Field(1); int(f) <= codec.Fields(); f++ {
		var info *codec.FieldInfo = f.Info()
		if info.In != "switch account" || info.Form == codec.FormGroup {
			continue
		}
		value := "shown"
		if info.Secret {
			value = "hidden"
		}
		fmt.Println(info.Size, info.Name, value)
	}
	// Output:
	// 4 switch-checksum shown
	// 1 switch-host-length shown
	// 0 switch-host shown
	// 2 switch-port shown
	// 16 switch-id hidden
	// 2 switch-alter-ids shown
	// 1 switch-level shown
	// 1 switch-validity shown
}
