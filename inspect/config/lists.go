package config

import "vmesskit/inspect/config/users"

// A User of a server is the same in a list and in a configuration, and so is
// an Error. Lists have a package of their own, which needs no JSON.
type (
	User  = users.User
	Error = users.Error
)

// Limits of what is read. A file beyond them is refused, not cut.
const (
	MaxFile     = 16 << 20          // bytes of a configuration
	MaxIDFile   = users.MaxFile     // bytes of a list of ids
	MaxUsers    = users.MaxUsers    // users of one input
	MaxAlterIDs = users.MaxAlterIDs // alter ids of one user
)

// ParseIDFile reads a list of users, one in a line; see users.ParseFile.
func ParseIDFile(name string, text []byte) ([]User, error) { return users.ParseFile(name, text) }

// ParseIDList reads users that are separated by commas; see users.ParseList.
func ParseIDList(text string) ([]User, error) { return users.ParseList(text) }
