// Command inspector is the inspector as a WebAssembly module. It is started by
// wasm/npm/inspector.js, which gives it a global object of its own with one
// function in it. That function is called once, with an object of two:
//
//	decode(request, resolve, reject)
//	close()
//
// The files named _js.go only convert; what is offered is package
// vmesskit/wasm/api/inspector.
package main

import "syscall/js"

// readyFunc is the function that takes the object.
const readyFunc = "vmesskitReady"

func main() {
	closed := make(chan struct{})
	funcs := map[string]js.Func{
		"decode": js.FuncOf(decode),
		"close": js.FuncOf(func(js.Value, []js.Value) any {
			close(closed)
			return nil
		}),
	}
	api := make(map[string]any, len(funcs))
	for name, f := range funcs {
		api[name] = f
	}
	js.Global().Call(readyFunc, api)
	<-closed
	for _, f := range funcs {
		f.Release()
	}
}
