// Package serverlog reads what VMess servers write into their logs: v2ray 4 and
// 5, Xray and sing-box. Read gives the lines that say something of a connection,
// as statements that package verdict compares with the sessions of a capture.
//
// A log is as hostile as a capture: whoever connects chooses some of the words.
// Lines and what is kept of them are bounded, ids in them are left out, and what
// is quoted holds printable text only.
package serverlog
