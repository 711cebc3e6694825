// Package inspector is what the inspector offers to a page: ordinary Go, which
// knows nothing of JavaScript and is tested like everything else. Start with
// Decode. The program in wasm/inspector makes it callable from a browser.
package inspector
