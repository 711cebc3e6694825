// Bench measures how fast we are and prints the tables of SPEED.md, each figure
// with what it is held against measured in the same run: the bare primitive and
// Xray in one process, cat and tshark in turns with our command.
//
//	go run ./internal/bench [-bytes 1G] [-runs 5] [-rounds 7] [-only WORD] [-dir DIR]
//
// What is quoted is the median of all runs, with the smallest and the largest
// behind it. Captures are made by vmess build in a temporary folder, which
// needs room for them.
package main
