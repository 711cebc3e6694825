// Package config reads the files in which people keep their VMess users: plain
// lists of ids (ParseIDFile, ParseIDList) and the configurations of servers and
// clients (ParseV2Ray4), with what these say of ports, transports and ciphers.
//
// The text comes in as bytes, so that the package needs no files and also works
// in a browser. What is wrong with it comes back as an *Error that names file,
// line and column, what was seen and what was wanted. No error contains an id,
// a seed, or any other text of the file that may be secret.
package config
