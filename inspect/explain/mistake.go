package explain

import (
	"slices"

	"vmesskit/codec"
)

// Mistake is a known way to get VMess wrong.
type Mistake struct {
	ID     string      // "mask-before-padding"
	Title  string      // "your length mask is drawn before the padding length"
	Does   string      // what the implementation does
	Should string      // what it should be
	Field  codec.Field // where

	at    places // the layers that do not open because of it
	apply func(m *model, at place)
}

// places is a set of layers.
type places uint16

func at(list ...place) (p places) {
	for _, one := range list {
		p |= 1 << one
	}
	return p
}

func (p places) has(one place) bool { return p>>one&1 == 1 }

// side tells who derives what a layer needs.
func (p place) side() int {
	if p >= atAnswerLength {
		return responseSide
	}
	return requestSide
}

// Mistakes lists the known mistakes, in the order of the layers.
func Mistakes() []Mistake { return slices.Clone(mistakes) }

var mistakes = slices.Concat(identityMistakes, kdfMistakes, authMistakes, envelopeMistakes, legacyMistakes,
	sectionMistakes, drawMistakes, lengthMistakes, cipherMistakes, cfbMistakes, answerMistakes)

func mistakeOf(id string) *Mistake {
	for i := range mistakes {
		if mistakes[i].ID == id {
			return &mistakes[i]
		}
	}
	return nil
}
