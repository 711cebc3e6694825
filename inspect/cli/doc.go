// Package cli is the vmess command as a library: Main takes the command line
// and an Env, through which everything of the outside world comes, and gives
// the exit status. It prints to the Env's writers only, so that tests and
// other tools of this module can run commands without a process.
//
// Each command has a file: a constructor that turns flags into a struct, and a
// run function that does the work and does not know urfave/cli. Start at
// main.go; arguments.go says how a command line is read, errors.go how a run
// ends.
package cli
