// Package corpus reads what is known of the captures in testdata: who sent
// what to whom, and the plaintext, made again from its recipe.
package corpus
