package vectors_test

import (
	"fmt"

	"vmesskit/inspect/vectors"
)

// Somebody's values are held against a vector in the order in which they follow
// from each other.
func ExampleVector_Check() {
	v := vectors.Find("request/worked-example")[0]
	m := v.Check(map[string][]byte{
		"cmd-key":     v.Step("cmd-key").Value,
		"header-key":  v.Step("header-length-key").Value,
		"header-tag":  make([]byte, 16),
		"auth-id-key": v.Step("auth-id-key").Value,
	})
	fmt.Println(m.Step.Name, "is wrong:", m.Hint)
	// Output: header-key is wrong: that is the value of header-length-key
}
