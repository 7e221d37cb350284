package secrets

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Value is a plaintext: a secret's value or comment. It redacts itself in
// every formatting verb, in JSON and in logs; [Value.Reveal] is the one way
// out, so that a search for it lists every exit.
type Value struct {
	// A closure, because fmt follows pointers and fields but no functions
	// where it may call no methods.
	reveal func() string
}

// NewValue wraps a plaintext, byte by byte as given.
func NewValue(plaintext string) Value {
	return Value{func() string { return plaintext }}
}

// Reveal returns the plaintext. The zero Value is empty.
func (v Value) Reveal() string {
	if v.reveal == nil {
		return ""
	}
	return v.reveal()
}

// Equal compares byte by byte.
func (v Value) Equal(other Value) bool { return v.Reveal() == other.Reveal() }

// IsEmpty tells whether there is nothing in it.
func (v Value) IsEmpty() bool { return v.Reveal() == "" }

// IsText tells whether a Terraform string carries the value exactly: Terraform
// strings are UTF-8 in normal form C, and are brought to it silently.
func (v Value) IsText() bool {
	text := v.Reveal()
	return utf8.ValidString(text) && norm.NFC.IsNormalString(text)
}

const redacted = "[redacted]"

// Format prints a redaction for every verb.
func (Value) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText gives a redaction to JSON, slog and other encoders.
func (Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }
