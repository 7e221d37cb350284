package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// TypeShared is the type of secrets that are not one user's own.
const TypeShared = "shared"

// ErrPlace means that a place could not be one, or not in this spelling: an
// error of the caller's, not of an envelope.
var ErrPlace = errors.New("not a place that an envelope can be bound to")

// Place is where a value belongs. An envelope opens in the place that it was
// made for and in no other, so each part is compared byte by byte, in the
// spelling of the server.
type Place struct {
	ProjectID   string
	Environment string // slug
	Path        string // of the folder: "/" or "/a/b"
	Name        string
	Type        string // TypeShared
}

// check refuses what is most likely a mistake: an envelope for it would open
// nowhere else.
func (p Place) check() error {
	for _, part := range []struct{ name, text string }{
		{"project id", p.ProjectID}, {"environment", p.Environment}, {"folder path", p.Path}, {"name", p.Name}, {"type", p.Type},
	} {
		switch {
		case part.text == "":
			return fmt.Errorf("%w: the %s is empty", ErrPlace, part.name)
		case !utf8.ValidString(part.text):
			return fmt.Errorf("%w: the %s is not valid UTF-8", ErrPlace, part.name)
		}
	}
	switch {
	case !strings.HasPrefix(p.Path, "/"):
		return fmt.Errorf("%w: the folder path does not begin with a slash", ErrPlace)
	case p.Path != "/" && strings.HasSuffix(p.Path, "/"):
		return fmt.Errorf("%w: the folder path ends in a slash", ErrPlace)
	case strings.Contains(p.Path, "//"):
		return fmt.Errorf("%w: the folder path has two slashes in a row", ErrPlace)
	}
	return nil
}

// context is what everything of an envelope is bound to: each part after its
// length, so that ("a", "bc") and ("ab", "c") differ.
func (p Place) context(format, keyID string) []byte {
	var context []byte
	for _, part := range []string{format, keyID, "infisical-secret", p.ProjectID, p.Environment, p.Path, p.Name, p.Type} {
		context = binary.BigEndian.AppendUint32(context, uint32(len(part)))
		context = append(context, part...)
	}
	return context
}
