// Package house holds the rules of the building: which package may import
// which, what the codec must never touch, and what has to build for
// WebAssembly. It has no code of its own, only tests. To let a package in, or
// an import, add it to a table here and say why in the commit.
package house
