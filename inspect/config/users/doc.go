// Package users reads lists of users: files with one in a line (ParseFile), and
// single lines with commas (ParseList).
//
// The text comes in as bytes, so that the package needs no files. It needs no
// JSON either, so that it can be part of the inspector in a browser; the
// configurations of servers are read by package config. What is wrong comes
// back as an *Error that names file and line, what was seen and what was
// wanted. No error contains an id, or any other text that may be secret.
package users
