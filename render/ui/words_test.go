//go:build cgo

package ui

import (
	"regexp"
	"strings"
	"testing"
)

// TestWords holds both languages to the same places for values, and asks for a text in
// each.
func TestWords(t *testing.T) {
	verb := regexp.MustCompile(`%[-+.0-9]*[a-z]`)
	for key, w := range words {
		if (w[0] == "") != (w[1] == "") {
			t.Errorf("%s has a text in one language only", key)
		}
		if a, b := strings.Join(verb.FindAllString(w[0], -1), " "), strings.Join(verb.FindAllString(w[1], -1), " "); a != b {
			t.Errorf("%s takes %q in English, %q in Chinese", key, a, b)
		}
	}
	for _, p := range panels {
		if _, ok := words[p]; !ok {
			t.Errorf("the panel %q has no name", p)
		}
	}
	for _, s := range shortcuts {
		if _, ok := words[s[1]]; !ok {
			t.Errorf("the key %s does what has no name: %s", s[0], s[1])
		}
	}
}
