module vmesskit/interop

go 1.26.0

require (
	github.com/xtls/xray-core v1.260327.0
	vmesskit v0.0.0
)

require (
	golang.org/x/crypto v0.53.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.11 // indirect
)

replace vmesskit => ../
