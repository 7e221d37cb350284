package secrets

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Folder is where secrets are: a folder of one environment of one project.
type Folder struct {
	WorkspaceID string
	Environment string // slug
	Path        string // canonical, see CanonicalPath
}

func (f Folder) String() string {
	return fmt.Sprintf("folder %s of environment %q", f.Path, f.Environment)
}

// Ref names one secret.
type Ref struct {
	Folder
	Name string
	// Personal: not the shared secret of that name but the user's own, which
	// the server keeps beside it (PROTOCOL section 11).
	Personal bool
}

func (r Ref) String() string {
	personal := ""
	if r.Personal {
		personal = "personal "
	}
	return fmt.Sprintf("%ssecret %q (environment %q, folder %s)", personal, r.Name, r.Environment, r.Path)
}

// shared is the shared secret of the same name.
func (r Ref) shared() Ref {
	r.Personal = false
	return r
}

// named is another secret of the same folder and kind.
func (r Ref) named(name string) Ref {
	r.Name = name
	return r
}

// key is what no two secrets of a folder have in common.
func (r Ref) key() string {
	if r.Personal {
		return "personal\x00" + nameKey(r.Name)
	}
	return nameKey(r.Name)
}

// kind is the server's word.
func (r Ref) kind() string {
	if r.Personal {
		return "personal"
	}
	return "shared"
}

// Content is what is sealed: everything of a secret that the server must not
// see. A comment that is empty and one that is absent are the same.
type Content struct {
	Value   Value
	Comment Value
}

func (c Content) equal(other Content) bool {
	return c.Value.Equal(other.Value) && c.Comment.Equal(other.Comment)
}

// Secret is a stored secret, opened and checked.
type Secret struct {
	Ref
	Content
	Details
	ID      string
	Version int64
	// Fingerprint changes with the value and tells nothing else of it; ""
	// where there is no key to make one with.
	Fingerprint string
	// FingerprintKeyID is of the key that Fingerprint is made with; in sealed mode
	// that of the envelope.
	FingerprintKeyID string
	// TagSlugs are sorted, and nil where the server does not tell the tags: it
	// tells none of an imported secret.
	TagSlugs []string

	// Envelope is what the value was sealed in; nil in other modes than sealed.
	Envelope *Envelope

	commentDamaged bool // the comment did not open, and is empty here
	plain          bool // in sealed mode, the value is in no envelope
}

// CanonicalPath checks a folder path and gives it the form in which the server
// and this package compare it: "/" or "/a/b". A trailing slash is dropped.
func CanonicalPath(path string) (string, error) {
	if !strings.HasPrefix(path, "/") {
		return "", errors.New("it must begin with a slash")
	}
	trimmed := strings.TrimSuffix(path, "/")
	if trimmed == "" {
		return "/", nil
	}
	for _, segment := range strings.Split(trimmed[1:], "/") {
		if segment == "" {
			return "", errors.New("it has two slashes in a row")
		}
		if err := checkFolderCharacters(segment); err != nil {
			return "", err
		}
	}
	return trimmed, nil
}

func checkFolderCharacters(name string) error {
	for _, c := range name {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '_':
		default:
			return fmt.Errorf("a folder's name is made of letters A-Z and a-z, digits, dash and underscore; %q is none of them", c)
		}
	}
	return nil
}

// maxFolderName is the length of the server's column (PROTOCOL section 6: 300
// characters fail).
const maxFolderName = 255

// CheckFolderName refuses names that the server fails on, or takes and then
// does not find by any path (PROTOCOL section 6).
func CheckFolderName(name string) error {
	switch {
	case name == "":
		return errors.New("it is empty")
	case len(name) > maxFolderName:
		return fmt.Errorf("it is %d characters long; the server takes at most %d", len(name), maxFolderName)
	}
	return checkFolderCharacters(name)
}

// Split gives the folder that a folder is in, and its name there. The root is
// in itself and has no name.
func (f Folder) Split() (parent Folder, name string) {
	cut := strings.LastIndexByte(f.Path, '/')
	parent, name = f, f.Path[cut+1:]
	parent.Path = f.Path[:max(cut, 1)]
	return parent, name
}

// Sub is the folder of that name in this one.
func (f Folder) Sub(name string) Folder {
	f.Path = strings.TrimSuffix(f.Path, "/") + "/" + name
	return f
}

// within tells whether a folder is another one or below it.
func (f Folder) within(other Folder) bool {
	return f.WorkspaceID == other.WorkspaceID && f.Environment == other.Environment &&
		strings.HasPrefix(f.Path+"/", strings.TrimSuffix(other.Path, "/")+"/")
}

// maxNameUnits is the server's limit for a name in an address, in UTF-16 units
// (PROTOCOL section 4, Names).
const maxNameUnits = 100

// CheckName refuses names that the server cannot hold, or holds under another
// name or out of reach of later requests (PROTOCOL section 4, Names).
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("it is empty")
	case !utf8.ValidString(name):
		return errors.New("it is not valid UTF-8")
	case HasOuterSpace(name):
		return errors.New("it has white space at its beginning or end, which the server drops on creating and then does not find again")
	case strings.Contains(name, "/"):
		return errors.New("it holds a slash; folders are named by folder_path")
	case !isOneLine(name):
		return errors.New("it holds a line break, a control character, or a mark that turns the direction of text")
	}
	switch name {
	case "batch", "raw", "tags", "move":
		return fmt.Errorf("%q is taken by the server's own addresses", name)
	}
	if units := len(utf16.Encode([]rune(name))); units > maxNameUnits {
		return fmt.Errorf("it is %d UTF-16 units long; the server takes at most %d", units, maxNameUnits)
	}
	return nil
}

// isOneLine tells whether a name may be shown as it is.
func isOneLine(name string) bool {
	return CheckText(name) == nil && !strings.ContainsAny(name, "\r\n\t\u2028\u2029")
}

// CheckText refuses, in a text that plans show, what a terminal obeys. A server
// could put it there, and is not shown with it.
func CheckText(text string) error {
	if utf8.ValidString(text) && api.PrintableLines(text) != text {
		return errors.New("it holds a control character, or a mark that turns the direction of text")
	}
	return nil
}

// HasOuterSpace tells whether the server would trim a text.
func HasOuterSpace(text string) bool { return strings.TrimFunc(text, isJavaScriptSpace) != text }

// isJavaScriptSpace is what String.prototype.trim removes: the server is
// written in that language.
func isJavaScriptSpace(r rune) bool {
	switch r {
	case '\t', '\n', '\v', '\f', '\r', ' ', 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff:
		return true
	}
	return 0x2000 <= r && r <= 0x200a
}

// nameKey is the form in which names are matched. Terraform brings every
// string to normal form C, so a name that another client stored in another
// form can only be found this way.
func nameKey(name string) string { return norm.NFC.String(name) }

// NameKey is one spelling for all spellings of a name.
func NameKey(name string) string { return nameKey(name) }

// SameName tells whether two spellings name one secret.
func SameName(a, b string) bool { return nameKey(a) == nameKey(b) }
