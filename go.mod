module vmesskit

go 1.26

require (
	github.com/tailscale/hujson v0.0.0-20260727124030-b80ff77dac4f
	golang.org/x/crypto v0.53.0
)

require golang.org/x/sys v0.46.0 // indirect
