package harness

import (
	"context"
	"net"
	"net/http"

	"github.com/coder/websocket"
)

// WrapWS puts a connection into binary messages of a WebSocket whose messages
// are deflated; UnwrapWS takes them out. None of the programs negotiates
// permessage-deflate, but a relay in front of one may.
type WrapWS struct {
	Path string
	Keep bool // the window is kept from message to message
}

// UnwrapWS is the other end.
type UnwrapWS struct{ Keep bool }

func compression(keep bool) websocket.CompressionMode {
	if keep {
		return websocket.CompressionContextTakeover
	}
	return websocket.CompressionNoContextTakeover
}

func (h WrapWS) start(ctx context.Context, port int, next address, _ *secrets) (func(), error) {
	return relay(ctx, port, func(ctx context.Context, c net.Conn) {
		ws, _, err := websocket.Dial(ctx, "ws://"+next.String()+h.Path, &websocket.DialOptions{
			CompressionMode: compression(h.Keep), CompressionThreshold: 1,
		})
		if err != nil {
			return
		}
		pass(c, websocket.NetConn(ctx, ws, websocket.MessageBinary))
	})
}

func (h UnwrapWS) start(ctx context.Context, port int, next address, _ *secrets) (func(), error) {
	l, err := net.Listen("tcp", address{loopback, port}.String())
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{CompressionMode: compression(h.Keep), CompressionThreshold: 1})
		if err != nil {
			return
		}
		defer ws.CloseNow()
		c, err := net.Dial("tcp", next.String())
		if err != nil {
			return
		}
		pass(websocket.NetConn(ctx, ws, websocket.MessageBinary), c)
	})}
	go server.Serve(l)
	return func() { server.Close() }, nil
}
