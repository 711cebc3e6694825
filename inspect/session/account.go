package session

import "vmesskit/codec"

// Account is a user that the owner gave, with the name to call it by.
type Account struct {
	codec.Account
	Label string // may be empty: then it is called by its number, "#1" the first
}
