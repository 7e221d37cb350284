package devserver

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"
)

// Long texts are not in the recordings, but how they begin, how long they are
// and the beginning of their sum.
var elision = regexp.MustCompile(`^(.+)…\{\{elided: (\d+) characters, sha256 [0-9a-f]{16}\}\}$`)

// elided is how a text would have been recorded, if want is such a recording.
func elided(text, want string) string {
	found := elision.FindStringSubmatch(want)
	if found == nil || !strings.HasPrefix(text, found[1]) {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("%s…{{elided: %d characters, sha256 %s}}", found[1], len(text), hex.EncodeToString(sum[:8]))
}

// inFull gives texts of one character their length back. Others are sent as they
// were recorded.
func inFull(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for name, value := range out {
			out[name] = inFull(value)
		}
		return out
	case string:
		if found := elision.FindStringSubmatch(v); found != nil {
			count, _ := strconv.Atoi(found[2])
			if text := strings.Repeat(v[:1], count); elided(text, v) == v {
				return text
			}
		}
	}
	return v
}
