package e2ee

import (
	"errors"
	"fmt"
	"strings"
)

// ServiceToken is a parsed `st.<id>.<secret>.<key>` (PROTOCOL section 17). The
// first three parts prove to the server who is asking; the fourth opens the
// project key and must never be sent.
type ServiceToken struct {
	bearer func() string // a closure for the reason given at Key
	key    Key
}

// ParseServiceToken splits and checks a service token. Its errors name the
// part that is wrong and never hold any of the text.
func ParseServiceToken(text string) (ServiceToken, error) { return parseServiceToken(text, true) }

// ParseServiceTokenOfThreeParts is ParseServiceToken for where no project key
// is opened: the fourth part may be missing.
func ParseServiceTokenOfThreeParts(text string) (ServiceToken, error) {
	return parseServiceToken(text, false)
}

func parseServiceToken(text string, needsKey bool) (ServiceToken, error) {
	parts := strings.Split(text, ".")
	if len(parts) == 3 && !needsKey {
		parts = append(parts, "")
	}
	switch {
	case text == "":
		return ServiceToken{}, errors.New("it is empty")
	case strings.TrimSpace(text) != text:
		return ServiceToken{}, errors.New("it has white space around it")
	case parts[0] != "st":
		return ServiceToken{}, errors.New("it does not begin with `st.`")
	case len(parts) == 3:
		return ServiceToken{}, errors.New("its fourth part, the decryption key, is missing: copy the whole token as it was shown when it was made")
	case len(parts) != 4:
		return ServiceToken{}, fmt.Errorf("it has %d parts separated by dots instead of 4", len(parts))
	case !isTokenID(parts[1]):
		return ServiceToken{}, errors.New("its second part, the token's id, is no UUID")
	case parts[2] == "" || !isHex(parts[2], len(parts[2])):
		return ServiceToken{}, errors.New("its third part, the token's secret, is not hexadecimal")
	}
	var key Key
	if parts[3] != "" || needsKey {
		var err error
		if key, err = ParseKey(parts[3]); err != nil {
			return ServiceToken{}, fmt.Errorf("its fourth part is not a decryption key: %w", err)
		}
	}
	bearer := strings.Join(parts[:3], ".")
	return ServiceToken{bearer: func() string { return bearer }, key: key}, nil
}

// Bearer returns the three parts that go on the wire. Still a credential. It is
// empty for the zero token.
func (t ServiceToken) Bearer() string {
	if t.bearer == nil {
		return ""
	}
	return t.bearer()
}

// Key returns the token's own key, which opens the sealed project key.
func (t ServiceToken) Key() Key { return t.key }

// Format prints a redaction for every verb.
func (ServiceToken) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText gives a redaction to JSON, slog and other encoders.
func (ServiceToken) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// isTokenID accepts a UUID, or the 24 hexadecimal characters of servers of 2023.
func isTokenID(text string) bool {
	if isHex(text, 24) {
		return true
	}
	groups := strings.Split(text, "-")
	if len(groups) != 5 {
		return false
	}
	for i, length := range []int{8, 4, 4, 4, 12} {
		if !isHex(groups[i], length) {
			return false
		}
	}
	return true
}
